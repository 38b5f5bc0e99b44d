"""An order's payments."""

from __future__ import annotations

import uuid
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse

from core.api.replies import Reply
from orders.finding import require_order
from orders.payments import actions
from orders.payments.api import serializers
from orders.payments.api.documents import attempt_document, payment_document
from orders.payments.queries import attempts_of, payments_of
from orders.routes import ActionOnOrder, ListOfOrder

READ, WRITE = "payments:read", "payments:write"


class _Paying(ActionOnOrder):
    """Answers with the new payment."""

    scopes = {"POST": WRITE}
    answers = {"POST": (201, serializers.PaymentSerializer)}

    def reply(self, result: Any, **path: uuid.UUID) -> Reply:
        document = payment_document(result, result.order.currency)
        location = reverse("order-payments", args=[path["order_id"]])
        return Reply.created(document, location=location, version=result.order.version)


class Payments(ListOfOrder, _Paying):
    scopes = {"GET": READ, "POST": WRITE}
    bodies = {"POST": serializers.NewPaymentSerializer}
    answers = {"GET": serializers.PaymentSerializer, "POST": (201, serializers.PaymentSerializer)}
    orderings = {"-created_at": ("-id",), "created_at": ("id",)}
    run = staticmethod(actions.record_payment)

    def rows(self) -> QuerySet[Any, Any]:
        return payments_of([self.kwargs["order_id"]]).select_related("order")

    def present(self, rows: list[Any]) -> list[Any]:
        return [payment_document(payment, payment.order.currency) for payment in rows]


class PayByCard(_Paying):
    """Asks the gateway for the money of a card, and answers with the payment, which is pending until it has answered:
    read the payment, or hear `payment.captured`, `payment.declined` or `payment.action_needed`.
    """

    bodies = {"POST": serializers.PayByCardSerializer}
    run = staticmethod(actions.pay_by_card)


class _OfPayment(ActionOnOrder):
    """Answers with the payment."""

    scopes = {"POST": WRITE}
    answers = {"POST": serializers.PaymentSerializer}

    def act(self, body: dict[str, Any], **path: uuid.UUID) -> Reply:
        require_order(path["order_id"], self.owner)
        payment = self.run_action(type(self).run, path["order_id"], path["payment_id"], **body)
        return Reply.ok(payment_document(payment, payment.order.currency), version=payment.order.version)


class CapturePayment(_OfPayment):
    """Asks the gateway for what it authorised, or part of it, and answers with the payment as it is until then."""

    bodies = {"POST": serializers.CapturePaymentSerializer}
    run = staticmethod(actions.capture_payment_of)


class VoidPayment(_OfPayment):
    """Asks the gateway to let go what was authorised and not captured, and answers with the payment as it is."""

    run = staticmethod(actions.void_payment)


class Attempts(ListOfOrder):
    """What was asked of the payment's gateway, and what became of it."""

    scopes = {"GET": READ}
    answers = {"GET": serializers.PaymentAttemptSerializer}
    orderings = {"-created_at": ("-id",), "created_at": ("id",)}

    def rows(self) -> QuerySet[Any, Any]:
        return attempts_of(self.kwargs["order_id"], self.kwargs["payment_id"])

    def present(self, rows: list[Any]) -> list[Any]:
        return [attempt_document(attempt, attempt.payment.order.currency) for attempt in rows]


class RedeemGiftCard(_Paying):
    """Pays with a gift card of the order's storefront, and answers with the payment."""

    own_limit = "gift_card"
    bodies = {"POST": serializers.RedeemGiftCardSerializer}
    run = staticmethod(actions.redeem_gift_card)


class RedeemStoreCredit(_Paying):
    """Pays with the store credit of the order's customer, and answers with the payment."""

    bodies = {"POST": serializers.RedeemStoreCreditSerializer}
    run = staticmethod(actions.redeem_store_credit)


class Refund(_OfPayment):
    """Notes money of one payment that was given back, or asks the gateway of a card; answers with the payment."""

    bodies = {"POST": serializers.RefundPaymentSerializer}
    run = staticmethod(actions.refund_payment)
