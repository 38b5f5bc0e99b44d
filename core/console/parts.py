"""The pieces that console pages are made of: badges, facts, panels and links."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
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


def is_known(value: object) -> bool:
    """Whether there is anything to show. 0 and False say something; None and an empty text don't."""
    return value is not None and value != ""


def known(facts: Iterable[Fact]) -> list[Fact]:
    """Those with a value, for pages that leave out what isn't known."""
    return [fact for fact in facts if is_known(fact.value)]


def shown(value: object) -> object:
    """How a page writes a value: 0 as 0, True as Yes, lists and objects of data as JSON, and nothing as a dash."""
    if not is_known(value):
        return NOTHING
    if isinstance(value, bool):
        return "Yes" if value else "No"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else value


@dataclass(frozen=True)
class Panel:
    """A titled block of an object's page: facts, a table, or a template with its context; `empty` is told without them.

    `numeric` are indexes of columns. `aside` puts it into the narrow column; `to` are (label, address) links beside the
    title.
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


def form_of(model: str, button: str, **query: object) -> str:
    """The address of the form of a list's button, with fields filled in."""
    return str(reverse(f"admin:{model.replace('.', '_')}_do", args=[button], query=query))


def link_to(model: str, pk: object, text: object) -> SafeString | str:
    """A link to an object's page, or a dash when there is none."""
    if pk is None:
        return NOTHING
    return format_html('<a class="qm-link" href="{}">{}</a>', page_of(model, pk), text)
