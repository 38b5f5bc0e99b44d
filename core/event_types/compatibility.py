"""What a reader of events would stumble over, if a schema became another one.

Readers take what they don't know (a field that is new) and nothing less or other than they were promised.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Schema = dict[str, Any]

_ANY = frozenset({"null", "boolean", "object", "array", "number", "integer", "string"})


def breaks(before: Schema, after: Schema, path: str = "data") -> Iterator[str]:
    """Each thing that would break a reader, in words; nothing when all that was promised holds."""
    wider = _types(after) - _types(before)
    if wider:
        yield f"{path} was {_named(before)} and would be {_named(after)}"
        return
    if before.get("format") != after.get("format") and "format" in before:
        yield f"{path} was a {before['format']} and would be {after.get('format', 'any text')}"
    if before.get("const") != after.get("const") and "const" in before:
        yield f"{path} was always {before['const']}"
    yield from _fields(before, after, path)
    for keyword, within in (("items", "[]"), ("additionalProperties", ".*")):
        if keyword in before:
            yield from breaks(before[keyword], after.get(keyword, {}), path + within)


def _fields(before: Schema, after: Schema, path: str) -> Iterator[str]:
    old, new = before.get("properties", {}), after.get("properties", {})
    for name in old:
        if name not in new:
            yield f"{path}.{name} would be gone"
        else:
            yield from breaks(old[name], new[name], f"{path}.{name}")
    surely = set(after.get("required", ()))
    for name in before.get("required", ()):
        if name in new and name not in surely:
            yield f"{path}.{name} was always there and could be absent"
    for name in new:
        if name not in old and name in surely:
            yield f"{path}.{name} is new and would be promised of all events, but those recorded before lack it"


def _types(schema: Schema) -> frozenset[str]:
    """Those that a value may have; a number may be an integer, and without a word of it anything may be."""
    if "anyOf" in schema:
        return frozenset().union(*map(_types, schema["anyOf"]))
    told = schema.get("type", _ANY)
    found = frozenset([told] if isinstance(told, str) else told)
    return found | {"integer"} if "number" in found else found


def _named(schema: Schema) -> str:
    told = _types(schema)
    return "anything" if told == _ANY else " or ".join(sorted(told - {"null"}) + sorted(told & {"null"}))
