"""Cards through Stripe: a PaymentIntent is authorised, then captured or cancelled, and refunded.

The key of each call is Stripe's idempotency key, and stands in the metadata of what the call makes or changes, so that
events, and whoever asks later, find it. The SDK repeats nothing by itself: the relay does.
"""

from __future__ import annotations

import datetime as dt
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any

import orjson
import stripe

from orders.payments.gateways.interface import (
    Answer,
    Call,
    GatewayRefused,
    GatewayUnavailable,
    Notice,
    NoticeRefused,
    Outcome,
    PayoutPage,
    ReportPage,
)
from orders.payments.gateways.stripe.amounts import to_stripe
from orders.payments.gateways.stripe.answers import (
    CALL,
    CAPTURE,
    ORDER,
    VOID,
    VOID_ON,
    declined,
    names_call,
    of_authorisation,
    of_capture,
    of_event,
    of_refund,
    of_void,
)
from orders.payments.gateways.stripe.reports import Reports
from orders.payments.gateways.stripe.transport import Transport

_SIGNATURE = "Stripe-Signature"
_OLDEST = 300
"""Seconds since a notice was signed."""
_YOUNG = 3600.0
"""Seconds for which Stripe certainly remembers a call by its idempotency key: it forgets after a day."""
_DECLINES = frozenset({
    "amount_too_large", "amount_too_small", "charge_already_captured", "charge_already_refunded",
    "charge_disputed", "charge_exceeds_source_limit", "charge_exceeds_transaction_limit", "charge_expired_for_capture",
    "insufficient_balance", "payment_intent_unexpected_state", "refund_disputed_payment",
})  # fmt: skip
"""Codes of what can't be done as things stand."""
_REFUSALS = (stripe.AuthenticationError, stripe.PermissionError, stripe.InvalidRequestError)
"""Stripe's own word that it won't take the call. All else that is no answer (silence, 409, 429, a proxy's page) leaves
us ignorant.
"""


