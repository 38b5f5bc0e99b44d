"""The only way to write to gift cards and store credit: each is locked first, and each change of a balance is an entry.

An order takes and gives back by steps, within its own action: after the order and its payments, before stock.
"""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

from django.db.models import Model, Sum
from django.db.models.functions import Abs
from django.utils import timezone

from books.actions import posting_of
from books.queries import posted_for
from core.actors import Actor
from core.authority import Authority
from core.errors import InvalidInput, NotFound, StaleVersion
from core.inserts import insert_together
from core.limits import require_within_limit
from core.locks import transaction_lock
from core.money import MAX_MINOR, format_money, require_currency
from core.operations import done_already, performs, require
from core.outbox import record
from core.transactions import action, step
from customers.queries import customer_of
from stored_value import authorities
from stored_value.booking import booked_as
from stored_value.codes import digest, last4, new_code
from stored_value.errors import BalanceTooLow, CreditDiffers, StoredValueUnusable
from stored_value.events import (
    StoredValueAdjusted,
    StoredValueDisabled,
    StoredValueEnabled,
    StoredValueExpired,
    StoredValueGivenBack,
    StoredValueIssued,
    StoredValueRedeemed,
    ValueMoved,
)
from stored_value.models import StoredValue, StoredValueEntry
from stored_value.operations import ADJUST, DISABLE, ENABLE
from stored_value.queries import gift_card_with
from stored_value.statuses import EntryKind, StoredValueKind

SPENDABLE_FOR = dt.timedelta(days=90)
"""What an order gives back to a gift card can be spent for so long at least, though the card expires sooner, or did."""

_DAY = dt.timedelta(days=1)


@action
def issue_gift_card(
    *,
    client_id: uuid.UUID,
    currency: str,
    amount: int,
    expires_on: dt.date | None = None,
    note: str = "",
    actor: Actor,
) -> tuple[StoredValue, str]:
    """A new card of a storefront and its code, which is kept nowhere and so can be shown only now.

    `expires_on` is the last day on which it can be spent. Raises InvalidInput for what is no currency of today, no
    amount or a day that is over; AuthorityExceeded.
    """
    require_currency(currency)
    _require_positive(amount)
    if expires_on is not None and expires_on < timezone.localdate():
        raise InvalidInput.at("/expires_on", "past", "The last day of a gift card is not over when it is issued.")
    _require_within_day(authorities.ISSUE, EntryKind.ISSUE, actor, amount, currency)
    code = new_code()
    card = StoredValue(
        client_id=client_id,
        kind=StoredValueKind.GIFT_CARD,
        currency=currency,
        code_digest=digest(code),
        last4=last4(code),
        expires_on=expires_on,
    )
    card.save(force_insert=True)
    _move(card, EntryKind.ISSUE, amount, note=note, actor=actor)
    return card, code


@action
def give_store_credit(
    *, client_id: uuid.UUID, customer_id: uuid.UUID, currency: str, amount: int, note: str = "", actor: Actor
) -> StoredValue:
    """Add to what the storefront's customer has in the currency.

    Raises NotFound for a customer that the storefront hasn't, InvalidInput, OperationRefused, AuthorityExceeded.
    """
    require_currency(currency)
    _require_positive(amount)
    customer = customer_of(client_id, customer_id)
    _require_within_day(authorities.ISSUE, EntryKind.ISSUE, actor, amount, currency)
    credit = _lock_or_open_credit(customer.client_id, customer.pk, currency)
    _move(credit, EntryKind.ISSUE, amount, note=note, actor=actor)
    return credit


@step
def give_credit_once(
    *, client_id: uuid.UUID, customer_id: uuid.UUID, currency: str, amount: int, reference: str, actor: Actor
) -> bool:
    """Add what a credit of another system says to what the storefront's customer has, once for each `reference` of the
    storefront: False when it was added before.

    Raises NotFound for a customer that the storefront hasn't, InvalidInput, CreditDiffers when the one that was added
    before was of another amount, currency or customer.
    """
    _require_positive(amount)
    customer = customer_of(client_id, customer_id)
    entered = StoredValueEntry.objects.filter(client_id=client_id, reference=reference).first()
    if entered is not None:
        credit = entered.stored_value
        if (entered.amount, credit.currency, credit.customer_id) != (amount, currency, customer.pk):
            raise CreditDiffers(
                f"The credit {reference} was entered before, of {format_money(entered.amount, credit.currency)}.",
                unblock="Adjust the customer's store credit.",
            )
        return False
    credit = _lock_or_open_credit(client_id, customer.pk, currency)
    _move(credit, EntryKind.ISSUE, amount, note="Credit invoice", reference=reference, actor=actor)
    return True


