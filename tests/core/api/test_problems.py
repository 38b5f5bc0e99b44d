from __future__ import annotations

import pytest
from pytest_django import Settings
from structlog.testing import capture_logs

from core.api.problems import field_problems
from tests.core.api.conftest import Caller
from tests.core.api.problem_checks import problem

pytestmark = pytest.mark.django_db


def test_an_unknown_route_under_api_is_a_problem(caller: Caller) -> None:
    assert problem(caller.get("/api/v1/nothing/"), 404, "not_found")["instance"] == "/api/v1/nothing/"


def test_an_unknown_route_is_a_problem_with_debug_on_too(caller: Caller, settings: Settings) -> None:
    settings.DEBUG = True
    problem(caller.send("POST", "/api/v1/shops", {}), 404, "not_found")


def test_the_schema_is_read_only(caller: Caller) -> None:
    problem(caller.send("POST", "/api/schema/", {}), 405, "method_not_allowed")


def test_a_foreign_host_is_a_problem(caller: Caller) -> None:
    problem(caller.get("/api/v1/shops/", host="evil.example"), 400, "bad_request")


def test_a_page_outside_the_api_is_not_a_problem_document(caller: Caller) -> None:
    response = caller.get("/nowhere/")
    assert response.status_code == 404
    assert response.headers["Content-Type"].startswith("text/html")


def test_a_missing_object_is_a_problem(caller: Caller) -> None:
    problem(caller.get("/api/v1/shops/0190b6a0-0000-7000-8000-000000000000/"), 404, "not_found")


def test_a_wrong_method_is_a_problem_that_names_the_right_ones(caller: Caller) -> None:
    response = caller.send("DELETE", "/api/v1/shops/")
    problem(response, 405, "method_not_allowed")
    assert response.headers["Allow"] == "GET, HEAD, POST"


def test_options_is_not_spoken(caller: Caller) -> None:
    problem(caller.send("OPTIONS", "/api/v1/shops/"), 405, "method_not_allowed")


def test_only_json_is_answered(caller: Caller) -> None:
    problem(caller.get("/api/v1/shops/", accept="text/html"), 406, "not_acceptable")
    assert caller.get("/api/v1/shops/", accept="text/html, application/json;q=0.5").status_code == 200


def test_a_bug_is_a_problem_that_leaks_nothing_and_is_logged_with_its_request_id(caller: Caller) -> None:
    with capture_logs() as logs:
        response = caller.get("/api/v1/broken/", x_request_id="my-request")
    body = problem(response, 500, "internal_error")
    assert body["request_id"] == "my-request"
    assert b"hunter2" not in response.content
    assert next(line for line in logs if line["event"] == "bug")["exc_info"].args == ("the password is hunter2",)


def test_a_bug_outside_of_the_views_is_a_problem_under_api_alone(caller: Caller) -> None:
    problem(caller.get("/api/outside/"), 500, "internal_error")
    assert caller.get("/outside/").headers["Content-Type"].startswith("text/html")


def test_a_database_that_is_down_is_503_with_retry_after(caller: Caller) -> None:
    response = caller.post("/api/v1/broken/")
    problem(response, 503, "temporarily_unavailable")
    assert response.headers["Retry-After"].isdigit()


def test_a_query_that_takes_too_long_is_503(caller: Caller) -> None:
    problem(caller.get("/api/v1/sleepy/"), 503, "temporarily_unavailable")


def test_a_refusal_tells_its_context_and_what_would_unblock_it(caller: Caller) -> None:
    caller.post("/api/v1/shops/", {"name": "Corner"})
    body = problem(caller.post("/api/v1/shops/", {"name": "Corner"}), 409, "name_taken")
    assert body["unblock"] == "Choose another name."
    assert body["name"] == "Corner"


def test_nul_in_the_path_is_404(caller: Caller) -> None:
    problem(caller.get("/api/v1/numbers/a%00b/"), 404, "not_found")


def test_nested_errors_become_escaped_json_pointers() -> None:
    nested = {"lines": {2: {"a/b": ["x"], "c~d": {"non_field_errors": ["y"]}}}, "tags": [["z"]]}
    assert {(e.pointer, e.detail) for e in field_problems(nested)} == {
        ("/lines/2/a~1b", "x"),
        ("/lines/2/c~0d", "y"),
        ("/tags/0", "z"),
    }


@pytest.mark.django_db
def test_twenty_errors_are_told_and_the_others_counted(caller: Caller) -> None:
    lines = [{"sku": 1, "quantity": 0} for _ in range(15)]
    told = problem(caller.post("/api/v1/shops/", {"name": "x", "lines": lines}), 400, "invalid_input")
    assert len(told["errors"]) == 20
    assert told["errors_omitted"] == 10
    assert told["detail"] == "30 things are wrong with the input; see errors."
    fewer = problem(caller.post("/api/v1/shops/", {"name": "x", "lines": lines[:10]}), 400, "invalid_input")
    assert len(fewer["errors"]) == 20
    assert "errors_omitted" not in fewer


@pytest.mark.django_db
def test_a_problem_quotes_no_more_than_a_line_of_what_was_sent(caller: Caller) -> None:
    name = "x" * 100_000
    told = caller.post("/api/v1/shops/", {"name": "a", "currency": name, name: 1})
    assert len(problem(told, 400, "invalid_input")["errors"]) == 2
    assert len(told.content) < 5_000
