"""docs/events.md: every type of event, for people."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from core.event_types.published import Published
from core.event_types.schemas import Schema
from core.events import Audience

_INTRODUCTION = """# Events

Made by `manage.py events` from the classes of the events; CI refuses a stale copy, and a change that would break a
reader. `GET /api/v1/events/types/` publishes the same as JSON Schema, `docs/events/schemas.json` keeps it; how to
follow events is told in [how-to/follow-events.md](how-to/follow-events.md).

Each event is a CloudEvent 1.0. `data` has the fields below; more may come beside them, which readers ignore. A field in
*italics* may be absent: events that were recorded before it came lack it. Amounts are minor units of their currency.
**Own**: told to no other client's keys. **Internal**: told by no route of the API, to sinks alone. All others are told
to the client that the subject belongs to, and to those that work for all storefronts.

## Every event

| attribute | what |
|---|---|
"""


def catalogue(published: Published, audiences: dict[str, Audience]) -> str:
    """The Markdown. Of each type its newest version."""
    groups = itertools.groupby(sorted(published.types), key=lambda name: name.partition(".")[0])
    sections = [_section(noun, list(names), published, audiences) for noun, names in groups]
    return "\n".join([_INTRODUCTION + "\n".join(_attributes(published.envelope)) + "\n", *sections])


def _attributes(envelope: Schema) -> Iterator[str]:
    for name, schema in envelope["properties"].items():
        says = schema.get("description") or (f'"{schema["const"]}"' if "const" in schema else "")
        yield f"| {_field(name, name in envelope['required'])}: {kind(schema)} | {says} |"


def _section(noun: str, names: list[str], published: Published, audiences: dict[str, Audience]) -> str:
    rows = "\n".join(_row(name, published, audiences[name]) for name in names)
    return f"## {noun.replace('_', ' ').capitalize()}\n\n| type | what it says | `data` |\n|---|---|---|\n{rows}\n"


def _row(name: str, published: Published, audience: Audience) -> str:
    version = published.versions(name)[-1]
    schema = published.types[name][version]
    fields = ", ".join(
        f"{_field(field, field in schema['required'])}: {kind(each)}" for field, each in schema["properties"].items()
    )
    says = ". ".join(filter(None, [schema["title"], schema["description"].replace("\n\n", " ").replace("|", "\\|")]))
    told = {Audience.OWNER: " **Own.**", Audience.NOBODY: " **Internal.**"}.get(audience, "")
    numbered = f" ({version})" if version > 1 else ""
    return f"| `{name}`{numbered} | {says.removesuffix('.')}.{told} | {fields or '–'} |"


def _field(name: str, required: bool) -> str:
    return f"`{name}`" if required else f"*`{name}`*"


def kind(schema: Schema) -> str:
    """ "list of uuid", "map of integer", "date or null"."""
    told = schema.get("type", "any")
    names = [told] if isinstance(told, str) else list(told)
    return " or ".join(_kind(name, schema) for name in names)


def _kind(name: str, schema: Schema) -> str:
    if name == "array":
        return f"list of {kind(schema['items'])}"
    if name == "object" and "additionalProperties" in schema:
        inner = kind(schema["additionalProperties"])
        return "object" if inner == "any" else f"map of {inner}"
    return str(schema.get("format", name)) if name == "string" else name