@performs(ADJUST)
@action
def adjust(
    stored_value_id: uuid.UUID,
    *,
    amount: int,
    note: str,
    client_id: uuid.UUID | None = None,
    actor: Actor,
    expected_version: int | None = None,
) -> StoredValue:
    """Correct the balance by `amount`, which is negative to take away. `note` says why.

    Raises BalanceTooLow, OperationRefused once it has expired, AuthorityExceeded, NotFound, StaleVersion.
    """
    if amount == 0:
        raise InvalidInput.at("/amount", "zero", "An adjustment adds something or takes something away.")
    _take_turn(actor)
    stored = _lock(stored_value_id, client_id, expected_version)
    require(stored, ADJUST)
    _require_within_day(authorities.ADJUST, EntryKind.ADJUST, actor, abs(amount), stored.currency)
    if amount < 0:
        _require_balance(stored, -amount)
    _move(stored, EntryKind.ADJUST, amount, note=note, actor=actor)
    return stored


@performs(DISABLE)
@action
def disable(
    stored_value_id: uuid.UUID,
    *,
    reason: str,
    client_id: uuid.UUID | None = None,
    actor: Actor,
    expected_version: int | None = None,
) -> StoredValue:
    """Let nobody pay with it; its balance stays. Disabled already for the same reason, it stays so.

    Raises OperationRefused for another reason, NotFound, StaleVersion.
    """
    stored = _lock(stored_value_id, client_id, expected_version)
    if done_already(stored, DISABLE, reason=stored.disabled_reason == reason):
        return stored
    require(stored, DISABLE)
    stored.disabled_at, stored.disabled_reason = timezone.now(), reason
    record(StoredValueDisabled(), subject=stored, actor=actor)
    stored.save(update_fields=["disabled_at", "disabled_reason"])
    return stored


@performs(ENABLE)
@action
def enable(
    stored_value_id: uuid.UUID,
    *,
    client_id: uuid.UUID | None = None,
    actor: Actor,
    expected_version: int | None = None,
) -> StoredValue:
    """Let it be paid with again; what isn't disabled stays as it is. Raises NotFound, StaleVersion."""
    stored = _lock(stored_value_id, client_id, expected_version)
    if done_already(stored, ENABLE):
        return stored
    require(stored, ENABLE)
    stored.disabled_at, stored.disabled_reason = None, ""
    record(StoredValueEnabled(), subject=stored, actor=actor)
    stored.save(update_fields=["disabled_at", "disabled_reason"])
    return stored


@action
def expire(stored_value_id: uuid.UUID, *, today: dt.date, actor: Actor) -> bool:
    """Take away what is left once the last day is over; returns whether anything was. Raises NotFound."""
    stored = _lock(stored_value_id, None, None)
    if stored.balance == 0 or not stored.is_expired(today):
        return False
    _move(stored, EntryKind.EXPIRE, -stored.balance, actor=actor)
    return True


@action
def post_older(stored_value_id: uuid.UUID) -> int:
    """Post each entry that isn't posted, as of its own version, time and actor; returns how many. Raises NotFound.

    Nothing is recorded: the events of these entries are there.
    """
    stored = _lock(stored_value_id, None, None)
    posted = {(each.version, each.kind) for each in posted_for([stored.pk]).get(stored.pk, ())}
    missing = [entry for entry in stored.entries.all() if (entry.version, entry.kind) not in posted]
    rows = [_posted(stored, entry, entry.actor, posted_at=entry.created_at) for entry in missing]
    insert_together(*(row for group in rows for row in group))
    return sum(bool(group) for group in rows)


# Steps of an order


@dataclass(frozen=True)
class Purpose:
    """The payment that value is taken for, or given back from: of one order, in its currency, of its storefront."""

    client_id: uuid.UUID
    order_id: uuid.UUID
    payment_id: uuid.UUID
    currency: str


@dataclass(frozen=True)
class Redeemed:
    """What was taken, and from what; `kind` is a StoredValueKind."""

    stored_value_id: uuid.UUID
    kind: str
    amount: int


@step
def redeem_gift_card(purpose: Purpose, code: str, *, at_most: int, amount: int | None = None, actor: Actor) -> Redeemed:
    """Take `amount` from the storefront's card of that code; without one all that is on it, `at_most` so much.

    Raises InvalidInput at /code, StoredValueUnusable, BalanceTooLow.
    """
    return _redeem(gift_card_with(purpose.client_id, code, locked=True), purpose, at_most, amount, actor)


