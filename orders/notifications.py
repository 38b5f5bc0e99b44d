"""What we say to customers about their orders, from templates/orders/email/."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.utils.formats import date_format

import storefronts.queries
from core.events import Envelope
from core.messages import send_once
from core.money import format_money
from orders.models import Order
from orders.queries import parcels_of
from storefronts.queries import StorefrontRules


def send_order_mail(event: Envelope, kind: str) -> bool:
    """Send one kind of e-mail, named as its templates are (`confirmed`, `shipped` …), about an event's order, once.

    An order without an e-mail address gets none. Returns whether it was sent now.
    """
    order = Order.objects.select_related("client").prefetch_related("lines").get(pk=event.subject_id)
    if not order.email:
        return False
    sells = storefronts.queries.settings_of(order.client_id)
    return send_once(
        event_id=event.id,
        kind=f"order_{kind}",
        recipient=order.email,
        template=f"orders/email/{kind}",
        context={**_context(order, sells), **_context_of(event, kind, order, sells)},
        sender=sells.sender,
        reply_to=sells.reply_to,
    )


def _context(order: Order, sells: StorefrontRules) -> dict[str, Any]:
    amounts = ("subtotal", "discount", "tax", "shipping", "total")
    return {
        "order": order,
        "storefront": order.client.name,
        "placed_on": _day(sells.day_of(order.placed_at or order.created_at)),
        "terms": sells.terms,
        "terms_url": sells.terms_url,
        "lines": [{"line": line, "total": format_money(line.total, order.currency)} for line in order.lines.all()],
        "amounts": {name: format_money(getattr(order, name), order.currency) for name in amounts},
        "address": [part for part in _address_parts(order.shipping_address) if part],
    }


def _context_of(event: Envelope, kind: str, order: Order, sells: StorefrontRules) -> dict[str, Any]:
    """What only this kind of e-mail says: the parcels, how to send something back, the amount that is returned."""
    if kind == "shipped":
        return {"parcels": parcels_of(order.pk)}
    if kind == "delivered":
        return {"returns_until": _returns_until(event.occurred_at, sells), "return_policy": sells.return_policy}
    return {"refunded": format_money(event.data["amount"], order.currency)} if kind == "refunded" else {}


def _returns_until(delivered_at: dt.datetime, sells: StorefrontRules) -> str:
    """The last day on which it may be sent back; empty where the storefront names none."""
    return _day(sells.day_of(delivered_at) + dt.timedelta(days=sells.return_days)) if sells.return_days else ""


def _day(day: dt.date) -> str:
    """ "3 May 2026"."""
    return date_format(day, "j F Y")


def _address_parts(address: dict[str, str]) -> list[str]:
    fields = ("name", "company", "line1", "line2", "postal_code", "city", "region", "country")
    return [address.get(field, "") for field in fields]
