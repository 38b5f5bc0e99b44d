"""How every document is issued: under its order's lock, with the number that the database gives it, and told of."""

from __future__ import annotations

from typing import Any

from django.db.models import prefetch_related_objects
from django.utils import timezone

from core.actors import Actor
from core.outbox import record
from core.transactions import step
from documents.content import Setting
from documents.events import DocumentIssued
from documents.models import Document
from documents.words import DEFAULT
from storefronts.queries import settings_of


def setting_of(order: Any) -> Setting:
    rules = settings_of(order.client_id)
    return Setting(rules, rules.language or DEFAULT, rules.day_of(timezone.now()))


@step
def load_prices(order: Any) -> None:
    """What its invoices and credit notes tell, in as many statements however many lines it has."""
    prefetch_related_objects([order], "client", "lines__adjustments", "deliveries__adjustments", "tax_totals")


@step
def issue(order: Any, setting: Setting, kind: str, content: dict[str, Any], *, actor: Actor, **of: Any) -> Document:
    """Insert a document of a locked order; `of` are its other columns. The number's series is locked to the commit."""
    document = Document(
        client_id=order.client_id, order=order, kind=kind, year=setting.today.year, language=setting.language,
        currency=order.currency, content=content, version=order.version + 1, **{"total": 0, **of}, **actor.columns(),
    )  # fmt: skip
    document.save(force_insert=True)
    issued = DocumentIssued(document_id=document.pk, kind=kind, number=document.printed, amount=document.total)
    record(issued, subject=order, actor=actor)
    return document