@step
def redeem_store_credit(
    purpose: Purpose, customer_id: uuid.UUID, *, at_most: int, amount: int | None = None, actor: Actor
) -> Redeemed:
    """The same from the customer's store credit. Raises StoredValueUnusable, BalanceTooLow."""
    credit = _locked_credit(purpose.client_id, customer_id, purpose.currency)
    if credit is None:
        raise BalanceTooLow(
            f"The customer has no store credit in {purpose.currency}.",
            unblock="Pay in another way, or give store credit first.",
            balance=0,
        )
    return _redeem(credit, purpose, at_most, amount, actor)


@step
def give_back(purpose: Purpose, stored_value_id: uuid.UUID, amount: int, *, actor: Actor) -> None:
    """Add what a payment gives back to what it was paid with, disabled or expired though it may be.

    What is disabled stays so. A gift card can be spent for SPENDABLE_FOR at least from now on.
    """
    _give_back(_lock(stored_value_id, purpose.client_id, None), purpose, amount, actor)


@step
def give_back_as_credit(purpose: Purpose, customer_id: uuid.UUID, amount: int, *, actor: Actor) -> uuid.UUID:
    """Add what a payment gives back to the customer's store credit, whatever it was paid with. Returns the credit's id.

    Raises NotFound for a customer that the storefront hasn't.
    """
    customer = customer_of(purpose.client_id, customer_id)
    credit = _lock_or_open_credit(customer.client_id, customer.pk, purpose.currency)
    _give_back(credit, purpose, amount, actor)
    return credit.pk


@step
def give_back_to_card(purpose: Purpose, stored_value_id: uuid.UUID, amount: int, *, actor: Actor) -> None:
    """Add what a payment gives back to a gift card of the storefront, whatever it was paid with.

    Raises NotFound, OperationRefused for one that can't be spent or is of another currency.
    """
    card = _lock(stored_value_id, purpose.client_id, None)
    _require_usable(card, purpose.currency)
    _give_back(card, purpose, amount, actor)


def _redeem(stored: StoredValue, purpose: Purpose, at_most: int, amount: int | None, actor: Actor) -> Redeemed:
    _require_usable(stored, purpose.currency)
    taken = min(stored.balance, at_most) if amount is None else amount
    _require_balance(stored, max(taken, 1))
    _move(stored, EntryKind.REDEEM, -taken, purpose=purpose, actor=actor)
    return Redeemed(stored.pk, stored.kind, taken)


def _give_back(stored: StoredValue, purpose: Purpose, amount: int, actor: Actor) -> None:
    """Saved at once: what another payment of the same order gives back is entered with the version after it."""
    if stored.expires_on is not None:
        stored.expires_on = max(stored.expires_on, timezone.localdate() + SPENDABLE_FOR)
    _move(stored, EntryKind.GIVE_BACK, amount, purpose=purpose, actor=actor)
    stored.save(update_fields=["expires_on", "version"])


def _require_usable(stored: StoredValue, currency: str) -> None:
    reason, unblock = "", "Nothing: pay in another way."
    if stored.disabled_at is not None:
        reason, unblock = "is disabled", "Pay in another way, or enable it first."
    elif stored.is_expired():
        reason = f"expired; its last day was {stored.expires_on:%Y-%m-%d}"
    elif stored.currency != currency:
        reason = f"is in {stored.currency}, and the order in {currency}"
    if reason:
        raise StoredValueUnusable(
            f"The {stored.noun} {reason}.", unblock=unblock, state=stored.status, currency=stored.currency
        )


def _require_balance(stored: StoredValue, amount: int) -> None:
    if stored.balance >= amount:
        return
    left, asked = (format_money(each, stored.currency) for each in (stored.balance, amount))
    reason = f"{left} is left on the {stored.noun}, and {asked} was asked for."
    if stored.balance == 0:
        raise BalanceTooLow(f"Nothing is left on the {stored.noun}.", unblock="Pay in another way.", balance=0)
    raise BalanceTooLow(reason, unblock=f"Take {left} at most.", balance=stored.balance)


# Locks and entries


