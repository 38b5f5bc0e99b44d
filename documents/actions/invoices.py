"""Invoices: of all that an order charges, once."""

from __future__ import annotations

import uuid
from typing import Any

from books.queries import credited_of
from core.actors import Actor
from core.operations import performs, require
from core.transactions import action, step
from documents.actions.credit_notes import note_due
from documents.actions.issuing import issue, load_prices, setting_of
from documents.actions.standing import Standing, standing_of
from documents.content import invoice_of
from documents.models import Document
from documents.operations import ISSUE_INVOICE
from documents.statuses import DocumentKind
from orders.actions import lock_order


@performs(ISSUE_INVOICE)
@action
def issue_invoice(order_id: uuid.UUID, *, actor: Actor, expected_version: int | None = None) -> Document:
    """Invoice what an order charges, less what was credited of it and is invoiced before. With an invoice already, that
    one is the answer, unless what it charged was credited since. Raises OperationRefused for a draft and where nothing
    is charged.
    """
    order = lock_order(order_id, expected_version=expected_version)
    standing = standing_of(order)
    if standing.in_force is not None:
        return standing.in_force
    require(order, ISSUE_INVOICE)
    note_due(order, standing, actor)
    invoice = invoice_rest(order, standing_of(order), actor)
    return invoice or [each for each in standing.documents if each.kind == DocumentKind.INVOICE][-1]


@step
def invoice_rest(order: Any, standing: Standing, actor: Actor) -> Document | None:
    """What the order charges and no document says; None where that is nothing."""
    total = standing.owed - standing.documented
    if total <= 0:
        return None
    load_prices(order)
    setting = setting_of(order)
    content = invoice_of(
        order, setting, credited_of(order.pk) if order.credited else (), [each.content for each in standing.documents]
    )
    return issue(order, setting, DocumentKind.INVOICE, content, total=total, actor=actor)
