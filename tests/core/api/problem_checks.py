"""What every problem document has in common."""

from __future__ import annotations

from typing import Any

import orjson
from django.http import HttpResponse


def problem(response: HttpResponse, status: int, code: str) -> dict[str, Any]:
    """Asserts that the response is this problem in the one form that all have; returns it."""
    assert response.status_code == status, response.content
    assert response.headers["Content-Type"] == "application/problem+json"
    body: dict[str, Any] = orjson.loads(response.content)
    assert body["code"] == code, body
    assert body["type"] == f"urn:quartermaster:problem:{code}"
    assert body["status"] == status
    assert body["title"]
    assert body["detail"]
    assert body["instance"].startswith("/")
    assert body["request_id"] == response.headers["X-Request-ID"]
    return body


def pointers(body: dict[str, Any]) -> set[tuple[str, str]]:
    return {(error["pointer"], error["code"]) for error in body["errors"]}
