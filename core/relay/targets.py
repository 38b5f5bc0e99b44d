"""Who hears which events: handlers of the code, and sources whose targets are rows (endpoints, connections)."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from core.events import Envelope, is_among
from core.lanes import HANDLERS, Lane
from core.models import Event

Handler = Callable[[Envelope], None]


@dataclass(frozen=True)
class Target:
    """Who is to hear the events of these types; `order.*` are all that begin with `order.`.

    `key` stays the same for ever: deliveries are stored under it. `client_id` limits it to that client's events.
    """

    key: str
    patterns: tuple[str, ...]
    client_id: uuid.UUID | None = None

    def hears(self, event: Event) -> bool:
        # An event without an owner is nobody's business but our own.
        mine = self.client_id is None or self.client_id == event.client_id
        return mine and is_among(event.type, self.patterns)


class TargetSource(Protocol):
    """Targets that are rows. The key of each begins with `prefix` and a colon: "endpoint:0197…"."""

    prefix: str
    lane: Lane

    def targets(self) -> Iterable[Target]:
        """Those that are to hear what happens now. Asked once for each batch of events."""

    def deliver(self, key: str, event: Envelope) -> None:
        """Idempotent. Any exception is a failure to try again later, `Undeliverable` one that no repeat will help."""


@dataclass(frozen=True)
class Subscription:
    """A handler of the code."""

    target: Target
    handler: Handler
    lane: Lane


_subscriptions: dict[str, Subscription] = {}
_sources: dict[str, TargetSource] = {}


def subscribe(event_types: str | Sequence[str], *, name: str, lane: Lane = HANDLERS) -> Callable[[Handler], Handler]:
    """Register an idempotent handler under a name that stays the same for ever: deliveries are stored under it."""
    patterns = (event_types,) if isinstance(event_types, str) else tuple(event_types)

    def register(handler: Handler) -> Handler:
        taken = _subscriptions.get(name)
        if taken is not None and taken.handler.__qualname__ != handler.__qualname__:
            raise ValueError(f"a handler named {name!r} is registered already")
        _subscriptions[name] = Subscription(Target(name, patterns), handler, lane)
        return handler

    return register


def register_source(source: TargetSource) -> None:
    """Let the rows of `source` hear events. Raises ValueError if its prefix is another's."""
    if _sources.setdefault(source.prefix, source) is not source:
        raise ValueError(f"a source of {source.prefix!r} is registered already")


def targets_now() -> list[tuple[Lane, Target]]:
    """All targets there are, each with its lane."""
    return [*_of_code(), *_of_rows()]


def deliver(key: str, event: Envelope) -> None:
    """Hand the event to its target. Raises LookupError if this process knows none of that key."""
    subscription = _subscriptions.get(key)
    if subscription is not None:
        subscription.handler(event)
        return
    source = _sources.get(key.partition(":")[0])
    if source is None:
        raise LookupError(f"nobody is registered as {key!r}")
    source.deliver(key, event)


def _of_code() -> Iterator[tuple[Lane, Target]]:
    for subscription in _subscriptions.values():
        yield subscription.lane, subscription.target


def _of_rows() -> Iterator[tuple[Lane, Target]]:
    for source in _sources.values():
        for target in source.targets():
            if not target.key.startswith(f"{source.prefix}:"):
                raise ValueError(f"{target.key!r} is no key of {source.prefix!r}")
            yield source.lane, target
