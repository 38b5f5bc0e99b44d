"""What the objects of Stripe's lists say of our calls, and what payouts are of. Pure.

Amounts, currencies and times are as ours. What isn't of a call of ours is None.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from orders.payments.gateways.interface import Outcome, PaidCall, ReportedCall
from orders.payments.gateways.stripe.amounts import from_stripe
from orders.payments.gateways.stripe.answers import (
    CALL,
    CAPTURE,
    VOID,
    VOID_ON,
    Object,
    names_of,
    of_authorisation,
    of_refund,
    of_void,
)

_REVERSAL = "partial_capture_reversal"
"""Stripe counts a capture in part as one of all and a refund of the rest, which is none of anybody's."""


def authorisation(intent: Object) -> ReportedCall | None:
    """Of an intent with its charge, which tells that it was authorised also when it was let go since."""
    key, charge = names_of(intent).get(CALL), intent.get("latest_charge")
    if not key:
        return None
    if isinstance(charge, Mapping) and charge["status"] == "succeeded":
        return _call(key, "authorise", intent["amount"], intent, Outcome.SUCCEEDED)
    answer = of_authorisation(intent)
    return _call(key, "authorise", intent["amount"], intent, answer.outcome) if answer else None


def capture(transaction: Object) -> ReportedCall | None:
    """Of what a charge brought, at the time when it did; one of our intents without our capture was captured by hand.

    The charge tells the amount in its own currency; the transaction is in that of the account.
    """
    charge = transaction["source"]
    intent = charge["payment_intent"]
    if not intent or CALL not in names_of(intent):
        return None
    key = names_of(intent).get(CAPTURE) or charge["id"]
    charged = {**charge, "created": transaction["created"]}
    return _call(key, "capture", charge["amount_captured"], charged, Outcome.SUCCEEDED)


def refund(given: Object) -> ReportedCall | None:
    """One of our intents without our key was given by hand, if it moved money: what is let go uncaptured is a refund
    too.
    """
    key, answer = names_of(given).get(CALL), of_refund(given)
    if not key and _is_by_hand(given):
        key = given["id"]
    return _call(key, "refund", given["amount"], given, answer.outcome) if key and answer else None


def _is_by_hand(given: Object) -> bool:
    intent, transaction = given["payment_intent"], given["balance_transaction"]
    if not intent or not transaction or CALL not in names_of(intent):
        return False
    return bool(transaction["reporting_category"] != _REVERSAL)


def void(intent: Object) -> ReportedCall | None:
    """Of an intent that we asked to void, on the day on which we did: what was let go of it. None while it is set
    aside.
    """
    names = names_of(intent)
    rest = intent["amount"] - (intent.get("amount_received") or 0)
    if of_void(intent, rest) is None:
        return None
    asked_on = dt.datetime.fromisoformat(names[VOID_ON]).replace(tzinfo=dt.UTC)
    asked = {**intent, "created": int(asked_on.timestamp())}
    return _call(names[VOID], "void", rest, asked, Outcome.SUCCEEDED)


def paid(transaction: Object) -> PaidCall:
    """Of what a payout is of: its key is ours, or else says what Stripe calls it, such as "stripe_fee txn_1"."""
    amount, fee = (from_stripe(transaction[name], transaction["currency"].upper()) for name in ("amount", "fee"))
    return PaidCall(_paid_key(transaction) or f"{transaction['type']} {transaction['id']}", amount, fee)


def _paid_key(transaction: Object) -> str | None:
    source = transaction["source"]
    intent = source.get("payment_intent") if isinstance(source, Mapping) else None
    if transaction["reporting_category"] in ("charge", _REVERSAL):
        return names_of(intent).get(CAPTURE) if isinstance(intent, Mapping) else None
    if transaction["reporting_category"] in ("refund", "refund_failure") and isinstance(source, Mapping):
        return names_of(source).get(CALL)
    return None


def _call(key: str, kind: str, amount: int, of: Object, outcome: Outcome) -> ReportedCall:
    currency = of["currency"].upper()
    return ReportedCall(key, kind, from_stripe(amount, currency), currency, outcome, at(of["created"]))


def at(seconds: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(seconds, dt.UTC)
