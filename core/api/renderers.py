"""JSON out: UUIDs as text, times as RFC 3339 UTC with microseconds; what JSON has no form for is refused."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import orjson
from django.http import HttpResponse
from django.utils.functional import Promise
from rest_framework.renderers import BaseRenderer

JSON = "application/json"


def render(data: Any) -> bytes:
    """The JSON text of `data`. Raises TypeError for a Decimal, a naive datetime, a set and all else without a form."""
    return orjson.dumps(data, default=_convert, option=orjson.OPT_PASSTHROUGH_DATETIME)


def rfc3339(moment: dt.datetime) -> str:
    """2026-01-31T23:59:59.000000Z. Raises TypeError for a naive datetime."""
    if moment.tzinfo is None:
        raise TypeError("a naive datetime has no place in time")
    return moment.astimezone(dt.UTC).isoformat(timespec="microseconds")[:-6] + "Z"


def json_response(data: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> HttpResponse:
    return HttpResponse(render(data), status=status, headers=dict(headers or {}), content_type=JSON)


def _convert(value: Any) -> Any:
    if isinstance(value, dt.datetime):
        return rfc3339(value)
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, Promise):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no JSON form here")


class OrjsonRenderer(BaseRenderer):
    """For views that answer with DRF's Response."""

    media_type = JSON
    format = "json"
    charset = None
    render_style = "binary"

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        return b"" if data is None else render(data)
