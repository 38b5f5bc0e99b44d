from __future__ import annotations

import uuid

import pytest

from core.api.identifiers import parse_id
from tests.core.api.conftest import Caller
from tests.core.api.problem_checks import pointers, problem

ID = uuid.UUID("0190f3a1-7c2e-7abc-8def-0123456789ab")
OTHERS = [
    str(ID).replace("-", ""), f"{{{ID}}}", f"urn:uuid:{ID}", f"URN:UUID:{ID}", str(ID)[:-1] + "-" + str(ID)[-1],
    f"{str(ID)[:8]}{str(ID)[9:]}",
]  # fmt: skip
"""Other notations of the same."""


@pytest.mark.parametrize("text", [str(ID), str(ID).upper(), str(ID).title()])
def test_an_id_is_read_in_either_letter_case(text: str) -> None:
    assert parse_id(text) == ID


@pytest.mark.parametrize("text", [*OTHERS, f" {ID}", f"{ID}\n", "", "x", "٣" * 8 + str(ID)[8:]])
def test_nothing_else_is_an_id(text: str) -> None:
    assert parse_id(text) is None


@pytest.mark.django_db
def test_a_path_takes_an_id_in_either_letter_case(caller: Caller) -> None:
    for text in (str(caller.client.pk), str(caller.client.pk).upper()):
        assert caller.get(f"/api/v1/shops/{text}/").status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize("text", OTHERS)
def test_a_path_with_an_id_in_another_notation_is_400_and_says_so(caller: Caller, text: str) -> None:
    for path in (f"/api/v1/shops/{text}/", f"/api/v1/shops/{text}/close/"):
        told = problem(caller.get(path), 400, "bad_request")
        assert pointers(told) == {("", "malformed_id")}
        assert "8-4-4-4-12" in told["detail"]


@pytest.mark.django_db
@pytest.mark.parametrize("text", ["x", "0", "1234", "not-an-id"])
def test_a_path_with_something_else_is_404(caller: Caller, text: str) -> None:
    problem(caller.get(f"/api/v1/shops/{text}/"), 404, "not_found")
