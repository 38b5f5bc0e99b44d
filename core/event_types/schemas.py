"""JSON Schema (draft 2020-12) of events, from their dataclasses."""

from __future__ import annotations

import dataclasses
import datetime as dt
import inspect
import re
import types
import typing
import uuid
from typing import Any

from core.events import SPEC_VERSION, DomainEvent, InternalEvent, OwnersEvent, schema_urn

Schema = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"

_PLAIN: dict[Any, Schema] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    bool: {"type": "boolean"},
    uuid.UUID: {"type": "string", "format": "uuid"},
    dt.date: {"type": "string", "format": "date"},
    dt.datetime: {"type": "string", "format": "date-time"},
    Any: {},
}
_BASES = (DomainEvent, InternalEvent, OwnersEvent)
_NULL = {"type": "null"}
_words = re.compile(r"(?<=[a-z])(?=[A-Z])")

ENVELOPE: Schema = {
    "type": "object",
    "properties": {
        "specversion": {"type": "string", "const": SPEC_VERSION},
        "id": {"type": "string", "format": "uuid", "description": "The same however often the event is sent."},
        "type": {"type": "string"},
        "source": {"type": "string", "description": "What kind of thing the subject is: `/orders`."},
        "subject": {"type": "string", "format": "uuid", "description": "The id of what it happened to."},
        "time": {"type": "string", "format": "date-time"},
        "sequence": {"type": "string", "description": "The version that the subject has since: 1, 2, 3 without gaps."},
        "datacontenttype": {"type": "string", "const": "application/json"},
        "dataschema": {"type": "string", "description": "Names the schema of `data` and its version."},
        "actor": {"type": "string", "description": "Who did it, as `kind:id`."},
        "requestid": {"type": "string", "description": "The X-Request-ID of the request that did it; may be empty."},
        "clientid": {
            "type": "string",
            "format": "uuid",
            "description": "The client whose it is; absent from what all share.",
        },
        "position": {
            "type": "string",
            "description": "Its place in the log, a whole number; present where the log is read, as by `GET /events/`.",
        },
    },
    "required": [
        "specversion", "id", "type", "source", "subject", "time", "sequence", "datacontenttype", "dataschema", "actor",
        "requestid", "data",
    ],
}  # fmt: skip
"""What all events have as CloudEvents (`Envelope.as_cloudevent`), without `data`."""


def titled(event: type[DomainEvent]) -> str:
    """ "Order reopened"."""
    return _words.sub(" ", event.__name__).capitalize()


def described(event: type[DomainEvent]) -> str:
    """What its docstring says, and those of the classes that it stands on; may be empty."""
    bases = [each for each in event.__mro__ if issubclass(each, DomainEvent) and each not in _BASES]
    return "\n\n".join(filter(None, map(_own_docstring, bases)))


def data_schema(event: type[DomainEvent]) -> Schema:
    """Of `data`. A field with a default may be absent: it came beside the others, and events that were recorded before
    lack it.
    """
    hints = typing.get_type_hints(event)
    fields = dataclasses.fields(event)
    return {
        "title": titled(event),
        "description": described(event),
        "type": "object",
        "properties": {each.name: schema_of(hints[each.name]) for each in fields},
        "required": [each.name for each in fields if not _has_default(each)],
    }


def cloudevent_schema(name: str, version: int, data: Schema) -> Schema:
    """Of the whole event: the envelope around `data`."""
    urn = schema_urn(name, version)
    properties = {
        **ENVELOPE["properties"],
        "type": {"type": "string", "const": name},
        "dataschema": {"type": "string", "const": urn},
        "data": {"$id": urn, **data},
    }
    return {
        "$schema": DIALECT,
        "$id": f"urn:quartermaster:cloudevent:{name}:{version}",
        "title": data["title"],
        "description": data["description"],
        **ENVELOPE,
        "properties": properties,
    }


def schema_of(hint: Any) -> Schema:
    """Of the JSON that a value of this type becomes (core.json). Raises TypeError for what has no such form."""
    if hint in _PLAIN:
        return dict(_PLAIN[hint])
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is list:
        return {"type": "array", "items": schema_of(arguments[0])}
    if origin is dict and arguments[0] is str:
        return {"type": "object", "additionalProperties": schema_of(arguments[1])}
    if origin in (types.UnionType, typing.Union):
        return _nullable(arguments)
    if dataclasses.is_dataclass(hint):
        return _nested(hint)
    raise TypeError(f"{hint} has no JSON Schema here; see core.events.DomainEvent for what fields may be")


def _nullable(arguments: tuple[Any, ...]) -> Schema:
    (inner,) = (each for each in arguments if each is not types.NoneType)
    schema = schema_of(inner)
    if isinstance(schema.get("type"), str):
        return {**schema, "type": [schema["type"], "null"]}
    return {"anyOf": [schema, _NULL]}


def _nested(cls: Any) -> Schema:
    hints = typing.get_type_hints(cls)
    return {
        "type": "object",
        "properties": {each.name: schema_of(hints[each.name]) for each in dataclasses.fields(cls)},
        "required": [each.name for each in dataclasses.fields(cls) if not _has_default(each)],
    }


def _has_default(field: dataclasses.Field[Any]) -> bool:
    return field.default is not dataclasses.MISSING or field.default_factory is not dataclasses.MISSING


def _own_docstring(cls: type) -> str:
    """Without the one that `dataclass` makes where there is none: `OrderShipped()`."""
    text = vars(cls).get("__doc__") or ""
    return "" if text.startswith(f"{cls.__name__}(") else re.sub(r"\s+", " ", inspect.cleandoc(text))
