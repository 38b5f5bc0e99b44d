"""EVENT_SINKS: which sinks there are. Read with the settings, so that a mistake ends the start and not the sending."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import SplitResult

from core.brokers import (
    Address,
    BadAddress,
    Option,
    named,
    named_after_host,
    needs_host,
    number,
    one_of,
    read_options,
    require_library,
    require_name,
    split,
)

STRUCTURED, BINARY = "structured", "binary"
LARGEST_BATCH = 500
_TYPE = re.compile(r"\*|[a-z][a-z0-9_.]*\*?")


class BadSink(ValueError):
    """What is wrong with EVENT_SINKS, and how it is to be, in words."""


@dataclass(frozen=True)
class Kind:
    """What a scheme stands for. `adapter` is the class that sends, as module:name; `library` the module that it needs,
    `extra` what installs that. `modes` are the forms of CloudEvents that it has, the first by default. `check` raises
    BadAddress for an address that names too little.
    """

    adapter: str
    modes: tuple[str, ...]
    check: Callable[[SplitResult], None]
    options: Mapping[str, Option] = field(default_factory=dict)
    library: str = ""
    extra: str = ""


@dataclass(frozen=True)
class SinkSettings(Address):
    """A sink as EVENT_SINKS has it. `options` are those of its kind that the address names, read."""

    kind: Kind
    mode: str
    types: tuple[str, ...]
    batch: int
    options: Mapping[str, Any]


def parse_sinks(text: str, kinds: Mapping[str, Kind]) -> dict[str, SinkSettings]:
    """The sinks by name of `{"erp": "amqp://…", …}` or of `erp=amqp://… lake=kafka://…`. Raises BadSink."""
    try:
        return {name: _sink(name, url, kinds) for name, url in named(text)}
    except BadAddress as error:
        raise BadSink(str(error)) from None


def _sink(name: str, url: object, kinds: Mapping[str, Kind]) -> SinkSettings:
    require_name(name)
    try:
        address = split(url)
        kind = kinds.get(address.scheme)
        if kind is None:
            raise BadAddress(f"{address.scheme or url!r} is no kind of sink; there are {', '.join(sorted(kinds))}.")
        return _checked(name, address, kind)
    except ValueError as error:
        raise BadSink(f"Sink {name!r}: {error}") from None


def _checked(name: str, address: SplitResult, kind: Kind) -> SinkSettings:
    require_library(address.scheme, kind.library, kind.extra)
    kind.check(address)
    common = {
        "format": Option(f"{' or '.join(kind.modes)}", lambda text: one_of(text, kind.modes)),
        "types": Option("types of events with commas between, such as order.*,stock.received", _types),
        "batch": Option(f"a number from 1 to {LARGEST_BATCH}", lambda text: number(text, 1, LARGEST_BATCH)),
    }
    read = read_options(address.query, {**common, **kind.options})
    return SinkSettings(
        name=name,
        kind=kind,
        address=address,
        mode=read.pop("format", kind.modes[0]),
        types=read.pop("types", ()),
        batch=read.pop("batch", LARGEST_BATCH),
        options=read,
    )


def _types(text: str) -> tuple[str, ...]:
    types = tuple(text.split(","))
    if not all(_TYPE.fullmatch(each) for each in types):
        raise ValueError(text)
    return types


def needs_fifo(address: SplitResult) -> None:
    if not address.hostname:
        raise BadAddress(f"write the region, as in {address.scheme}://eu-west-1/…")
    if not named_after_host(address).endswith(".fifo"):
        raise BadAddress("what is named after the region must end with .fifo: others don't keep the order.")


def needs_host_and_path(what: str) -> Callable[[SplitResult], None]:
    """A check that asks for a host, and for `what` after it."""

    def check(address: SplitResult) -> None:
        needs_host(address)
        if not named_after_host(address):
            raise BadAddress(f"write the {what} after the host, as in {address.scheme}://host/{what}")

    return check
