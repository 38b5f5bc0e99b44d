"""Where a page is: the pages above it, from the dashboard down, and its own name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.db.models.options import Options
from django.http import HttpRequest
from django.urls import reverse
from django.utils.text import capfirst

from core.console.parts import list_of, page_of


@dataclass(frozen=True)
class Crumb:
    """A page above another. Without an address it is one that the person may not see."""

    name: str
    address: str = ""


@dataclass(frozen=True)
class Trail:
    above: Sequence[Crumb]
    here: str


def trail_of(request: HttpRequest, title: object, opts: Options[Any] | None, original: object) -> Trail:
    """Dashboard, then the list and the object that the page is about, then what is done there."""
    above = [*_above(request, opts, original)]
    here = str(title)
    if here == above[-1].name:
        above.pop()
    return Trail(above, here)


def _above(request: HttpRequest, opts: Options[Any] | None, original: Any) -> Iterator[Crumb]:
    yield Crumb("Dashboard", reverse("admin:index"))
    if opts is None:
        return
    may_see = admin.site.get_model_admin(opts.model).has_view_permission(request)
    yield Crumb(capfirst(str(opts.verbose_name_plural)), list_of(opts.label_lower) if may_see else "")
    if original is not None:
        yield Crumb(str(original), page_of(opts.label_lower, original.pk) if may_see else "")
