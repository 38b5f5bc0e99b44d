"""Who hears which events: handlers of the code, and sources whose targets are rows (endpoints, connections)."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from core.events import Envelope, is_among
from core.lanes import HANDLERS, Lane
from core.log import Viewer
from core.models import Event

Handler = Callable[[Envelope], None]


@dataclass(frozen=True)
class Target:
    """Who is to hear the events of these types; `order.*` are all that begin with `order.`.

    `key` stays the same for ever: deliveries are stored under it. `viewer` limits it to what that client may see.
    `also` is the type and the subject of events that it hears whatever else is said here.
    """

    key: str
    patterns: tuple[str, ...]
    viewer: Viewer | None = None
    also: tuple[str, uuid.UUID] | None = None

    def hears(self, event: Event) -> bool:
        if self.also == (event.type, event.subject_id):
            return True
        is_shown = self.viewer is None or self.viewer.sees(event.type, event.client_id)
        return is_shown and is_among(event.type, self.patterns)


class TargetSource(Protocol):
    """Targets that are rows. The key of each begins with `prefix` and a colon: "endpoint:0197…"."""

    prefix: str
    lane: Lane

    def targets(self) -> Iterable[Target]:
        """Those that are to hear what happens now. Asked once for each batch of events."""

    def held(self) -> Collection[str]:
        """Keys of those that are to be left alone now: none of their deliveries is claimed. Asked before each claim."""

    def deliver(self, key: str, event: Envelope) -> None:
        """Idempotent. Any exception is a failure to try again later, `Undeliverable` one that no repeat will help, and
        `HeldBack` none: the target was to be left alone."""


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


def held_in(lane: Lane) -> list[str]:
    """Keys of the lane's targets that are to be left alone now."""
    return [key for source in _sources.values() if source.lane is lane for key in source.held()]


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
