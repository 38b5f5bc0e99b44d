"""What we say to customers about their orders, from templates/orders/email/."""

from __future__ import annotations

from typing import Any

from core.events import Envelope
from core.messages import send_once
from core.money import format_money
from orders.models import Order


def send_order_mail(event: Envelope, kind: str) -> bool:
    """Send one kind of e-mail (`confirmed`, `shipped`, `delivered`, `cancelled`) about an event's order, once.

    An order without an e-mail address gets none. Returns whether it was sent now.
    """
    order = Order.objects.select_related("client").prefetch_related("lines").get(pk=event.subject_id)
    if not order.email:
        return False
    return send_once(
        event_id=event.id,
        kind=f"order_{kind}",
        recipient=order.email,
        template=f"orders/email/{kind}",
        context=_context(order),
    )


def _context(order: Order) -> dict[str, Any]:
    amounts = ("subtotal", "discount", "tax", "shipping", "total")
    return {
        "order": order,
        "storefront": order.client.name,
        "lines": [{"line": line, "total": format_money(line.total, order.currency)} for line in order.lines.all()],
        "amounts": {name: format_money(getattr(order, name), order.currency) for name in amounts},
        "address": [part for part in _address_parts(order.shipping_address) if part],
    }


def _address_parts(address: dict[str, str]) -> list[str]:
    fields = ("name", "company", "line1", "line2", "postal_code", "city", "region", "country")
    return [address.get(field, "") for field in fields]