def _lock(stored_value_id: uuid.UUID, client_id: uuid.UUID | None, expected_version: int | None) -> StoredValue:
    """Of this storefront alone, unless staff or a clock ask (None). Raises NotFound, StaleVersion."""
    rows = StoredValue.objects.locked().filter(pk=stored_value_id)
    stored = (rows if client_id is None else rows.of_client(client_id)).first()
    if stored is None:
        raise NotFound("There is no such gift card or store credit.")
    if expected_version is not None and expected_version != stored.version:
        raise StaleVersion(expected=expected_version, actual=stored.version)
    return stored


def _locked_credit(client_id: uuid.UUID, customer_id: uuid.UUID, currency: str) -> StoredValue | None:
    rows = StoredValue.objects.locked().of_client(client_id).credit_of(customer_id)
    return rows.filter(currency=currency).first()


def _lock_or_open_credit(client_id: uuid.UUID, customer_id: uuid.UUID, currency: str) -> StoredValue:
    """The customer's credit in the currency, made when there is none. Whoever makes the same one meanwhile waits."""
    found = _locked_credit(client_id, customer_id, currency)
    if found is not None:
        return found
    new = StoredValue(
        client_id=client_id, kind=StoredValueKind.STORE_CREDIT, currency=currency, customer_id=customer_id
    )
    StoredValue.objects.bulk_create([new], ignore_conflicts=True)
    return StoredValue.objects.locked().credit_of(customer_id).get(currency=currency)


_EVENTS: dict[EntryKind, type[ValueMoved]] = {
    EntryKind.ISSUE: StoredValueIssued,
    EntryKind.REDEEM: StoredValueRedeemed,
    EntryKind.ADJUST: StoredValueAdjusted,
    EntryKind.EXPIRE: StoredValueExpired,
}


def _move(
    stored: StoredValue,
    kind: EntryKind,
    amount: int,
    *,
    actor: Actor,
    purpose: Purpose | None = None,
    note: str = "",
    reference: str = "",
) -> None:
    """Record what happened and enter it; the entry's trigger moves the balance, and the instance follows.

    Raises InvalidInput when the balance would be more than any amount may be.
    """
    if stored.balance + amount > MAX_MINOR:
        raise InvalidInput.at("/amount", "too_large", "That is more than a balance can be.")
    of_order = {"order_id": purpose.order_id, "payment_id": purpose.payment_id} if purpose else {}
    record(_event_of(stored, kind, amount, of_order), subject=stored, actor=actor)
    entry = StoredValueEntry(
        client_id=stored.client_id,
        stored_value=stored,
        kind=kind,
        amount=amount,
        note=note,
        reference=reference,
        version=stored.version,
        **of_order,
        **actor.columns(),
    )
    insert_together(entry, *_posted(stored, entry, actor))
    stored.balance += amount


def _posted(
    stored: StoredValue, entry: StoredValueEntry, actor: Actor, posted_at: dt.datetime | None = None
) -> list[Model]:
    """What an order takes or gives back is posted by its payment."""
    lines = booked_as(stored.kind, entry.kind, entry.amount)
    return posting_of(
        stored, entry.kind, lines, currency=stored.currency, actor=actor, version=entry.version, posted_at=posted_at
    )


def _event_of(stored: StoredValue, kind: EntryKind, amount: int, of_order: dict[str, uuid.UUID]) -> ValueMoved:
    if kind == EntryKind.GIVE_BACK:
        return StoredValueGivenBack(
            kind=stored.kind, currency=stored.currency, amount=amount, expires_on=stored.expires_on, **of_order
        )
    return _EVENTS[kind](kind=stored.kind, currency=stored.currency, amount=amount, **of_order)


# Amounts


def _require_positive(amount: int) -> None:
    if amount < 1:
        raise InvalidInput.at("/amount", "min_value", "An amount is at least 1 minor unit.")


def _take_turn(actor: Actor) -> None:
    """One person gives one thing at a time, so that what they gave before is known. Before any row is locked."""
    if actor.kind == "staff":
        transaction_lock(f"stored_value.given_by:{actor.id}")


def _require_within_day(authority: Authority, kind: EntryKind, actor: Actor, amount: int, currency: str) -> None:
    """Raises AuthorityExceeded when what a person has moved so in the last 24 hours comes to more than their limit."""
    if actor.kind != "staff":
        return
    _take_turn(actor)
    mine = StoredValueEntry.objects.filter(
        actor_kind=actor.kind,
        actor_id=actor.id,
        created_at__gt=timezone.now() - _DAY,
        kind=kind,
        stored_value__currency=currency,
    )
    before = mine.aggregate(moved=Sum(Abs("amount")))["moved"] or 0
    require_within_limit(authority, actor, amount=before + amount, currency=currency, per="in a day")
