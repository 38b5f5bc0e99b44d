"""Every route of the API is authenticated, and every method of it declares the scope that it needs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.urls import URLPattern, URLResolver, get_resolver, path

from core.api.permissions import declared_scope
from core.api.views import ApiView
from tests.core.api import shop

METHODS = ("get", "post", "put", "patch", "delete")
PREFIX = "api/v1/"


def routes(patterns: list[Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Every (path, view) of a URL conf."""
    for pattern in patterns:
        path = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, path)
        elif isinstance(pattern, URLPattern):
            yield path, pattern.callback


def undeclared(patterns: list[Any]) -> list[str]:
    """What is open, or closed to everyone, by mistake: routes outside ApiView, and methods without a scope."""
    found = []
    for route, callback in routes(patterns):
        if not route.startswith(PREFIX):
            continue
        view = getattr(callback, "cls", None)
        if view is None or not issubclass(view, ApiView):
            found.append(f"{route}: not an ApiView")
            continue
        methods = [method.upper() for method in METHODS if hasattr(view, method)]
        found += [f"{method} {route}: no scope" for method in methods if not declared_scope(view, method)]
    return found


def test_every_route_and_method_declares_a_scope() -> None:
    assert undeclared(get_resolver("config.urls").url_patterns) == []


def test_there_are_routes() -> None:
    assert [route for route, _ in routes(get_resolver("config.urls").url_patterns) if route.startswith(PREFIX)]


@pytest.mark.parametrize(
    ("view", "complaint"),
    [(shop.Unscoped.as_view(), "GET api/v1/x/: no scope"), (shop.outside, "api/v1/x/: not an ApiView")],
)
def test_a_route_without_a_scope_is_found(view: Any, complaint: str) -> None:

    assert undeclared([path("api/v1/x/", view)]) == [complaint]
