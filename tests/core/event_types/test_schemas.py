"""The schema of an event's class, and that what is recorded is what it says."""

from __future__ import annotations

import datetime as dt
import typing
import uuid
from dataclasses import dataclass
from typing import Any, ClassVar

import pytest
from jsonschema import Draft202012Validator, FormatChecker  # type: ignore[import-untyped]

from core.event_types import cloudevent_schema, event_types, published
from core.event_types.schemas import data_schema, described, schema_of, titled
from core.events import DomainEvent
from core.json import to_json
from core.models import Event
from tests.factories.console import one_more_of_everything


@dataclass(frozen=True)
class Part:
    sku: str
    note: str | None = None


@dataclass(frozen=True, kw_only=True)
class Base(DomainEvent):
    """`kind` is of what."""

    kind: str


@dataclass(frozen=True, kw_only=True)
class ThingHappened(Base):
    """It happened,
    and was told."""

    type: ClassVar[str] = "test.happened"
    id: uuid.UUID
    day: dt.date | None
    at: dt.datetime
    count: int
    done: bool
    parts: list[Part]
    money: dict[str, int]
    changes: dict[str, list[Any]]
    later: typing.Optional[uuid.UUID] = None  # noqa: UP045 - the other spelling of the same


@dataclass(frozen=True)
class Untold(DomainEvent):
    type: ClassVar[str] = "test.untold"


def test_fields_become_what_json_has_for_them() -> None:
    part = {
        "type": "object",
        "properties": {"sku": {"type": "string"}, "note": {"type": ["string", "null"]}},
        "required": ["sku"],
    }
    assert data_schema(ThingHappened) == {
        "title": "Thing happened",
        "description": "It happened, and was told.\n\n`kind` is of what.",
        "type": "object",
        "properties": {
            "kind": {"type": "string"},
            "id": {"type": "string", "format": "uuid"},
            "day": {"type": ["string", "null"], "format": "date"},
            "at": {"type": "string", "format": "date-time"},
            "count": {"type": "integer"},
            "done": {"type": "boolean"},
            "parts": {"type": "array", "items": part},
            "money": {"type": "object", "additionalProperties": {"type": "integer"}},
            "changes": {"type": "object", "additionalProperties": {"type": "array", "items": {}}},
            "later": {"type": ["string", "null"], "format": "uuid"},
        },
        "required": ["kind", "id", "day", "at", "count", "done", "parts", "money", "changes"],
    }


def test_what_json_has_no_form_for_is_refused() -> None:
    for hint in (bytes, set[str], dict[int, str], object):
        with pytest.raises(TypeError, match="no JSON Schema"):
            schema_of(hint)


def test_an_event_without_words_has_the_name_of_its_class() -> None:
    assert (titled(Untold), described(Untold)) == ("Untold", "")


def test_the_form_in_json_is_what_the_schema_says() -> None:
    now = dt.datetime.now(dt.UTC)
    event = ThingHappened(
        kind="x", id=uuid.uuid4(), day=now.date(), at=now, count=1, done=True, parts=[Part("MUG")], money={"due": 1},
        changes={"a": [None, 1]},
    )  # fmt: skip
    checked = Draft202012Validator(data_schema(ThingHappened), format_checker=FormatChecker())
    assert list(checked.iter_errors(to_json(event))) == []
    assert list(checked.iter_errors({**to_json(event), "count": "1"})) != []


def test_every_type_has_a_schema_that_is_one_and_names_of_its_own() -> None:
    assert len(event_types()) > 100
    for name, event in event_types().items():
        schema = published().cloudevent(name, event.schema_version)
        Draft202012Validator.check_schema(schema)
        assert name == event.type
        assert name.count(".") == 1


@pytest.mark.django_db
def test_what_is_recorded_is_what_the_published_schemas_say() -> None:
    one_more_of_everything()
    checked = 0
    for event in Event.objects.all():
        schema = cloudevent_schema(
            event.type, event.schema_version, published().types[event.type][event.schema_version]
        )
        told = {**event.envelope().as_cloudevent(), "position": "1"}
        assert list(Draft202012Validator(schema, format_checker=FormatChecker()).iter_errors(told)) == [], event.type
        assert told.keys() <= schema["properties"].keys()
        assert event.data.keys() <= schema["properties"]["data"]["properties"].keys(), event.type
        checked += 1
    assert checked > 50
