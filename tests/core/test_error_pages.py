"""What people are told where no view answers, and that programs never get a page."""

from __future__ import annotations

import re
from typing import Any, NoReturn

import pytest
from django.db import OperationalError
from django.test import Client as Browser

from core.models import Event, User
from orders.admin import OrderAdmin
from tests.factories.staff import a_staff_member, a_superuser, browser_of, list_button, list_page, told
from tests.factories.watching import nothing_changes

pytestmark = pytest.mark.django_db

LOGIN = "/admin/login/"
ORDERS = list_page("orders.order")


def check_page(response: Any, status: int, title: str) -> str:
    """A page in the console's look with this status and headline, which tells nothing of the code; returns its text."""
    page = response.content.decode()
    assert response.status_code == status
    assert response.headers["Content-Type"] == "text/html; charset=utf-8"
    assert response.headers["Cache-Control"] == "no-store"
    assert "script-src 'self'" in response.headers["Content-Security-Policy"]
    assert re.findall(r"<h1[^>]*>(.*?)</h1>", page) == [title]
    assert 'href="/admin/"' in page
    assert not re.search(r"<script(?![^>]* src=)|\son\w+=", page)
    text = told(response)
    assert not re.search(r"Traceback|Exception|Django|DEBUG|\.py\b", text)
    assert f"Error {status} · request {response.headers['X-Request-ID']}" in text
    return text


def failing_with(error: Exception, monkeypatch: pytest.MonkeyPatch) -> Browser:
    """A superuser's browser, to whom the list of orders fails so."""

    def fail(*_: object, **__: object) -> NoReturn:
        raise error

    monkeypatch.setattr(OrderAdmin, "get_queryset", fail)
    return browser_of(a_superuser(), raise_request_exception=False)


def test_who_may_not_is_told_so_and_whom_to_ask() -> None:
    text = check_page(browser_of(a_staff_member()).get(ORDERS), 403, "You may not do this")
    assert "Ask an administrator for a role" in text


@pytest.mark.parametrize(
    "address", ["/nowhere/", "/admin/nowhere/", "/admin/orders/order/x/do/nothing/", "/favicon.ico"]
)
def test_an_address_of_nothing_says_so(address: str) -> None:
    check_page(browser_of(a_superuser()).get(address), 404, "There is nothing here")


def test_a_foreign_host_is_told_that_its_request_cannot_be_read() -> None:
    check_page(Browser().get("/admin/", headers={"host": "evil.example"}), 400, "That can&#x27;t be read")


@pytest.mark.parametrize("address", ["/admin/logout/"])
def test_opening_what_only_takes_a_form_says_so(address: str) -> None:
    response = browser_of(a_superuser()).get(address)
    check_page(response, 405, "This address is not a page")
    assert response.headers["Allow"] == "POST, OPTIONS"


def test_a_form_without_a_valid_token_changes_nothing_and_is_shown_again_with_what_was_typed() -> None:
    browser, address = browser_of(a_superuser(), enforce_csrf_checks=True), list_button("core.client", "add")
    with nothing_changes():
        response: Any = browser.post(address, {"name": "Typed before"})
    assert response.status_code == 403
    assert "Nothing was done: you have signed in anew since you opened this page." in told(response)
    assert f'action="{address}"' in response.content.decode()
    assert 'value="Typed before"' in response.content.decode()


@pytest.mark.parametrize(
    ("address", "origin"),
    [("/admin/logout/", "http://testserver"), (list_button("core.client", "add"), "https://evil.example")],
)
def test_what_cannot_be_shown_again_without_a_valid_token_says_what_to_do(address: str, origin: str) -> None:
    browser = browser_of(a_superuser(), enforce_csrf_checks=True)
    with nothing_changes():
        response = browser.post(address, {"name": "Typed before"}, headers={"origin": origin})
    text = check_page(response, 403, "This form is out of date")
    assert "Go back, where what you typed still stands." in text
    assert "Typed before" not in text


def test_too_many_wrong_passwords_say_how_long_to_wait() -> None:
    User.objects.create_user("ada", password="correct horse battery", is_staff=True)
    tried: list[Any] = [Browser().post(LOGIN, {"username": "ada", "password": "wrong"}) for _ in range(11)]
    assert [each.status_code for each in tried[:9]] == [200] * 9
    text = check_page(tried[-1], 429, "Signing in is locked for a while")
    assert "Wait 15 minutes, then sign in. A manager or an administrator can unlock you" in text
    assert tried[-1].headers["Retry-After"] == "900"


def test_a_bug_tells_its_number_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    response = failing_with(RuntimeError("secret figures"), monkeypatch).get(ORDERS)
    assert "secret figures" not in check_page(response, 500, "Something went wrong on our side")


def test_a_database_that_cannot_answer_is_no_bug(monkeypatch: pytest.MonkeyPatch) -> None:
    response = failing_with(OperationalError("connection refused"), monkeypatch).get(ORDERS)
    check_page(response, 503, "The database cannot answer at the moment")
    assert response.headers["Retry-After"] == "2"


def test_an_error_page_asks_nothing_of_the_database(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        check_page(Browser().get("/nowhere/"), 404, "There is nothing here")


@pytest.mark.parametrize(
    "address",
    [
        "/api/nowhere/",
        "/api/v1/nowhere/",
        "/api/v1/orders/nothing",
        "/uploads/nowhere",
        "/uploads/file",
        "/health/nowhere",
    ],
)
@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("host", ["testserver", "evil.example"])
def test_a_program_never_gets_a_page(address: str, method: str, host: str) -> None:
    browser = Browser(enforce_csrf_checks=True, raise_request_exception=False)
    response = getattr(browser, method)(address, headers={"host": host, "accept": "text/html"})
    assert response.status_code in {400, 401, 404, 405}
    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.json()["request_id"] == response.headers["X-Request-ID"]
    assert not Event.objects.exists()


def test_a_program_never_gets_a_page_below_a_prefix_either() -> None:
    response = Browser().get("/api/v1/nowhere/", SCRIPT_NAME="/shop")
    assert response.headers["Content-Type"] == "application/problem+json"
