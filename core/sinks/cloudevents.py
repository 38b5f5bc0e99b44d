"""Events as CloudEvents 1.0, in the two modes that the protocol bindings know: whole in the body, or attributes beside
the data."""

from __future__ import annotations

import orjson

from core.events import Envelope

CONTENT_TYPE = "application/cloudevents+json; charset=utf-8"


def structured(event: Envelope) -> bytes:
    """The whole event as JSON."""
    return orjson.dumps(event.as_cloudevent())


def binary(event: Envelope, prefix: str) -> tuple[dict[str, str], str, bytes]:
    """Its attributes under the binding's prefix, the content type of its data, and its data as JSON.

    `datacontenttype` has no attribute of its own: bindings map it to the content type.
    """
    attributes = event.as_cloudevent()
    data = orjson.dumps(attributes.pop("data"))
    content_type = str(attributes.pop("datacontenttype"))
    return {f"{prefix}{name}": str(value) for name, value in attributes.items()}, content_type, data
