"""What is published: docs/events/schemas.json, and what the code makes of it."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
from django.conf import settings

from core.event_types.compatibility import breaks
from core.event_types.finding import event_types
from core.event_types.schemas import ENVELOPE, Schema, cloudevent_schema, data_schema

RAISE = "Raise its schema_version, so that readers can tell; the old schema stays published for the events it fits."
DEFAULT = "Give a new field a default: then it is one that may be absent."
_KEEP = "Its class stays: events of it are in the log for ever."


def schemas_file() -> Path:
    return Path(settings.BASE_DIR) / "docs" / "events" / "schemas.json"


@dataclass(frozen=True)
class Published:
    """The schemas of `data`: type → schema_version → schema; and of the envelope around them."""

    types: Mapping[str, Mapping[int, Schema]]
    envelope: Schema

    @classmethod
    def parsed(cls, text: bytes) -> Published:
        document = orjson.loads(text)
        types = {
            name: {int(number): schema for number, schema in versions.items()}
            for name, versions in document["types"].items()
        }
        return cls(types, document["envelope"])

    def text(self) -> bytes:
        document: dict[str, Any] = {
            "envelope": self.envelope,
            "types": {
                name: {str(number): schema for number, schema in sorted(versions.items())}
                for name, versions in sorted(self.types.items())
            },
        }
        return orjson.dumps(document, option=orjson.OPT_INDENT_2) + b"\n"

    def versions(self, name: str) -> list[int]:
        """In which there are events of the type, the newest last; none of a type that isn't published."""
        return sorted(self.types.get(name, {}))

    def cloudevent(self, name: str, version: int) -> Schema:
        """Raises KeyError for what isn't published."""
        return cloudevent_schema(name, version, self.types[name][version])


NOTHING = Published({}, {})


@functools.cache
def published() -> Published:
    """As the file has it."""
    return Published.parsed(schemas_file().read_bytes())


def following(before: Published) -> Published:
    """What the code says, and of the versions that were there before those that it has left behind."""
    return Published(
        types={
            name: {**before.types.get(name, {}), event.schema_version: data_schema(event)}
            for name, event in event_types().items()
        },
        envelope=ENVELOPE,
    )


def refusals(before: Published) -> Iterator[str]:
    """Why the code may not be published after `before`: each is one thing that would break a reader, and what to do."""
    if before.envelope:
        for each in breaks(before.envelope, ENVELOPE, "the envelope"):
            yield f"all events: {each}. That needs another version of the API."
    for name in before.types:
        if name not in event_types():
            yield f"{name}: the type would be gone. {_KEEP}"
    for name, event in event_types().items():
        known = before.versions(name)
        if known:
            yield from _refused(name, event.schema_version, known[-1], before.types[name], data_schema(event))


def _refused(name: str, version: int, newest: int, old: Mapping[int, Schema], schema: Schema) -> Iterator[str]:
    if version not in (newest, newest + 1):
        yield f"{name}: schema_version is {version} after {newest}. It stays or is raised by one."
    elif version == newest:
        for each in breaks(old[version], schema):
            yield f"{name}: {each}. {DEFAULT if ' is new ' in each else RAISE}"
