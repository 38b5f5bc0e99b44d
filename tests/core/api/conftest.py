from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import orjson
import pytest
import redis
from django.conf import settings as django_settings
from django.http import HttpResponse
from django.test import Client as Browser
from pytest_django import Settings

from core.models import ApiKey, Client
from tests.core.api.shop import VERSION
from tests.factories.core import a_client, a_key

ALL_SCOPES = ("shops:read", "shops:write")


class Caller:
    """An API client over Django's test client."""

    def __init__(self, client: Client, scopes: tuple[str, ...] = ALL_SCOPES) -> None:
        self.client = client
        self.key: ApiKey
        self.key, self.token = a_key(client, scopes)
        self.browser = Browser(raise_request_exception=False, enforce_csrf_checks=True)

    def send(
        self, method: str, path: str, data: Any = None, *, raw: bytes | None = None, **headers: str
    ) -> HttpResponse:
        """`headers` in Python form: if_match='"v1"'. A header given as "" is left out."""
        sent = {"authorization": f"Bearer {self.token}", **headers}
        sent = {name.replace("_", "-"): value for name, value in sent.items() if value != ""}
        body = raw if raw is not None else b"" if data is None else orjson.dumps(data)
        content_type = sent.pop("content-type", "application/json")
        response: Any = self.browser.generic(method, path, body, content_type=content_type, headers=sent)
        assert isinstance(response, HttpResponse)
        return response

    def get(self, path: str, **headers: Any) -> HttpResponse:
        return self.send("GET", path, **headers)

    def post(self, path: str, data: Any = None, **options: Any) -> HttpResponse:
        options.setdefault("idempotency_key", str(uuid4()))
        return self.send("POST", path, data, **options)

    def patch(self, path: str, data: Any = None, **options: Any) -> HttpResponse:
        return self.send("PATCH", path, data, **options)


@pytest.fixture(autouse=True)
def shop_routes(settings: Settings) -> None:
    settings.ROOT_URLCONF = "tests.core.api.shop"


@pytest.fixture(autouse=True)
def no_limits(settings: Settings) -> None:
    settings.RATE_LIMITS = None


@pytest.fixture
def caller(db: None) -> Caller:
    return Caller(a_client("North storefront", version=VERSION))


@pytest.fixture
def counts() -> Iterator[redis.Redis]:
    """Redis without any count of requests."""
    store = redis.Redis.from_url(django_settings.REDIS_URL)
    _forget(store)
    yield store
    _forget(store)


def _forget(store: redis.Redis) -> None:
    for key in store.scan_iter("limit:*"):
        store.delete(key)
