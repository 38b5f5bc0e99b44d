"""What Django cannot make a request of, answered all the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from wsgiref.util import setup_testing_defaults

import pytest
from pytest_django import Settings

from core.wsgi import Handler


def statuses(environ: dict[str, Any]) -> list[str]:
    """The status lines that the application answers with."""
    seen: list[str] = []

    def start(status: str, _headers: list[tuple[str, str]], *_: Any) -> Callable[[bytes], object]:
        seen.append(status)
        return lambda _: None

    for _chunk in Handler()(environ, start):
        pass
    return seen


@pytest.mark.django_db
@pytest.mark.parametrize(("path", "status"), [("/health/live", "200 OK"), ("/api/v1/orders/", "401 Unauthorized")])
def test_a_content_type_that_cannot_be_taken_apart_is_no_error_of_ours(
    settings: Settings, path: str, status: str
) -> None:
    environ: dict[str, Any] = {"PATH_INFO": path, "CONTENT_TYPE": "application/json; charset*=bogus''utf-8"}
    setup_testing_defaults(environ)
    environ["HTTP_HOST"] = "localhost"
    assert statuses(environ) == [status]
