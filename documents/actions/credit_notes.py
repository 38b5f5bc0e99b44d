"""Credit notes: one for each thing that was credited of an order after its invoice."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from typing import Any

from books.queries import Line, PostingKind, posted_for
from core.actors import Actor
from core.errors import NotFound
from core.money import share
from core.operations import performs, require
from core.transactions import action, step
from documents.actions.issuing import issue, load_prices, setting_of
from documents.actions.standing import Standing, standing_of
from documents.content import Credited, credit_note_of
from documents.errors import NothingCredited, NotInTheBooks, NotInvoiced
from documents.models import Document
from documents.operations import ISSUE_CREDIT_NOTE
from documents.statuses import DocumentKind
from orders.actions import lock_order

CANCELLED = "cancelled"
"""The reason of what a cancellation credits."""


@performs(ISSUE_CREDIT_NOTE)
@action
def issue_credit_note(
    order_id: uuid.UUID, *, actor: Actor, refund_id: uuid.UUID | None = None, expected_version: int | None = None
) -> Document:
    """Note what a refund credited, or without one what the cancellation did. Noted already, that note is the answer.

    Raises NotFound for a refund that isn't the order's, NothingCredited where it credited nothing or was taken back,
    NotInvoiced where the invoice leaves it out already or there is none, OperationRefused.
    """
    order = lock_order(order_id, expected_version=expected_version)
    require(order, ISSUE_CREDIT_NOTE)
    refund = None if refund_id is None else _refund_of(order, refund_id)
    credit = _credit_of(order, refund)
    noted = Document.objects.filter(credit=credit).first()
    if noted is not None:
        return noted
    standing = standing_of(order)
    _require_notable(credit, standing)
    return next(each for each in note_due(order, standing, actor, upto=credit.version) if each.credit == credit)


@step
def note_due(order: Any, standing: Standing, actor: Actor, *, upto: int | None = None) -> list[Document]:
    """A note for each credit that is due, of all or of those up to a version; an earlier one is noted first, so that
    they never come to more than what is invoiced. Of an order under its lock. Raises NotInTheBooks.
    """
    due = [each for each in standing.due if upto is None or each.version <= upto]
    refunds = {refund.decided_version: refund for refund in order.refunds.all()} if due else {}
    noted: list[Document] = []
    for credit in due:
        noted.append(_note(order, credit, refunds.get(credit.version), [*standing.documents, *noted], actor))
    return noted


@step
def _note(order: Any, credit: Any, refund: Any | None, documents: Sequence[Document], actor: Actor) -> Document:
    invoice = next(each for each in reversed(documents) if each.kind == DocumentKind.INVOICE)
    load_prices(order)
    setting = setting_of(order)
    content = credit_note_of(
        order, setting, _lines_of_refund(order, refund) if refund else _lines_of_the_rest(order, credit.amount),
        posted=_in_the_books(order, credit), earlier=[each.content for each in documents],
        corrects={"number": invoice.printed, "date": invoice.content["date"]},
        reason=refund.reason if refund else CANCELLED, given_back=refund.amount if refund else 0,
    )  # fmt: skip
    return issue(
        order, setting, DocumentKind.CREDIT_NOTE, content, total=-credit.amount, refund=refund, credit=credit,
        invoice=invoice, actor=actor,
    )  # fmt: skip


def _refund_of(order: Any, refund_id: uuid.UUID) -> Any:
    refund = order.refunds.filter(pk=refund_id).first()
    if refund is None:
        raise NotFound("The order has no such refund.")
    return refund


def _credit_of(order: Any, refund: Any | None) -> Any:
    """The ledger's entry: of the refund, or of what credited without one, the last. Raises NothingCredited."""
    credited = order.ledger.filter(kind=PostingKind.CREDITED, reverses=None)
    if refund is not None:
        found = credited.filter(version=refund.decided_version).first() if refund.decided_version else None
    else:
        by_refunds = order.refunds.exclude(decided_version=None).values("decided_version")
        found = credited.exclude(version__in=by_refunds).order_by("-version").first()
    if found is None:
        said = "The refund credited nothing." if refund is not None else "No cancellation credited anything."
        raise NothingCredited(said, unblock="Name a refund that was approved and credits something.")
    return found


def _require_notable(credit: Any, standing: Standing) -> None:
    """Raises NothingCredited for what was taken back, NotInvoiced for what no invoice is of."""
    if hasattr(credit, "reversed_by"):
        raise NothingCredited("What was credited was taken back when the order was reopened.", unblock="Nothing to do.")
    if standing.invoice is None:
        raise NotInvoiced("The order has no invoice to correct.", unblock="Issue its invoice, which leaves this out.")
    if credit not in standing.due:
        raise NotInvoiced(
            "It was credited before the last invoice or while none was in force, which leaves it out.",
            unblock="Nothing to do.",
        )


def _in_the_books(order: Any, credit: Any) -> Sequence[Line]:
    """The credit as it was posted. Raises NotInTheBooks."""
    key = (credit.version, PostingKind.CREDITED)
    posted = next((each for each in posted_for([order.pk]).get(order.pk, ()) if (each.version, each.kind) == key), None)
    if posted is None:
        raise NotInTheBooks("The credit was not posted yet.", unblock="Run the command post_books.")
    return posted.lines


def _lines_of_refund(order: Any, refund: Any) -> list[Credited]:
    lines = {line.pk: line for line in order.lines.all()}
    deliveries = {delivery.pk: delivery for delivery in order.deliveries.all()}
    return [_line_of_refund(row, lines.get(row.line_id), deliveries.get(row.delivery_id)) for row in refund.lines.all()]


def _line_of_refund(row: Any, line: Any | None, delivery: Any | None) -> Credited:
    if line is not None:
        return Credited(row.kind, row.amount, line.name, line.sku, row.quantity, line)
    return Credited(row.kind, row.amount, delivery.name if delivery is not None else "", part=delivery)


def _lines_of_the_rest(order: Any, amount: int) -> list[Credited]:
    """What a cancellation credits: all that refunds left, and a balance that makes it the amount."""
    found = list(_rest(order))
    balance = amount - sum(each.amount for each in found)
    return [*found, Credited("balance", balance)] if balance else found


def _rest(order: Any) -> Iterator[Credited]:
    for line in order.lines.all():
        if line.to_credit:
            amount = share(line.total, line.quantity, line.credited, line.quantity)
            yield Credited("goods", amount, line.name, line.sku, line.to_credit, line)
    for delivery in order.deliveries.all():
        if delivery.to_credit:
            yield Credited("delivery", delivery.to_credit, delivery.name, part=delivery)
