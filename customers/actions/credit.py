"""Credit accounts: how much a customer may owe for orders on account, and the days they have to pay.

What they owe moves with their orders, by a trigger; nothing here writes it.
"""

from __future__ import annotations

import uuid
from typing import TypedDict

from django.db import IntegrityError, transaction

from core.actors import Actor
from core.changes import apply_changes
from core.errors import InvalidInput, NotFound, StaleVersion
from core.limits import require_within_limit
from core.money import MAX_MINOR, require_currency
from core.outbox import record
from core.transactions import action, step
from core.versions import keep_version
from customers import authorities
from customers.errors import CreditAccountExists
from customers.events import CreditAccountChanged, CreditAccountOpened
from customers.models import MOST_DAYS_TO_PAY, CreditAccount
from customers.queries import credit_blocker, customer_of
from customers.versions import credit_content


class CreditChanges(TypedDict, total=False):
    """`limit` in minor units; without `days_to_pay` (None) the storefront's days hold."""

    limit: int
    days_to_pay: int | None


@action
def open_credit(
    *,
    client_id: uuid.UUID,
    customer_id: uuid.UUID,
    currency: str,
    limit: int,
    days_to_pay: int | None = None,
    actor: Actor,
) -> CreditAccount:
    """Open the customer's credit account in a currency; what they owe in it already is counted from the first.

    Raises NotFound for a customer that the storefront hasn't, InvalidInput, CreditAccountExists, AuthorityExceeded.
    """
    require_currency(currency)
    customer = customer_of(client_id, customer_id)
    account = CreditAccount(client_id=client_id, customer=customer, currency=currency)
    account.limit, account.days_to_pay = limit, days_to_pay
    _require_sound(account)
    require_within_limit(authorities.GRANT_CREDIT, actor, amount=limit, currency=currency, per="for one customer")
    opened = CreditAccountOpened(customer_id=customer.pk, currency=currency, limit=limit, days_to_pay=days_to_pay)
    record(opened, subject=account, actor=actor)
    _insert(account)
    keep_version(credit_content(account), subject=account)
    return account


@action
def set_credit(
    account_id: uuid.UUID,
    changes: CreditChanges,
    *,
    client_id: uuid.UUID | None = None,
    actor: Actor,
    expected_version: int | None = None,
) -> CreditAccount:
    """Change the limit or the days. A limit below what is owed refuses new orders alone; 0 closes the account.

    Raises NotFound, StaleVersion, InvalidInput, AuthorityExceeded for a higher limit than the person may grant.
    """
    account = _lock(account_id, client_id, expected_version)
    before = account.limit
    changed = list(apply_changes(account, changes, CreditChanges))
    _require_sound(account)
    if account.limit > before:
        require_within_limit(
            authorities.GRANT_CREDIT, actor, amount=account.limit, currency=account.currency, per="for one customer"
        )
    if changed:
        event = CreditAccountChanged(currency=account.currency, limit=account.limit, days_to_pay=account.days_to_pay)
        record(event, subject=account, actor=actor)
        account.save(update_fields=changed)
        keep_version(credit_content(account), subject=account)
    return account


@step
def take_credit(*, customer_id: uuid.UUID | None, currency: str, amount: int, needed: bool) -> None:
    """Let the customer owe `amount` minor units more: their account is locked until the transaction ends, the last lock
    but that of another account. The order's own trigger counts it then.

    Without an account anything goes, unless one is `needed`; a guest has none. Raises NoCreditAccount,
    CreditLimitExceeded.
    """
    account = None if customer_id is None else _locked_for_order(customer_id, currency)
    refusal = credit_blocker(account, currency=currency, amount=amount, needed=needed)
    if refusal is not None:
        raise refusal


def _locked_for_order(customer_id: uuid.UUID, currency: str) -> CreditAccount | None:
    """Whoever opens an account waits for this order, or this order sees it. One statement."""
    rows = CreditAccount.objects.raw("SELECT * FROM customers_locked_credit(%s, %s)", [customer_id, currency])
    return next(iter(rows), None)


def _lock(account_id: uuid.UUID, client_id: uuid.UUID | None, expected_version: int | None) -> CreditAccount:
    """Of this storefront alone, unless staff ask (None). Raises NotFound, StaleVersion."""
    rows = CreditAccount.objects.locked().filter(pk=account_id)
    account = (rows if client_id is None else rows.of_client(client_id)).first()
    if account is None:
        raise NotFound("There is no such credit account.")
    if expected_version is not None and expected_version != account.version:
        raise StaleVersion(expected=expected_version, actual=account.version)
    return account


def _insert(account: CreditAccount) -> None:
    """The trigger says what is owed, and the instance learns it. Raises CreditAccountExists."""
    try:
        with transaction.atomic():
            account.save(force_insert=True)
    except IntegrityError:
        same = CreditAccount.objects.get(customer_id=account.customer_id, currency=account.currency)
        raise CreditAccountExists(currency=account.currency, account_id=same.pk) from None
    account.refresh_from_db(fields=["owed"])


def _require_sound(account: CreditAccount) -> None:
    if not 0 <= account.limit <= MAX_MINOR:
        raise InvalidInput.at("/limit", "out_of_range", f"A limit is 0 to {MAX_MINOR} minor units.")
    if account.days_to_pay is not None and not 0 <= account.days_to_pay <= MOST_DAYS_TO_PAY:
        raise InvalidInput.at("/days_to_pay", "out_of_range", f"This is 0 to {MOST_DAYS_TO_PAY} days.")
