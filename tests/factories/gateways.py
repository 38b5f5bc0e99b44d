"""The fake gateway and a fake Stripe over real HTTP, and orders that are paid through them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings

from core.models import Client
from deploy.fakes.gateway import SECRET, FakeGateway
from orders.actions import pay_by_card
from orders.models import Order
from orders.payments.gateways import Answer, Call, GatewayUnavailable
from orders.payments.gateways.http import HttpGateway
from orders.payments.models import Payment, PaymentAttempt
from orders.payments.sending import send_attempt
from orders.payments.statuses import AttemptState
from tests.factories.orders import ACTOR, a_placed_order
from tests.fakes import stripe_server
from tests.fakes.stripe_server import StripeServer


class OnceGateway(HttpGateway):
    """One that lets go of the rest when a part is captured."""

    captures_once = True


class DeafGateway(HttpGateway):
    """One whose answers get lost: what it was asked is done nevertheless."""

    def send(self, call: Call) -> Answer:
        super().send(call)
        raise GatewayUnavailable("the answer was lost")


ADAPTER = "orders.payments.gateways.http.HttpGateway"
ONCE = f"{__name__}.OnceGateway"
DEAF = f"{__name__}.DeafGateway"


def settings_of(gateway: FakeGateway, seconds: float = 2.0, adapter: str = ADAPTER) -> dict[str, Any]:
    return {"fake": {"adapter": adapter, "url": gateway.url, "secret": SECRET, "seconds": seconds}}


@contextmanager
def a_gateway(**options: Any) -> Iterator[FakeGateway]:
    """Running, and the only one of the settings."""
    before = settings.PAYMENT_GATEWAYS
    with FakeGateway(**options).running() as gateway:
        settings.PAYMENT_GATEWAYS = settings_of(gateway)
        try:
            yield gateway
        finally:
            settings.PAYMENT_GATEWAYS = before


@contextmanager
def a_stripe(seconds: float = 2.0) -> Iterator[StripeServer]:
    """Running, and the only gateway of the settings."""
    before = settings.PAYMENT_GATEWAYS
    with StripeServer().running() as server:
        settings.PAYMENT_GATEWAYS = {"stripe": stripe_settings(server, seconds)}
        try:
            yield server
        finally:
            settings.PAYMENT_GATEWAYS = before


def stripe_settings(server: StripeServer, seconds: float = 2.0) -> dict[str, Any]:
    return {
        "adapter": "orders.payments.gateways.stripe.StripeGateway", "url": server.url, "key": stripe_server.KEY,
        "secret": stripe_server.SECRET, "return_url": "https://shop.example/paid/", "seconds": seconds,
    }  # fmt: skip


def asked(order: Order) -> list[tuple[str, str, int]]:
    """The kind, status and amount of each attempt, the oldest first."""
    found = PaymentAttempt.objects.filter(payment__order=order).order_by("id")
    return [(each.kind, each.status, each.amount) for each in found]


def send_all(order: Order) -> None:
    """What the relay does: everything that is requested of gateways is sent, as long as there is something."""
    while waiting := PaymentAttempt.objects.filter(payment__order=order, status=AttemptState.REQUESTED).first():
        send_attempt(waiting.pk)


def a_card_payment(order: Order | None = None, card: str = "tok_ok", **fields: Any) -> Payment:
    """Asked for and sent, with whatever follows of it."""
    order = order or a_placed_order()
    payment = pay_by_card(order.pk, token=card, actor=ACTOR, **fields)
    send_all(order)
    payment.refresh_from_db()
    return payment


def an_order_paid_by_card(client: Client | None = None, **fields: Any) -> Order:
    order = a_placed_order(client, **fields)
    a_card_payment(order)
    return Order.objects.get(pk=order.pk)