class StripeGateway:
    """`key` is Stripe's secret key, `secret` that of the webhook endpoint, `return_url` where a payer comes back to
    after an action; `seconds` is the deadline of a call: all its requests, every byte of their answers.
    """

    captures_once = True

    def __init__(
        self, *, key: str, secret: str, return_url: str, url: str = "https://api.stripe.com", seconds: float = 10.0
    ) -> None:
        self._secret, self._return_url, self._seconds = secret, return_url, seconds
        self._transport = Transport()
        client = stripe.StripeClient(
            key, base_addresses={"api": url.rstrip("/")}, max_network_retries=0, http_client=self._transport
        )
        self._intents, self._refunds = client.v1.payment_intents, client.v1.refunds
        self._reports = Reports(client)

    def send(self, call: Call) -> Answer:
        """What Stripe may have forgotten the key of is asked about first, so that it isn't done twice."""
        amount = to_stripe(call.amount, call.currency)
        with self._asking():
            known = None if _is_young(call.key) else self._look(call, amount)
            return known or self._do(call, amount)

    def find(self, call: Call) -> Answer | None:
        """Captures and voids are read off their intent, and refunds off the list of its refunds: both are up to date.

        An authorisation is searched for by its metadata, of which Stripe says that it may lag by minutes. What is
        missed then is sent again, while Stripe still knows the key: it answers as before and does nothing more.
        """
        try:
            amount = to_stripe(call.amount, call.currency)
        except GatewayRefused:
            return None
        with self._asking():
            return self._look(call, amount)

    def read_notice(self, headers: Mapping[str, str], body: bytes) -> Notice | None:
        try:
            stripe.WebhookSignature.verify_header(body, headers.get(_SIGNATURE), self._secret, _OLDEST)
        except (stripe.SignatureVerificationError, ValueError, TypeError):
            raise NoticeRefused("The signature is missing, too old or not that of this body.") from None
        try:
            return of_event(orjson.loads(body))
        except (orjson.JSONDecodeError, AttributeError, KeyError, TypeError):
            raise NoticeRefused("The notice can't be read.") from None

    def list_calls(self, since: dt.datetime, until: dt.datetime, cursor: str = "") -> ReportPage:
        with self._asking(), _reading():
            return self._reports.calls(since, until, cursor)

    def list_payouts(self, since: dt.date, until: dt.date, cursor: str = "") -> PayoutPage:
        with self._asking(), _reading():
            return self._reports.payouts(since, until, cursor)

    @contextmanager
    def _asking(self) -> Iterator[None]:
        """What fails while we ask leaves us ignorant. Stripe's own words are not repeated: they name tokens."""
        try:
            with self._transport.within(self._seconds):
                yield
        except stripe.StripeError as error:
            raise GatewayUnavailable(_described(error)) from None

    def _do(self, call: Call, amount: int) -> Answer:
        act: dict[str, Callable[[Call, int], Answer | None]] = {
            "authorise": self._authorise, "capture": self._capture, "void": self._void, "refund": self._refund,
        }  # fmt: skip
        try:
            answer = act[call.kind](call, amount)
        except stripe.CardError as error:
            return declined({"decline_code": _detail(error, "decline_code"), "code": error.code})
        except stripe.StripeError as error:
            return self._after(error, call, amount)
        if answer is None:
            raise GatewayUnavailable(f"Stripe still works on the {call.kind}")
        return answer

    def _after(self, error: stripe.StripeError, call: Call, amount: int) -> Answer:
        """What an error means.

        Stripe keeps its own failures under the key and repeats them, also when the call was done, and a key that it
        knows with other content was done as it was then; so we ask. What isn't found then may yet come right.
        """
        if isinstance(error, stripe.InvalidRequestError) and _is_decline(error):
            return self._look(call, amount) or Answer(Outcome.DECLINED, code=error.code or "invalid_payment_method")
        if isinstance(error, _REFUSALS):
            raise GatewayRefused(_described(error)) from None
        is_kept = isinstance(error, stripe.IdempotencyError) or (error.http_status or 0) >= 500
        if is_kept and (known := self._look(call, amount)):
            return known
        raise error

    def _authorise(self, call: Call, amount: int) -> Answer | None:
        intent = self._intents.create(
            {
                "amount": amount, "currency": call.currency.lower(), "capture_method": "manual", "confirm": True,
                "payment_method": call.token, "allowed_payment_method_types": ["card"], "return_url": self._return_url,
                "metadata": {CALL: call.key, ORDER: call.order_id}, "expand": ["latest_charge"],
            },
            {"idempotency_key": call.key},
        )  # fmt: skip
        return of_authorisation(_plain(intent)) or of_authorisation(self._intent(intent.id))

    def _capture(self, call: Call, amount: int) -> Answer | None:
        intent = self._intents.capture(
            call.reference,
            {"amount_to_capture": amount, "metadata": {CAPTURE: call.key}},
            {"idempotency_key": call.key},
        )
        return of_capture(_plain(intent), call.key, amount) or of_capture(
            self._intent(call.reference), call.key, amount
        )

    def _void(self, call: Call, amount: int) -> Answer | None:
        """A cancellation takes no metadata, so that the intent is given it before."""
        today = dt.datetime.now(dt.UTC).date().isoformat()
        self._intents.update(call.reference, {"metadata": {VOID: call.key, VOID_ON: today}})
        intent = self._intents.cancel(call.reference, {}, {"idempotency_key": call.key})
        return of_void(_plain(intent), amount)

    def _refund(self, call: Call, amount: int) -> Answer | None:
        """The answer of a call that is repeated tells how it was the first time; how it is now is asked."""
        refund = self._refunds.create(
            {"payment_intent": call.reference, "amount": amount, "metadata": {CALL: call.key, ORDER: call.order_id}},
            {"idempotency_key": call.key},
        )
        return of_refund(_plain(refund)) or of_refund(_plain(self._refunds.retrieve(refund.id)))

    def _look(self, call: Call, amount: int) -> Answer | None:
        look: dict[str, Callable[[], Answer | None]] = {
            "authorise": partial(self._look_for_authorisation, call),
            "capture": lambda: of_capture(self._intent(call.reference), call.key, amount),
            "void": lambda: of_void(self._intent(call.reference), amount),
            "refund": partial(self._look_for_refund, call),
        }
        try:
            return look[call.kind]()
        except stripe.InvalidRequestError as error:
            if error.code == "resource_missing":
                return None
            raise

    def _look_for_authorisation(self, call: Call) -> Answer | None:
        """What the search finds may be out of date, so each is read anew."""
        found = self._intents.search({"query": f"metadata['{CALL}']:'{call.key}'"}).data
        answers = [of_authorisation(self._intent(each.id)) for each in found]
        return next((answer for answer in answers if answer is not None), None)

    def _look_for_refund(self, call: Call) -> Answer | None:
        """Raises GatewayUnavailable for one that is on its way: it did arrive."""
        refunds = self._refunds.list({"payment_intent": call.reference, "limit": 100}).auto_paging_iter()
        refund = next((each for each in map(_plain, refunds) if names_call(each, call.key)), None)
        if refund is None:
            return None
        if answer := of_refund(refund):
            return answer
        raise GatewayUnavailable("Stripe still works on the refund")

    def _intent(self, reference: str) -> dict[str, Any]:
        """With its charge, which says until when it can be captured."""
        return _plain(self._intents.retrieve(reference, {"expand": ["latest_charge"]}))


@contextmanager
def _reading() -> Iterator[None]:
    """A list that isn't as Stripe's are leaves us ignorant."""
    try:
        yield
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise GatewayUnavailable(f"a list of Stripe's can't be read: {error!r}") from error


def _plain(thing: stripe.StripeObject) -> dict[str, Any]:
    return thing.to_dict()


def _is_young(key: str) -> bool:
    """By the time in the key, a UUIDv7; of any other nothing is known."""
    try:
        number = uuid.UUID(key)
    except ValueError:
        return False
    return number.version == 7 and time.time() - (number.int >> 80) / 1000 < _YOUNG


def _is_decline(error: stripe.InvalidRequestError) -> bool:
    """The request is well made, but can't be done: as things stand, or with the card that the caller named."""
    return error.code in _DECLINES or error.param == "payment_method"


def _detail(error: stripe.StripeError, name: str) -> str:
    """Of the error as Stripe sent it."""
    sent = error.json_body.get("error") if isinstance(error.json_body, dict) else None
    return str(sent.get(name) or "") if isinstance(sent, dict) else ""


def _described(error: stripe.StripeError) -> str:
    """For the log, without Stripe's message, which repeats what was sent; that of the transport is our own."""
    if isinstance(error, stripe.APIConnectionError):
        return error.user_message or "nobody answers"
    said = [_detail(error, name) for name in ("type", "code", "param")]
    parts = [type(error).__name__, f"HTTP {error.http_status}" if error.http_status else "", *said,
             error.request_id or ""]  # fmt: skip
    return " ".join(part for part in parts if part)
