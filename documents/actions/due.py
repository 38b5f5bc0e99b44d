"""What is issued by itself: the invoice of what has left, and a note of each credit of what is invoiced."""

from __future__ import annotations

import uuid

from core.actors import Actor
from core.transactions import action
from documents.actions.credit_notes import note_due
from documents.actions.invoices import invoice_rest
from documents.actions.standing import standing_of
from documents.checks import is_charged, was_placed
from documents.models import Document
from orders.actions import lock_order


@action
def issue_due(order_id: uuid.UUID, *, invoice: bool, actor: Actor) -> list[Document]:
    """Credit notes for what was credited since the last invoice; and an invoice, if `invoice` and none is in force, or
    what was noted is charged again.

    Nothing, where nothing is due. Raises NotInTheBooks.
    """
    order = lock_order(order_id)
    issued = note_due(order, standing_of(order), actor)
    standing = standing_of(order)
    wanted = standing.taken_back > 0 or (invoice and standing.in_force is None)
    if wanted and was_placed(order) is None and is_charged(order) is None:
        rest = invoice_rest(order, standing, actor)
        issued += [rest] if rest is not None else []
    return issued
