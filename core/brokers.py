"""Settings that name brokers: names with an URL each, whose parameters are options. A mistake ends the start."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

_is_name = re.compile(r"[a-z][a-z0-9_-]{0,39}").fullmatch


class BadAddress(ValueError):
    """What is wrong with such a setting, and how it is to be, in words."""


@dataclass(frozen=True)
class Option:
    """A parameter of an address: what it may be, in words, and how its text is read (ValueError: not so)."""

    means: str
    read: Callable[[str], Any]


@dataclass(frozen=True)
class Address:
    """Where a broker is."""

    name: str
    address: SplitResult

    @property
    def place(self) -> str:
        """The address for people: without password and options."""
        host = self.address.netloc.rpartition("@")[2]
        return f"{self.address.scheme}://{host}{self.address.path}"

    @property
    def path(self) -> str:
        """Unquoted, without its slash."""
        return named_after_host(self.address)

    def without_secrets(self, text: str) -> str:
        """The text with the password taken out, as libraries quote their address in errors."""
        password = self.address.password
        if not password:
            return text
        return text.replace(password, "***").replace(unquote(password), "***")


def named(text: str) -> list[tuple[str, Any]]:
    """What is written of each name in `{"erp": "amqp://…", …}` or `erp=amqp://… lake=kafka://…`. Raises BadAddress."""
    text = text.strip()
    if not text.startswith("{"):
        pairs = [item.partition("=") for item in text.split()]
        found = [(name, url) for name, _, url in pairs]
    else:
        try:
            found = json.loads(text, object_pairs_hook=list)
        except ValueError as error:
            raise BadAddress(f"It begins like JSON and is none: {error}.") from None
    names = [name for name, _ in found]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise BadAddress(f"{twice[0]!r} is there twice; each has a name of its own.")
    return found


def require_name(name: str) -> None:
    """Raises BadAddress."""
    if not _is_name(name):
        raise BadAddress(
            f"{name!r} is no name: it begins with a small letter and has small letters, digits, - and _, at most 40."
        )


def require_library(scheme: str, library: str, extra: str) -> None:
    """Raises BadAddress for a library that isn't installed."""
    if library and find_spec(library) is None:
        raise BadAddress(f"{scheme} needs a library that isn't here; install the extra {extra!r}.")


def split(url: object) -> SplitResult:
    """Raises BadAddress, or ValueError for what is no URL."""
    if not isinstance(url, str) or not url:
        raise BadAddress("it has no address; write its URL.")
    address = urlsplit(url)
    if address.fragment:
        raise BadAddress("what follows # means nothing; write it as %23 where it belongs to a name or password.")
    return address


def read_options(query: str, known: Mapping[str, Option]) -> dict[str, Any]:
    """Raises BadAddress."""
    read: dict[str, Any] = {}
    for name, text in parse_qsl(query, keep_blank_values=True):
        option = known.get(name)
        if option is None:
            raise BadAddress(f"it has no option {name!r}; there are {', '.join(sorted(known))}.")
        if name in read:
            raise BadAddress(f"{name} is there twice.")
        try:
            read[name] = option.read(text)
        except ValueError:
            raise BadAddress(f"{name} is {text!r}; it must be {option.means}.") from None
    return read


def number(text: str, least: int, most: int) -> int:
    """Raises ValueError."""
    value = int(text)
    if not (text.isascii() and text.isdigit() and least <= value <= most):
        raise ValueError(text)
    return value


def yes_or_no(text: str) -> bool:
    """Raises ValueError."""
    return {"yes": True, "no": False}[one_of(text, ("yes", "no"))]


def word(text: str) -> str:
    """Raises ValueError for nothing."""
    if not text.strip():
        raise ValueError(text)
    return text


def one_of(text: str, choices: tuple[str, ...]) -> str:
    """Raises ValueError."""
    if text not in choices:
        raise ValueError(text)
    return text


def named_after_host(address: SplitResult) -> str:
    return unquote(address.path.removeprefix("/"))


def needs_host(address: SplitResult) -> None:
    """Raises BadAddress."""
    _ = address.port  # raises ValueError for one that is none
    if not address.hostname:
        raise BadAddress(f"write where it is, as in {address.scheme}://host/…")


def needs_brokers_and_topic(address: SplitResult) -> None:
    """Several hosts, with commas between. Raises BadAddress."""
    for host in address.netloc.rpartition("@")[2].split(","):
        needs_host(urlsplit(f"//{host}")._replace(scheme=address.scheme))
    if not named_after_host(address):
        raise BadAddress(f"write the topic after the hosts, as in {address.scheme}://host:9092,other:9092/topic")
