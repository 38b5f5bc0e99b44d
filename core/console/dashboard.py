"""The console's first page: what waits for somebody, each with the way to its list. Counting stops at a hundred."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from core.console.parts import list_of

COUNTED = 99
"""Rows counted at most; more read as "99+"."""


@dataclass(frozen=True)
class Tile:
    """A queue of work: the rows of `waiting`, which the list of `model` shows under `query`."""

    label: str
    hint: str
    model: str
    waiting: Callable[[], QuerySet[Any]]
    query: Mapping[str, str] = field(default_factory=dict)
    position: int = 100


_tiles: dict[str, Tile] = {}


def register_tile(tile: Tile) -> None:
    _tiles[tile.label] = tile


def limited_count(queryset: QuerySet[Any]) -> int:
    """How many rows, at most COUNTED + 1: it reads no more of them than that."""
    return len(queryset.order_by().values_list("pk")[: COUNTED + 1])


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Unfold's dashboard callback: adds `tiles`."""
    seen = (tile for tile in sorted(_tiles.values(), key=lambda tile: tile.position) if _may_see(request, tile))
    return {**context, "title": "Dashboard", "tiles": [_shown(tile) for tile in seen]}


def _may_see(request: HttpRequest, tile: Tile) -> bool:
    return admin.site.get_model_admin(apps.get_model(tile.model)).has_view_permission(request)


def _shown(tile: Tile) -> dict[str, Any]:
    count = limited_count(tile.waiting())
    return {
        "label": tile.label,
        "hint": tile.hint,
        "count": f"{COUNTED}+" if count > COUNTED else str(count),
        "address": list_of(tile.model, **tile.query),
    }
