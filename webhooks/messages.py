"""What an endpoint is sent of an event: a CloudEvent, the same each time unless somebody was forgotten meanwhile."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson

from core.events import Envelope
from core.versions import document_as_of
from webhooks.statuses import Payload

_NOT_KEPT = "[not kept]"


@dataclass(frozen=True)
class Sent:
    """`body` is what is sent, `kept` what is written down of it."""

    body: bytes
    kept: str


def message(event: Envelope, payload: str) -> Sent:
    """Thin: which event of which subject and version; what it is about is asked of the API. Full: with its data, and as
    `document` in it what the subject said as of that version, where there is such a document.
    """
    attributes = event.as_cloudevent()
    if payload == Payload.THIN:
        attributes["data"] = {}
        return _sent(attributes, attributes)
    held = document_as_of(event.subject_type, event.subject_id, event.version)
    if held is None:
        return _sent(attributes, attributes)
    data = attributes["data"]
    return _sent(
        {**attributes, "data": {**data, "document": held.document}},
        {**attributes, "data": {**data, "document": _NOT_KEPT}},
    )


def _sent(attributes: dict[str, Any], kept: dict[str, Any]) -> Sent:
    return Sent(orjson.dumps(attributes), orjson.dumps(kept).decode())
