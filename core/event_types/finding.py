"""Every type of event, found in the modules named `events` of all apps."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path
from types import MappingProxyType

from django.apps import apps
from django.conf import settings

from core.events import DomainEvent, is_among

_OTHER_ROOMS = frozenset({"admin", "api", "management", "migrations", "models"})
"""Folders whose `events` modules show or keep events and define none."""


@functools.cache
def event_types() -> Mapping[str, type[DomainEvent]]:
    """Each class of an app that has a name in public, by that name."""
    modules = {import_module(name).__name__ for name in _modules()}
    found: dict[str, type[DomainEvent]] = {}
    for each in _subclasses(DomainEvent):
        if each.__module__ not in modules or "type" not in vars(each):
            continue
        if each.type in found:
            raise ValueError(f"{each.__qualname__} and {found[each.type].__qualname__} have the type {each.type}")
        found[each.type] = each
    return MappingProxyType(dict(sorted(found.items())))


def find_event_type(name: str) -> type[DomainEvent] | None:
    return event_types().get(name)


def matches_any(pattern: str) -> bool:
    """Whether some type is named by the pattern (`order.created`, `order.*`)."""
    return any(is_among(name, [pattern]) for name in event_types())


def _modules() -> Iterator[str]:
    for app in apps.get_app_configs():
        path = Path(app.path)
        if not path.is_relative_to(settings.BASE_DIR) or ".venv" in path.parts:
            continue
        for file in sorted(path.rglob("events.py")):
            inside = file.relative_to(path).with_suffix("").parts
            if _OTHER_ROOMS.isdisjoint(inside):
                yield ".".join((app.name, *inside))


def _subclasses(cls: type[DomainEvent]) -> Iterator[type[DomainEvent]]:
    for each in cls.__subclasses__():
        yield each
        yield from _subclasses(each)
