from __future__ import annotations

import pytest

from core.api.negotiation import accepts
from tests.core.api.conftest import Caller
from tests.core.api.problem_checks import problem
from tests.factories.watching import nothing_changes

JSON = "application/json"


@pytest.mark.parametrize(
    "header",
    [
        "", " ", "*/*", JSON, "application/*", "text/html, */*;q=0.1", "application/json;q=0.001",
        "application/json; q=1.0", "application/json; charset=utf-8", "*/*;q=0, application/json",
        "application/*;q=0, application/json;q=0.5",
        "text/html;q=0, */*", "application/json;q=0.5, */*;q=0", "APPLICATION/JSON;q=0.5", ", application/json,",
    ],
)  # fmt: skip
def test_a_media_type_is_accepted_where_the_most_specific_range_says_so(header: str) -> None:
    assert accepts(header, JSON)


@pytest.mark.parametrize(
    "header",
    [
        "application/json;q=0", "application/json; q=0.000", "*/*;q=0", "application/*;q=0", "text/html",
        "application/xml, text/*", "*/*, application/json;q=0", "application/*, application/json;q=0, */*",
        "application/*;q=0, */*", "json", "*", "*/json", "application/json;x*=bogus''y",
        "application/problem+json", "é",
    ],
)  # fmt: skip
def test_a_media_type_is_not_accepted_where_it_says_no_or_nothing(header: str) -> None:
    assert not accepts(header, JSON)


@pytest.mark.django_db
@pytest.mark.parametrize("header", ["application/json;q=0", "text/html", "*/*, application/json;q=0"])
def test_what_is_not_accepted_is_406_and_nothing_is_done(caller: Caller, header: str) -> None:
    with nothing_changes():
        told = problem(caller.post("/api/v1/shops/", {"name": "Corner"}, accept=header), 406, "not_acceptable")
    assert told["detail"] == "Only application/json is sent here."
