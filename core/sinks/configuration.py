"""EVENT_SINKS: which sinks there are. Read with the settings, so that a mistake ends the start and not the sending."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

STRUCTURED, BINARY = "structured", "binary"
LARGEST_BATCH = 500
_NAME = re.compile(r"[a-z][a-z0-9_-]{0,39}")
_TYPE = re.compile(r"\*|[a-z][a-z0-9_.]*\*?")


class BadSink(ValueError):
    """What is wrong with EVENT_SINKS, and how it is to be, in words."""


@dataclass(frozen=True)
class Option:
    """A parameter of a sink's address: what it may be, in words, and how its text is read (ValueError: not so)."""

    means: str
    read: Callable[[str], Any]


@dataclass(frozen=True)
class Kind:
    """What a scheme stands for. `adapter` is the class that sends, as module:name; `library` the module that it needs,
    `extra` what installs that. `modes` are the forms of CloudEvents that it has, the first by default. `check` raises
    BadSink for an address that names too little.
    """

    adapter: str
    modes: tuple[str, ...]
    check: Callable[[SplitResult], None]
    options: Mapping[str, Option] = field(default_factory=dict)
    library: str = ""
    extra: str = ""


@dataclass(frozen=True)
class SinkSettings:
    """A sink as EVENT_SINKS has it. `options` are those of its kind that the address names, read."""

    name: str
    kind: Kind
    address: SplitResult
    mode: str
    types: tuple[str, ...]
    batch: int
    options: Mapping[str, Any]

    @property
    def place(self) -> str:
        """The address for people: without password and options."""
        host = self.address.netloc.rpartition("@")[2]
        return f"{self.address.scheme}://{host}{self.address.path}"

    @property
    def path(self) -> str:
        """Unquoted, without its slash."""
        return _named_after_host(self.address)

    def without_secrets(self, text: str) -> str:
        """The text with this sink's password taken out, as libraries quote their address in errors."""
        password = self.address.password
        if not password:
            return text
        return text.replace(password, "***").replace(unquote(password), "***")


def parse_sinks(text: str, kinds: Mapping[str, Kind]) -> dict[str, SinkSettings]:
    """The sinks by name of `{"erp": "amqp://…", …}` or of `erp=amqp://… lake=kafka://…`. Raises BadSink."""
    return {name: _sink(name, url, kinds) for name, url in _named(text.strip())}


def _named(text: str) -> list[tuple[str, str]]:
    if not text.startswith("{"):
        pairs = [item.partition("=") for item in text.split()]
        named = [(name, url) for name, _, url in pairs]
    else:
        try:
            named = json.loads(text, object_pairs_hook=list)
        except ValueError as error:
            raise BadSink(f"It begins like JSON and is none: {error}.") from None
    names = [name for name, _ in named]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise BadSink(f"{twice[0]!r} is there twice; each sink has a name of its own.")
    return named


def _sink(name: str, url: object, kinds: Mapping[str, Kind]) -> SinkSettings:
    if not _NAME.fullmatch(name):
        raise BadSink(
            f"{name!r} is no name: it begins with a small letter and has small letters, digits, - and _, at most 40."
        )
    try:
        if not isinstance(url, str) or not url:
            raise BadSink("it has no address; write its URL.")
        address = urlsplit(url)
        kind = kinds.get(address.scheme)
        if kind is None:
            raise BadSink(f"{address.scheme or url!r} is no kind of sink; there are {', '.join(sorted(kinds))}.")
        return _checked(name, address, kind)
    except ValueError as error:
        raise BadSink(f"Sink {name!r}: {error}") from None


def _checked(name: str, address: SplitResult, kind: Kind) -> SinkSettings:
    if kind.library and find_spec(kind.library) is None:
        raise BadSink(f"{address.scheme} needs a library that isn't here; install the extra {kind.extra!r}.")
    if address.fragment:
        raise BadSink("what follows # means nothing; write it as %23 where it belongs to a name or password.")
    kind.check(address)
    common = {
        "format": Option(f"{' or '.join(kind.modes)}", lambda text: _one_of(text, kind.modes)),
        "types": Option("types of events with commas between, such as order.*,stock.received", _types),
        "batch": Option(f"a number from 1 to {LARGEST_BATCH}", lambda text: number(text, 1, LARGEST_BATCH)),
    }
    read = _options(address.query, {**common, **kind.options})
    return SinkSettings(
        name=name,
        kind=kind,
        address=address,
        mode=read.pop("format", kind.modes[0]),
        types=read.pop("types", ()),
        batch=read.pop("batch", LARGEST_BATCH),
        options=read,
    )


def _options(query: str, known: Mapping[str, Option]) -> dict[str, Any]:
    read: dict[str, Any] = {}
    for name, text in parse_qsl(query, keep_blank_values=True):
        option = known.get(name)
        if option is None:
            raise BadSink(f"it has no option {name!r}; there are {', '.join(sorted(known))}.")
        if name in read:
            raise BadSink(f"{name} is there twice.")
        try:
            read[name] = option.read(text)
        except ValueError:
            raise BadSink(f"{name} is {text!r}; it must be {option.means}.") from None
    return read


def number(text: str, least: int, most: int) -> int:
    """Raises ValueError."""
    value = int(text)
    if not (text.isascii() and text.isdigit() and least <= value <= most):
        raise ValueError(text)
    return value


def yes_or_no(text: str) -> bool:
    """Raises ValueError."""
    return {"yes": True, "no": False}[_one_of(text, ("yes", "no"))]


def word(text: str) -> str:
    """Raises ValueError for nothing."""
    if not text.strip():
        raise ValueError(text)
    return text


def _one_of(text: str, choices: tuple[str, ...]) -> str:
    if text not in choices:
        raise ValueError(text)
    return text


def _types(text: str) -> tuple[str, ...]:
    types = tuple(text.split(","))
    if not all(_TYPE.fullmatch(each) for each in types):
        raise ValueError(text)
    return types


def needs_host(address: SplitResult) -> None:
    _ = address.port  # raises ValueError for one that is none
    if not address.hostname:
        raise BadSink(f"write where it is, as in {address.scheme}://host/…")


def needs_brokers_and_topic(address: SplitResult) -> None:
    """Several hosts, with commas between."""
    for host in address.netloc.rpartition("@")[2].split(","):
        needs_host(urlsplit(f"//{host}")._replace(scheme=address.scheme))
    if not _named_after_host(address):
        raise BadSink(f"write the topic after the hosts, as in {address.scheme}://host:9092,other:9092/topic")


def needs_fifo(address: SplitResult) -> None:
    if not address.hostname:
        raise BadSink(f"write the region, as in {address.scheme}://eu-west-1/…")
    if not _named_after_host(address).endswith(".fifo"):
        raise BadSink("what is named after the region must end with .fifo: others don't keep the order.")


def _named_after_host(address: SplitResult) -> str:
    return unquote(address.path.removeprefix("/"))


def needs_host_and_path(what: str) -> Callable[[SplitResult], None]:
    """A check that asks for a host, and for `what` after it."""

    def check(address: SplitResult) -> None:
        needs_host(address)
        if not _named_after_host(address):
            raise BadSink(f"write the {what} after the host, as in {address.scheme}://host/{what}")

    return check
