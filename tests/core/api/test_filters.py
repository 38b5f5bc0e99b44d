from __future__ import annotations

import orjson
import pytest

from core.api.filters import whole_number
from core.api.problems import MalformedInput
from tests.core.api.conftest import Caller
from tests.core.api.problem_checks import pointers, problem
from tests.factories.core import a_client

pytestmark = pytest.mark.django_db

SHOPS = "/api/v1/shops/"


def names(caller: Caller, query: str) -> list[str]:
    response = caller.get(f"{SHOPS}?{query}")
    assert response.status_code == 200, response.content
    return [row["name"] for row in orjson.loads(response.content)["results"]]


def test_declared_filters_select(caller: Caller) -> None:
    a_client("Post", kind="carrier")
    assert names(caller, "kind=carrier") == ["Post"]
    assert names(caller, "kind=carrier&name=x") == []
    assert names(caller, "name=Post&created_after=2020-01-01T00:00:00Z") == ["Post"]
    assert names(caller, "created_after=2999-01-01T00:00:00Z") == []


def test_an_unknown_parameter_is_400_with_the_known_ones(caller: Caller) -> None:
    body = problem(caller.get(f"{SHOPS}?colour=red&size=1"), 400, "bad_request")
    assert pointers(body) == {("?colour", "unknown_parameter"), ("?size", "unknown_parameter")}
    assert body["known"] == ["created_after", "cursor", "expand", "kind", "limit", "name", "ordering"]


def test_a_detail_and_an_action_take_no_parameters(caller: Caller) -> None:
    path = f"{SHOPS}{caller.client.pk}/"
    assert problem(caller.get(f"{path}?colour=red"), 400, "bad_request")["known"] == []
    problem(caller.post(f"{path}close/?force=1"), 400, "bad_request")
    caller.client.refresh_from_db()
    assert caller.client.active


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("kind=bakery", "?kind"),
        ("created_after=soon", "?created_after"),
        ("ordering=colour", "?ordering"),
        ("expand=keys,x", "?expand"),
    ],
)
def test_a_value_that_cannot_be_taken_is_400_at_its_name(caller: Caller, query: str, pointer: str) -> None:
    body = problem(caller.get(f"{SHOPS}?{query}"), 400, "bad_request")
    assert {found for found, _ in pointers(body)} == {pointer}


def test_nul_in_a_value_is_400(caller: Caller) -> None:
    for query in ("name=a%00b", "cursor=%00", "expand=%00"):
        problem(caller.get(f"{SHOPS}?{query}"), 400, "bad_request")


def test_declared_expansions_are_taken(caller: Caller) -> None:
    assert names(caller, "expand=keys,owner") == ["North storefront"]


@pytest.mark.parametrize(("text", "number"), [("1", 1), ("100", 100), ("042", 42), ("007", 7), (None, None)])
def test_a_whole_number_is_ascii_digits_within_its_range(text: str | None, number: int | None) -> None:
    assert whole_number(text, "?limit", range(1, 101)) == number


@pytest.mark.parametrize(
    "text", ["", "0", "101", "0001", "-1", "+1", " 1", "1 ", "1.0", "1e1", "1_0", "x", "٣", "9" * 5_000]
)
def test_anything_else_than_a_whole_number_is_refused_at_its_name_with_what_is_allowed(text: str) -> None:
    for pointer, name in (("?limit", "limit"), ("Last-Event-ID", "Last-Event-ID")):
        with pytest.raises(MalformedInput) as caught:
            whole_number(text, pointer, range(1, 101))
        (error,) = caught.value.errors
        assert (error.pointer, error.code) == (pointer, "invalid")
        assert caught.value.detail == f"{name} is a whole number from 1 to 100."
