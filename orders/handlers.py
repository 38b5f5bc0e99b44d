"""Reactions to the events of orders: the customer's e-mails."""

from __future__ import annotations

import uuid

from core.events import Envelope
from core.lanes import MAIL, PAYMENTS
from core.relay import subscribe
from orders.notifications import send_mail_of_the_waiting, send_order_mail
from orders.payments.sending import send_attempt
from orders.payments.statuses import LedgerKind
from orders.statuses import OrderStatus


@subscribe(["order.created", "order.placed"], name="orders.mail_confirmation", lane=MAIL)
def mail_confirmation(event: Envelope) -> None:
    """A draft is confirmed when it is placed, not when it is made."""
    if event.data.get("status") != OrderStatus.DRAFT:
        send_order_mail(event, "confirmed")


@subscribe("payment.requested", name="orders.ask_gateway", lane=PAYMENTS)
def ask_gateway(event: Envelope) -> None:
    """Sent when its request is committed, and again until it is known what became of it."""
    send_attempt(uuid.UUID(event.data["attempt_id"]))


@subscribe("order.shipped", name="orders.mail_shipped", lane=MAIL)
def mail_shipped(event: Envelope) -> None:
    send_order_mail(event, "shipped")


@subscribe("order.delivered", name="orders.mail_delivered", lane=MAIL)
def mail_delivered(event: Envelope) -> None:
    send_order_mail(event, "delivered")


@subscribe("order.canceled", name="orders.mail_cancelled", lane=MAIL)
def mail_cancelled(event: Envelope) -> None:
    """A customer who never placed the order is told nothing."""
    if event.data.get("was_placed"):
        send_order_mail(event, "cancelled")


@subscribe("order.reopened", name="orders.mail_reopened", lane=MAIL)
def mail_reopened(event: Envelope) -> None:
    """A customer who was told of the cancellation; one whose draft it was hears of the order for the first time."""
    was_draft = LedgerKind.CHARGED in event.data["money"]
    send_order_mail(event, "confirmed" if was_draft else "reopened")


@subscribe("order.backorder_filled", name="orders.mail_filled", lane=MAIL)
def mail_filled(event: Envelope) -> None:
    """What a draft waited for, or an order that was cancelled meanwhile, is of no interest."""
    send_mail_of_the_waiting(event, "filled")


@subscribe("order.promise_changed", name="orders.mail_promise", lane=MAIL)
def mail_promise(event: Envelope) -> None:
    send_mail_of_the_waiting(event, "promised")


@subscribe("payment.refunded", name="orders.mail_refunded", lane=MAIL)
def mail_refunded(event: Envelope) -> None:
    send_order_mail(event, "refunded")
