"""The API's requests pass by what pages need; pages get all of it."""

from __future__ import annotations

import pytest
from django.test import Client as Browser
from pytest_django import DjangoAssertNumQueries

from core.actors import Actor
from core.clients import issue_key
from core.models import User
from tests.factories.core import a_client

pytestmark = pytest.mark.django_db

DATA_POLICY = "default-src 'none'; frame-ancestors 'none'"
ORDERS = "/api/v1/orders/"


@pytest.fixture
def signed_in() -> Browser:
    """A browser with a session of a person who may do anything."""
    browser = Browser(raise_request_exception=False)
    browser.force_login(User.objects.create_superuser("ada"))
    return browser


def key(*scopes: str) -> dict[str, str]:
    return {"authorization": f"Bearer {issue_key(a_client('shop').pk, scopes=scopes, actor=Actor.system('test'))[1]}"}


def test_a_session_is_neither_read_nor_trusted_by_the_api(
    signed_in: Browser, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(0):
        response = signed_in.get(ORDERS)
    assert (response.status_code, response.json()["code"]) == (401, "not_authenticated")


def test_an_answer_of_the_api_sets_no_cookie(signed_in: Browser) -> None:
    response = signed_in.get(ORDERS, headers=key("orders:read"))
    assert (response.status_code, dict(response.cookies)) == (200, {})


@pytest.mark.parametrize("path", [ORDERS, "/api/v1/nowhere/"])
def test_data_lets_a_browser_load_nothing(path: str) -> None:
    response = Browser().get(path)
    assert response.headers["Content-Security-Policy"] == DATA_POLICY
    assert response.headers["X-Frame-Options"] == "DENY"
    assert response.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("path", ["/admin/login/", "/api/docs/"])
def test_pages_load_what_is_ours_alone(path: str) -> None:
    policy = Browser().get(path).headers["Content-Security-Policy"]
    assert policy != DATA_POLICY
    assert {"default-src 'self'", "frame-ancestors 'none'"} <= set(policy.split("; "))


def test_a_person_is_known_on_pages(signed_in: Browser) -> None:
    assert signed_in.get("/admin/").status_code == 200
    assert Browser().get("/admin/").status_code == 302
