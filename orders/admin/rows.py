"""Which rows the console looks for, each by an index."""

from __future__ import annotations

import uuid

from django.db.models import Exists, F, OuterRef, Q, QuerySet, TextField, Value
from django.db.models.fields.json import KT
from django.db.models.functions import Coalesce
from django.db.models.lookups import Exact, GreaterThan, LessThanOrEqual
from django.utils import timezone

from inventory.queries import spelling_of
from orders.models import Hold, OrderLine
from orders.payments.models import Payment
from orders.payments.statuses import PaymentState
from orders.querysets import let_go
from orders.statuses import NEEDED_OF_AN_ADDRESS, OPEN, Handover, OrderStatus, PaymentTerms

PLACED = Q(status=OrderStatus.PLACED, deleted_at=None)
"""Orders that wait for release."""


def open_holds(order_id: uuid.UUID) -> QuerySet[Hold]:
    return Hold.objects.filter(order_id=order_id, lifted_at=None)


def held_order_ids() -> QuerySet[Hold, uuid.UUID]:
    """Orders with a hold that still holds."""
    return Hold.objects.in_force(timezone.now()).order_by().values_list("order_id", flat=True)


def waiting() -> Q:
    """Orders of which units wait for stock."""
    return Q(pk__in=OrderLine.objects.backordered().order_by().values("order_id"))


def promise_passed() -> Q:
    """Orders of which units wait though the day that was promised for them is over."""
    late = OrderLine.objects.backordered().filter(promised_on__lt=timezone.localdate())
    return Q(pk__in=late.order_by().values("order_id"))


def on_hold() -> Q:
    """Orders of which something may still leave, and that a hold keeps from it."""
    return Q(pk__in=held_order_ids(), status__in=OPEN)


def releasable() -> Q:
    """Of the orders that wait for release those that nothing keeps from it: what the checks of Order.release ask."""
    due = F("charged") - F("credited") - F("written_off") - F("captured") + F("refunded")
    to_ship = F("quantity") - F("cancelled") - F("shipped")
    short = OrderLine.objects.filter(order_id=OuterRef("pk"), reserved__lt=to_ship)
    gone = Payment.objects.filter(let_go(timezone.now()), order_id=OuterRef("pk"), status=PaymentState.AUTHORISED)
    # Never unknown, as what it excludes are the others: a storefront may have no settings.
    enough = Coalesce(F("client__storefront_settings__release_on_authorised"), Value(False))
    set_aside = Q(LessThanOrEqual(due, F("authorised"))) & Q(Exact(enough, Value(True))) & ~Q(Exists(gone))
    paid = Q(payment_terms=PaymentTerms.ON_ACCOUNT) | Q(LessThanOrEqual(due, 0)) | set_aside
    return PLACED & paid & _addressed() & ~Q(pk__in=held_order_ids()) & ~Q(Exists(short))


def _addressed() -> Q:
    """Never unknown: what it excludes are the others."""
    given = [
        Coalesce(KT(f"shipping_address__{name}"), Value(""), output_field=TextField()) for name in NEEDED_OF_AN_ADDRESS
    ]
    return Q(handover=Handover.IN_PERSON) | Q(*(GreaterThan(text, Value("")) for text in given))


def order_ids_with_sku(sku: str, at_most: int) -> list[uuid.UUID]:
    """The newest orders that have a line of this SKU, in any letter case."""
    lines = OrderLine.objects.filter(sku=spelling_of(sku)).order_by("-order_id")
    return list(lines.values_list("order_id", flat=True)[:at_most])
