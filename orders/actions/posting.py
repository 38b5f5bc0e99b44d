"""Posting what was entered in the money ledger before there were books."""

from __future__ import annotations

import uuid

from django.db.models import Model

from books.actions import posting_of
from books.queries import posted_for, posting_at
from core.inserts import insert_together
from core.transactions import action
from orders.locking import lock_order
from orders.queries.booked import expected_postings


@action
def post_older(order_id: uuid.UUID) -> int:
    """Post each entry of the order's ledger that isn't posted, as of its own version, time and actor; returns how many.

    Nothing is recorded: the events of these entries are there.
    """
    order = lock_order(order_id)
    posted = {(each.version, each.kind) for each in posted_for([order.pk]).get(order.pk, ())}
    made = 0
    expected = expected_postings([order])[order.pk]
    for entry in order.ledger.all():
        key = entry.version, entry.kind
        if key in posted or key not in expected:
            continue
        of = expected[key].reverses
        reversed_by = posting_at(order.pk, *of) if of else None
        rows: list[Model] = posting_of(
            order,
            entry.kind,
            expected[key].lines,
            currency=order.currency,
            actor=entry.actor,
            reverses_id=reversed_by.pk if reversed_by else None,
            version=entry.version,
            posted_at=entry.created_at,
        )
        insert_together(*rows)
        made += 1
    return made
