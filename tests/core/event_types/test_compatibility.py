"""What would break a reader of events, and what wouldn't."""

from __future__ import annotations

from typing import Any

import pytest

from core.event_types.compatibility import breaks

TEXT = {"type": "string"}
ID = {"type": "string", "format": "uuid"}
COUNT = {"type": "integer"}


def of(required: tuple[str, ...] = (), **properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(required)}


BREAKING = [
    (of(a=TEXT), of(), "data.a would be gone"),
    (of(a=TEXT), of(b=TEXT), "data.a would be gone"),
    (of(a=COUNT), of(a=TEXT), "data.a was integer and would be string"),
    (of(a=COUNT), of(a={"type": "number"}), "data.a was integer and would be integer or number"),
    (of(a=TEXT), of(a={"type": ["string", "null"]}), "data.a was string and would be string or null"),
    (of(a=TEXT), of(a={"anyOf": [TEXT, {"type": "null"}]}), "data.a was string and would be string or null"),
    (of(a=TEXT), of(a={}), "data.a was string and would be anything"),
    (of(a=ID), of(a=TEXT), "data.a was a uuid and would be any text"),
    (of(a=ID), of(a={"type": "string", "format": "date"}), "data.a was a uuid and would be date"),
    (of(("a",), a=TEXT), of((), a=TEXT), "data.a was always there and could be absent"),
    (
        of(),
        of(("a",), a=TEXT),
        "data.a is new and would be promised of all events, but those recorded before lack it",
    ),
    (
        of(a={"type": "array", "items": ID}),
        of(a={"type": "array", "items": COUNT}),
        "data.a[] was string and would be integer",
    ),
    (of(a={"type": "array", "items": ID}), of(a={"type": "array"}), "data.a[] was string and would be anything"),
    (
        of(a={"type": "object", "additionalProperties": COUNT}),
        of(a={"type": "object", "additionalProperties": TEXT}),
        "data.a.* was integer and would be string",
    ),
    (of(a=of(b=TEXT)), of(a=of()), "data.a.b would be gone"),
    (of(a={"type": "string", "const": "1"}), of(a={"type": "string", "const": "2"}), "data.a was always 1"),
]
HARMLESS = [
    (of(a=TEXT), of(a=TEXT, b=COUNT)),
    (of(a=of(b=TEXT)), of(a=of(b=TEXT, c=ID))),
    (of((), a=TEXT), of(("a",), a=TEXT)),
    (of(a={"type": ["string", "null"]}), of(a=TEXT)),
    (of(a={"type": "number"}), of(a=COUNT)),
    (of(a={}), of(a=COUNT)),
    (of(a=TEXT), of(a=ID)),
    ({**of(a=TEXT), "title": "A", "description": "B"}, {**of(a=TEXT), "title": "C", "description": "D"}),
]


@pytest.mark.parametrize(("before", "after", "told"), BREAKING)
def test_what_breaks_a_reader_is_told(before: Any, after: Any, told: str) -> None:
    assert list(breaks(before, after)) == [told]


@pytest.mark.parametrize(("before", "after"), HARMLESS)
def test_what_a_reader_does_not_notice_is_let_pass(before: Any, after: Any) -> None:
    assert list(breaks(before, after)) == []


def test_all_of_several_breaks_are_told() -> None:
    assert len(list(breaks(of(a=TEXT, b=TEXT, c=TEXT), of(c=COUNT)))) == 3
