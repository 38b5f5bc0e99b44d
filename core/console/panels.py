"""What an app adds to the pages of an app that it imports: shipping adds its shipments to the page of an order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.http import HttpRequest

from core.console.parts import Panel

PanelLoader = Callable[[HttpRequest, Any], Sequence[Panel]]

_loaders: dict[str, list[PanelLoader]] = {}


def register_panel(page: str, loader: PanelLoader) -> None:
    """Add panels to the page of a model ("orders.order"). The loader gets the request and the object."""
    loaders = _loaders.setdefault(page, [])
    if loader not in loaders:
        loaders.append(loader)


def contributed_panels(page: str, request: HttpRequest, obj: Any) -> list[Panel]:
    return [panel for loader in _loaders.get(page, ()) for panel in loader(request, obj)]
