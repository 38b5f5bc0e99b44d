"""The only way to write what gateways say: differences that were found and what becomes of them, and payouts."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence

from django.db.models import Model
from django.utils import timezone

from books.actions import posting_of
from books.queries import PostingKind
from core.actors import Actor
from core.errors import NotFound, StaleVersion
from core.inserts import insert_together
from core.locks import transaction_lock
from core.operations import done_already, performs, require
from core.outbox import record
from core.transactions import action, step
from orders.payments.models import PaymentAttempt
from orders.settlement.checking import problems_of
from orders.settlement.comparing import Figures, Found
from orders.settlement.errors import PayoutsRefused
from orders.settlement.events import DifferenceAccepted, DifferenceDismissed, DifferenceFound, PayoutImported
from orders.settlement.models import PaymentDifference, Payout, PayoutLine
from orders.settlement.operations import ACCEPT, DISMISS
from orders.settlement.payouts import NewPayout, booked_as
from orders.settlement.queries import attempts_of, payouts_of, posted_as
from orders.settlement.statuses import Resolution

_NOTHING = Figures(0, "", "")


@action
def record_differences(gateway: str, found: Sequence[Found], *, actor: Actor) -> int:
    """Those that were not found before; what was, stays as it is. Returns how many are new. One run of a gateway at a
    time calls it.
    """
    known = set(
        PaymentDifference.objects.filter(gateway=gateway, key__in=[each.key for each in found]).values_list(
            "key", "kind"
        )
    )
    new = {(each.key, each.kind.value): each for each in found}
    for each in [each for key, each in new.items() if key not in known]:
        difference = _difference(gateway, each)
        record(DifferenceFound(gateway, each.kind.value, each.attempt_id), subject=difference, actor=actor)
        difference.save(force_insert=True)
    return len(new.keys() - known)


def _difference(gateway: str, found: Found) -> PaymentDifference:
    ours, theirs = found.ours or _NOTHING, found.theirs or _NOTHING
    return PaymentDifference(
        client_id=found.client_id,
        gateway=gateway,
        kind=found.kind,
        key=found.key,
        attempt_id=found.attempt_id,
        our_amount=ours.amount if found.ours else None,
        our_currency=ours.currency,
        our_outcome=ours.outcome,
        their_amount=theirs.amount if found.theirs else None,
        their_currency=theirs.currency,
        their_outcome=theirs.outcome,
    )


@performs(ACCEPT)
@action
def accept_difference(
    difference_id: uuid.UUID, *, note: str, actor: Actor, expected_version: int | None = None
) -> PaymentDifference:
    """The gateway is right: what lies there beyond what the books say of the call is posted, against the account of
    differences to clear. Accepted already with the same note, it stays so.

    What was accepted of the same call before is taken into account. Raises NotFound, StaleVersion, OperationRefused.
    """
    difference = _locked(difference_id, expected_version)
    if done_already(difference, ACCEPT, note=difference.note == note):
        return difference
    require(difference, ACCEPT)
    amount = difference.posted = difference.to_post()
    difference.resolve(Resolution.ACCEPTED, note=note, by=actor, at=timezone.now())
    record(DifferenceAccepted(amount, difference.currency), subject=difference, actor=actor)
    insert_together(*_posting(difference, amount, actor))
    difference.save()
    return difference


@performs(DISMISS)
@action
def dismiss_difference(
    difference_id: uuid.UUID, *, note: str, actor: Actor, expected_version: int | None = None
) -> PaymentDifference:
    """Nothing is posted: the note says why. Dismissed already with the same note, it stays so.

    Raises NotFound, StaleVersion, OperationRefused.
    """
    difference = _locked(difference_id, expected_version)
    if done_already(difference, DISMISS, note=difference.note == note):
        return difference
    require(difference, DISMISS)
    difference.resolve(Resolution.DISMISSED, note=note, by=actor, at=timezone.now())
    record(DifferenceDismissed(), subject=difference, actor=actor)
    difference.save()
    return difference


@step
def _locked(difference_id: uuid.UUID, expected_version: int | None) -> PaymentDifference:
    """All differences of its call are locked, by key, so that what is posted for one is known to the next."""
    of = PaymentDifference.objects.filter(pk=difference_id).first()
    if of is None:
        raise NotFound("There is no such difference.")
    rows = PaymentDifference.objects.select_for_update().filter(gateway=of.gateway, key=of.key).order_by("pk")
    difference = next(each for each in rows if each.pk == difference_id)
    if expected_version is not None and expected_version != difference.version:
        raise StaleVersion(expected=expected_version, actual=difference.version)
    return difference


@step
def _posting(difference: PaymentDifference, amount: int, actor: Actor) -> list[Model]:
    lines = posted_as(difference, amount)
    return posting_of(difference, PostingKind.ACCEPTED.value, lines, currency=difference.currency, actor=actor)


# Payouts


@action
def import_payouts(gateway: str, payouts: Sequence[NewPayout], *, actor: Actor) -> list[Payout]:
    """Post each payout that isn't here yet: to the bank what came, to fees what the gateway kept, from the cash at the
    gateway both. Returns those that are new; what is here with the same figures stays as it is.

    Raises PayoutsRefused with all that isn't so, and then nothing is brought in: what doesn't add up, calls that aren't
    the gateway's or moved another amount, that are paid out already, and payouts that are here with other figures.
    """
    transaction_lock(f"orders.payouts:{gateway}")
    here = payouts_of(gateway, [each.reference for each in payouts])
    attempts = attempts_of(gateway, [line.key for each in payouts for line in each.lines])
    problems = problems_of(payouts, here, attempts)
    if problems:
        raise PayoutsRefused(problems)
    return [_import(gateway, each, attempts, actor) for each in payouts if each.reference not in here]


@step
def _import(gateway: str, new: NewPayout, attempts: Mapping[uuid.UUID, PaymentAttempt], actor: Actor) -> Payout:
    payout = Payout(
        gateway=gateway, reference=new.reference, currency=new.currency, gross=new.gross, fee=new.fee, net=new.net,
        paid_on=new.paid_on, **actor.columns(),
    )  # fmt: skip
    told = PayoutImported(gateway, new.currency, new.gross, new.fee, new.net, len(new.lines))
    record(told, subject=payout, actor=actor)
    payout.save(force_insert=True)
    PayoutLine.objects.bulk_create(
        PayoutLine(payout=payout, attempt=attempts[line.key], amount=line.amount, fee=line.fee) for line in new.lines
    )
    lines = booked_as(gateway, gross=new.gross, fee=new.fee, net=new.net)
    insert_together(*posting_of(payout, PostingKind.PAID_OUT.value, lines, currency=new.currency, actor=actor))
    return payout
