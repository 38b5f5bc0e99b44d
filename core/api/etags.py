"""Versions over HTTP: strong ETags, If-Match on writes, If-None-Match on reads."""

from __future__ import annotations

import re

from django.http import HttpRequest
from rest_framework.request import Request

from core.api.problems import ApiProblem

NO_VERSION = -1
"""What a stale-by-form If-Match (weak, `*`, a list, not ours) expects: no stored version, so the action answers 412."""

_strong = re.compile(r'"v(0|[1-9][0-9]{0,9})"', re.ASCII).fullmatch


class IfMatchMissing(ApiProblem):
    status_code = 428
    default_code = "if_match_missing"


def etag(version: int) -> str:
    return f'"v{version}"'


def expected_version(request: Request | HttpRequest) -> int:
    """The version that If-Match names, or NO_VERSION for a value that can match none.

    The action compares it with the locked row and raises StaleVersion (412). Raises IfMatchMissing (428).
    """
    header = request.META.get("HTTP_IF_MATCH")
    if header is None:
        raise IfMatchMissing("Send If-Match with the ETag that you last saw, so that nobody's change is lost.")
    match = _strong(header.strip())
    return int(match[1]) if match else NO_VERSION


def is_unchanged(request: Request | HttpRequest, version: int) -> bool:
    """Whether If-None-Match names this version, so that a GET may answer 304."""
    header = request.META.get("HTTP_IF_NONE_MATCH")
    if header is None:
        return False
    current = etag(version)
    return any(tag in ("*", current, f"W/{current}") for tag in map(str.strip, header.split(",")))
