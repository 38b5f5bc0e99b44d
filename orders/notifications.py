"""What we say to customers about their orders, from templates/orders/email/."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format

import storefronts.queries
from core.events import Envelope
from core.messages import send_once
from core.money import format_money
from orders.models import Order, OrderLine
from orders.queries import parcels_of
from orders.statuses import OrderStatus
from storefronts.queries import StorefrontRules


def send_order_mail(event: Envelope, kind: str) -> bool:
    """Send one kind of e-mail, named as its templates are (`confirmed`, `shipped` …), about an event's order, once.

    An order without an e-mail address gets none. Returns whether it was sent now.
    """
    return _send(_order_of(event), event, kind)


def send_mail_of_the_waiting(event: Envelope, kind: str) -> bool:
    """As send_order_mail, unless it is of no interest any more: of an order that is a draft or cancelled now."""
    order = _order_of(event)
    if order.status in {OrderStatus.DRAFT, OrderStatus.CANCELLED}:
        return False
    return _send(order, event, kind)


def _order_of(event: Envelope) -> Order:
    return Order.objects.select_related("client").prefetch_related("lines").get(pk=event.subject_id)


def _send(order: Order, event: Envelope, kind: str) -> bool:
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
        "lines": [_line(line, order, today=sells.day_of(timezone.now())) for line in order.lines.all()],
        "amounts": {name: format_money(getattr(order, name), order.currency) for name in amounts},
        "address": [part for part in _address_parts(order.shipping_address) if part],
    }


def _line(line: OrderLine, order: Order, *, today: dt.date) -> dict[str, Any]:
    """A promise that is over already is not made again."""
    promised = line.promised_on if line.promised_on and line.promised_on >= today else None
    return {
        "line": line,
        "total": format_money(line.total, order.currency),
        "promised_on": _day(promised) if promised else "",
    }


def _context_of(event: Envelope, kind: str, order: Order, sells: StorefrontRules) -> dict[str, Any]:
    """What only this kind of e-mail says: the parcels, how to send something back, the amount that is returned, what
    came of what was waited for, and for when it is promised.
    """
    if kind == "shipped":
        return {"parcels": parcels_of(order.pk)}
    if kind == "delivered":
        return {"returns_until": _returns_until(event.occurred_at, sells), "return_policy": sells.return_policy}
    if kind == "filled":
        left = sum(line.backordered for line in order.lines.all())  # what older events don't tell
        return {"filled": _filled(event, order), "waiting": event.data.get("waiting", left)}
    if kind == "promised":
        return _promise(event, order)
    return {"refunded": format_money(event.data["amount"], order.currency)} if kind == "refunded" else {}


def _filled(event: Envelope, order: Order) -> list[dict[str, Any]]:
    """quantity and name of what came."""
    names = {str(line.pk): line.name for line in order.lines.all()}
    return [{"quantity": unit["quantity"], "name": names[unit["line_id"]]} for unit in event.data["units"]]


def _promise(event: Envelope, order: Order) -> dict[str, Any]:
    """As the event tells it: by the time of the mail another day may be promised, of which another mail tells."""
    name = next(line.name for line in order.lines.all() if str(line.pk) == event.data["line_id"])
    now = dt.date.fromisoformat(event.data["promised_on"])
    was = dt.date.fromisoformat(event.data["was"]) if event.data["was"] else None
    return {"name": name, "promised": _day(now), "was": _day(was) if was else "", "sooner": bool(was and now < was)}


def _returns_until(delivered_at: dt.datetime, sells: StorefrontRules) -> str:
    """The last day on which it may be sent back; empty where the storefront names none."""
    return _day(sells.day_of(delivered_at) + dt.timedelta(days=sells.return_days)) if sells.return_days else ""


def _day(day: dt.date) -> str:
    """ "3 May 2026"."""
    return date_format(day, "j F Y")


def _address_parts(address: dict[str, str]) -> list[str]:
    fields = ("name", "company", "line1", "line2", "postal_code", "city", "region", "country")
    return [address.get(field, "") for field in fields]
