"""The pieces that console pages are made of: badges, facts, panels and links."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString

Tone = Literal["neutral", "info", "good", "warn", "bad"]
NOTHING = "—"


@dataclass(frozen=True)
class Fact:
    """A labelled value of an object."""

    label: str
    value: object


@dataclass(frozen=True)
class Panel:
    """A titled block of an object's page: a table, or a template with its context. `numeric` are indexes of columns.

    `aside` puts it into the narrow column; `to` are (label, address) links beside the title.
    """

    title: str
    headers: Sequence[str] = ()
    rows: Sequence[Sequence[object]] = ()
    numeric: Collection[int] = ()
    empty: str = ""
    facts: Sequence[Fact] = ()
    template: str = ""
    context: Mapping[str, Any] = field(default_factory=dict)
    aside: bool = False
    to: Sequence[tuple[str, str]] = ()
    anchor: str = ""


def badge(text: object, tone: Tone = "neutral") -> SafeString:
    """A small label. The tone is a colour that only repeats what the text says."""
    return format_html('<span class="qm-badge qm-{}">{}</span>', tone, text)


def moment(at: dt.datetime | None) -> SafeString | str:
    """A time of day in the shop's time zone, with the exact UTC time as its machine-readable form."""
    if at is None:
        return NOTHING
    shown = date_format(timezone.localtime(at), "j M Y, H:i")
    return format_html('<time datetime="{}">{}</time>', at.astimezone(dt.UTC).isoformat(timespec="seconds"), shown)


def page_of(model: str, pk: object) -> str:
    """The address of an object's page. `model` is "orders.order"."""
    return reverse(f"admin:{model.replace('.', '_')}_change", args=[pk])


def list_of(model: str, **query: object) -> str:
    """The address of a list, filtered."""
    address = reverse(f"admin:{model.replace('.', '_')}_changelist", query=query)
    return str(address)


def link_to(model: str, pk: object, text: object) -> SafeString | str:
    """A link to an object's page, or a dash when there is none."""
    if pk is None:
        return NOTHING
    return format_html('<a class="qm-link" href="{}">{}</a>', page_of(model, pk), text)
