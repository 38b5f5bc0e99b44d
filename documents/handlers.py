"""Reactions to what happens to orders."""

from __future__ import annotations

from core.actors import Actor
from core.events import Envelope
from core.relay import subscribe
from documents.actions import issue_due

_ACTOR = Actor.system("documents")


@subscribe(["order.shipped", "order.canceled", "order.reopened", "refund.approved"], name="documents.issue_due")
def issue_documents(event: Envelope) -> None:
    """What has left is invoiced, what is credited of an invoice is noted, and what was noted is invoiced again with a
    reopened order. It looks at the order as it is now, so that a repeat finds nothing to do."""
    issue_due(event.subject_id, invoice=event.type == "order.shipped", actor=_ACTOR)
