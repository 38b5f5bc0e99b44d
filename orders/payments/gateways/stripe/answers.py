"""What Stripe's objects say about a call of ours. They name it in their metadata, under these names."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from orders.payments.gateways.interface import Answer, Notice, Outcome

CALL, CAPTURE, VOID = "call", "capture", "void"
"""Of an intent: the key of its authorisation, of its capture, of what voids it. Of a refund: CALL, its own key."""
VOID_ON = "void_on"
"""Of an intent: the day (UTC) on which we asked to void it, by which the search finds those of a day."""
ORDER = "order"

_INTENTS = frozenset({
    "payment_intent.amount_capturable_updated", "payment_intent.requires_action", "payment_intent.payment_failed",
})  # fmt: skip
_REFUNDS = frozenset({"refund.created", "refund.updated", "refund.failed"})

Object = Mapping[str, Any]


def of_authorisation(intent: Object) -> Answer | None:
    """None while it is being worked on, or was never confirmed."""
    status, failure = intent["status"], intent.get("last_payment_error")
    if status in ("requires_capture", "succeeded"):
        return Answer(Outcome.SUCCEEDED, reference=intent["id"], expires_at=_capture_before(intent))
    if status == "requires_action":
        return _waits_for_the_payer(intent)
    if status == "canceled":
        return Answer(Outcome.DECLINED, reference=intent["id"], code=intent.get("cancellation_reason") or "canceled")
    return declined(failure) if status == "requires_payment_method" and failure else None


def _waits_for_the_payer(intent: Object) -> Answer:
    """An action that needs Stripe's own script in the shop's page can't be done at an address, so it is never done."""
    address = ((intent.get("next_action") or {}).get("redirect_to_url") or {}).get("url")
    if not address:
        return Answer(Outcome.DECLINED, reference=intent["id"], code="action_without_address")
    return Answer(Outcome.NEEDS_ACTION, reference=intent["id"], action_url=address)


def declined(failure: Object) -> Answer:
    """Of the error of a card: the bank's reason, or Stripe's."""
    return Answer(Outcome.DECLINED, code=failure.get("decline_code") or failure.get("code") or "card_declined")


def of_capture(intent: Object, key: str, amount: int) -> Answer | None:
    """`amount` as Stripe counts it. None unless it is this call that captured, or somebody at Stripe's dashboard who
    captured just as much: an intent is captured once.
    """
    by = names_of(intent).get(CAPTURE)
    is_done = by == key or (not by and intent.get("amount_received") == amount)
    if intent["status"] != "succeeded" or not is_done:
        return None
    return Answer(Outcome.SUCCEEDED, reference=_charge_of(intent))


def of_void(intent: Object, amount: int) -> Answer | None:
    """`amount` as Stripe counts it. None while it is set aside. The rest of an intent that is captured in part is let
    go with the capture, and all of one that expires.
    """
    rest = intent["amount"] - (intent.get("amount_received") or 0)
    if intent["status"] == "canceled" or (intent["status"] == "succeeded" and rest == amount):
        return Answer(Outcome.SUCCEEDED)
    return None


def of_refund(refund: Object) -> Answer | None:
    """None while it is on its way."""
    status = refund["status"]
    if status in ("failed", "canceled"):
        return Answer(Outcome.DECLINED, reference=refund["id"], code=refund.get("failure_reason") or status)
    return Answer(Outcome.SUCCEEDED, reference=refund["id"]) if status == "succeeded" else None


def of_event(event: Object) -> Notice | None:
    """Which call an event tells of, and what; None for what is of no interest. Raises KeyError, TypeError and the like
    for what can't be read.
    """
    kind, thing = str(event["type"]), event["data"]["object"]
    key, answer = _told(kind, thing)
    return Notice(key, answer) if key and answer is not None else None


def _told(kind: str, thing: Object) -> tuple[str, Answer | None]:
    """The last word on an intent is on what ended it: its capture, what voided it, or else the authorisation."""
    names = names_of(thing)
    if kind in _REFUNDS:
        return names.get(CALL, ""), of_refund(thing)
    if kind == "payment_intent.succeeded" and CAPTURE in names:
        return names[CAPTURE], Answer(Outcome.SUCCEEDED, reference=_charge_of(thing))
    if kind == "payment_intent.canceled" and VOID in names:
        return names[VOID], Answer(Outcome.SUCCEEDED)
    if kind in _INTENTS or kind in ("payment_intent.succeeded", "payment_intent.canceled"):
        return names.get(CALL, ""), of_authorisation(thing)
    return "", None


def names_call(thing: Object, key: str) -> bool:
    return names_of(thing).get(CALL) == key


def _charge_of(intent: Object) -> str:
    """Its id, whether the charge came with the intent or not."""
    charge = intent.get("latest_charge") or ""
    return str(charge["id"] if isinstance(charge, Mapping) else charge)


def _capture_before(intent: Object) -> dt.datetime | None:
    """Until when it can be captured, if the charge came with it and says so."""
    charge = intent.get("latest_charge")
    card = ((charge.get("payment_method_details") or {}).get("card") or {}) if isinstance(charge, Mapping) else {}
    until = card.get("capture_before")
    return dt.datetime.fromtimestamp(until, dt.UTC) if until else None


def names_of(thing: Object) -> Mapping[str, str]:
    return thing.get("metadata") or {}
