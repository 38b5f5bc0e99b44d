"""What pages of the console show of refunds."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.safestring import SafeString

from core.console import Fact, Panel, badge, link_to, moment
from core.console.parts import Tone
from core.money import format_money
from orders.models import Order
from orders.refunds.crediting import Worked
from orders.refunds.models import Refund, RefundLine
from orders.refunds.statuses import CreditKind

REFUND_STATE: dict[str, Tone] = {
    "requested": "warn", "approved": "info", "succeeded": "good", "failed": "bad", "rejected": "neutral",
}  # fmt: skip


def refund_state_badge(refund: Refund) -> SafeString:
    return badge(refund.get_status_display(), REFUND_STATE[refund.status])


def refunds_panel(order: Order) -> Panel:
    rows = [
        (
            link_to("orders.refund", refund.pk, moment(refund.created_at)), refund_state_badge(refund),
            refund.get_reason_display(), format_money(refund.credited, order.currency),
            format_money(refund.amount, order.currency), refund.actor,
        )
        for refund in order.refunds.all()
    ]  # fmt: skip
    headers = ("Refund", "Status", "Why", "Credited", "Given back", "Asked by")
    return Panel("Refunds", headers, rows, numeric={3, 4}, empty="Nothing was refunded.", anchor="refunds")


def lines_panel(refund: Refund) -> Panel:
    rows = [
        (_what(line), line.quantity or "", format_money(line.amount, refund.order.currency))
        for line in refund.lines.all()
    ]
    return Panel("Credited", ("What", "Units", "Amount"), rows, numeric={1, 2}, empty="Nothing is credited.")


def parts_panel(refund: Refund) -> Panel:
    rows = [
        (
            link_to("orders.payment", part.payment_id, part.payment.get_method_display()),
            format_money(part.amount, refund.order.currency),
        )
        for part in refund.parts.all()
    ]
    return Panel("Given back", ("Of the payment", "Amount"), rows, numeric={1}, empty="No money went back.")


def preview_panels(order: Order, worked: Worked) -> Sequence[Panel]:
    """What a refund would come to, before anything is done."""

    def money(amount: int) -> str:
        return format_money(amount, order.currency)

    facts = [
        Fact(each.line.sku if each.line else CreditKind(each.kind).label, money(each.amount)) for each in worked.credits
    ]
    parts = [Fact(payment.get_method_display(), money(amount)) for payment, amount in worked.parts]
    return [
        Panel(f"{money(worked.credited)} would be credited", facts=facts),
        Panel(f"{money(worked.amount)} would go back", facts=parts),
    ]


def _what(line: RefundLine) -> object:
    return line.line.sku if line.line is not None else line.get_kind_display()
