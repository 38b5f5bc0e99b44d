"""The sidebar, made from what each model's admin says of its place in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.text import capfirst


@dataclass(frozen=True)
class Menu:
    """A place in the sidebar: the group's title, the position, a Material symbol.

    The groups stand in the order of their first items.
    """

    group: str
    position: int
    icon: str


def sidebar(request: HttpRequest) -> list[dict[str, Any]]:
    """Unfold's navigation: what the person may see, in groups."""
    home = {"title": "Dashboard", "icon": "dashboard", "link": reverse("admin:index")}
    groups: dict[str, list[dict[str, Any]]] = {}
    for menu, item in sorted(_items(request), key=lambda found: found[0].position):
        groups.setdefault(menu.group, []).append(item)
    return [
        {"items": [home]},
        *({"title": title, "separator": True, "items": items} for title, items in groups.items()),
    ]


def _items(request: HttpRequest) -> Iterator[tuple[Menu, dict[str, Any]]]:
    for model, model_admin in admin.site._registry.items():  # noqa: SLF001 - Django offers no other way to list them
        menu: Menu | None = getattr(model_admin, "menu", None)
        if menu is not None and model_admin.has_view_permission(request):
            address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
            yield menu, {"title": capfirst(model._meta.verbose_name_plural), "icon": menu.icon, "link": address}
