from __future__ import annotations

import pytest

from core.models import Client
from tests.core.api.conftest import Caller
from tests.core.api.problem_checks import pointers, problem
from tests.factories.watching import nothing_changes

pytestmark = pytest.mark.django_db


@pytest.fixture
def path(caller: Caller) -> str:
    return f"/api/v1/shops/{caller.client.pk}/"


def test_an_object_is_answered_with_a_strong_etag(caller: Caller, path: str) -> None:
    assert caller.get(path).headers["ETag"] == '"v17"'


@pytest.mark.parametrize("header", ['"v17"', 'W/"v17"', "*", '"v1", "v17"', '"v1",,"v17" ,', '"a,b", W/"v17"'])
def test_a_get_of_a_known_version_is_304_without_a_body(caller: Caller, path: str, header: str) -> None:
    response = caller.get(path, if_none_match=header)
    assert (response.status_code, response.content, response.headers["ETag"]) == (304, b"", '"v17"')


def test_a_get_of_another_version_is_answered(caller: Caller, path: str) -> None:
    assert caller.get(path, if_none_match='"v16"').status_code == 200


def test_a_patch_of_the_current_version_is_done(caller: Caller, path: str) -> None:
    response = caller.patch(path, {"name": "Renamed"}, if_match='"v17"')
    assert (response.status_code, response.headers["ETag"]) == (200, '"v18"')
    assert Client.objects.get().name == "Renamed"


def test_a_patch_without_if_match_is_428_and_changes_nothing(caller: Caller, path: str) -> None:
    problem(caller.patch(path, {"name": "Renamed"}), 428, "if_match_missing")
    assert Client.objects.get().name == "North storefront"


STALE = ['"v16"', 'W/"v17"', '"17"', '"v017"', '"v99999999999999"', '"é"', '""', '"v15", "v16"', 'W/"v17", "v16"']
CURRENT = ['"v17"', "*", ' "v17" ', '"v16", "v17"', '"v17","v16"', ', "a,b" , "v17",', '"v15", "v16", W/"v17", "v17"']
MALFORMED = [
    "v17", "17", '"v17', 'v17"', "w/v17", 'w/"v17"', "W/", '"v16" "v17"', '*, "v17"', "**", ",", " ", '"a b"', '"\x7f"',
    ", ".join(f'"v{number}"' for number in range(21)),
]  # fmt: skip


@pytest.mark.parametrize("header", STALE)
def test_a_stale_weak_or_foreign_if_match_is_412_with_the_current_etag(caller: Caller, path: str, header: str) -> None:
    with nothing_changes():
        body = problem(caller.patch(path, {"name": "Renamed"}, if_match=header), 412, "stale_version")
    assert body["current_etag"] == '"v17"'
    assert "version -" not in body["detail"]


@pytest.mark.parametrize("header", CURRENT)
def test_a_patch_whose_if_match_names_the_current_version_or_any_is_done(
    caller: Caller, path: str, header: str
) -> None:
    assert caller.patch(path, {"name": "Renamed"}, if_match=header).status_code == 200
    assert Client.objects.get().name == "Renamed"


@pytest.mark.parametrize("header", MALFORMED)
def test_a_malformed_if_match_or_if_none_match_is_400_and_says_how_it_is_written(
    caller: Caller, path: str, header: str
) -> None:
    with nothing_changes():
        body = problem(caller.patch(path, {"name": "Renamed"}, if_match=header), 400, "bad_request")
    assert pointers(body) == {("If-Match", "malformed")}
    assert pointers(problem(caller.get(path, if_none_match=header), 400, "bad_request")) == {
        ("If-None-Match", "malformed")
    }


@pytest.mark.parametrize("header", STALE)
def test_a_get_with_an_if_match_of_another_version_is_412(caller: Caller, path: str, header: str) -> None:
    problem(caller.get(path, if_match=header), 412, "stale_version")


@pytest.mark.parametrize("header", CURRENT)
def test_a_get_with_an_if_match_of_the_current_version_is_answered(caller: Caller, path: str, header: str) -> None:
    assert caller.get(path, if_match=header).status_code == 200


def test_a_condition_that_would_have_no_effect_is_refused(caller: Caller, path: str) -> None:
    with nothing_changes():
        unversioned = problem(caller.post("/api/v1/shops/", {"name": "Corner"}, if_match='"v1"'), 400, "bad_request")
        reading = {"if_match": '"v17"', "if_none_match": '"v1"'}
        on_write = problem(caller.patch(path, {"name": "Corner"}, **reading), 400, "bad_request")
    assert pointers(unversioned) == {("If-Match", "no_version")}
    assert pointers(on_write) == {("If-None-Match", "not_for_writes")}
