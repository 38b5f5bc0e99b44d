"""The panels of an order's page that show its money."""

from __future__ import annotations

from django.utils.html import format_html
from django.utils.safestring import SafeString

from core.console import Panel, badge, link_to, moment
from core.money import format_money
from orders.models import Order
from orders.payments.admin.tones import payment_state_badge


def money_panel(order: Order) -> Panel:
    def money(amount: int) -> str:
        return format_money(amount, order.currency)

    made_of = [("Subtotal", order.subtotal), ("Discount", -order.discount), ("Tax", order.tax),
               ("Shipping", order.shipping)]  # fmt: skip
    moved = [("Charged", order.charged), ("Credited", -order.credited), ("Written off", -order.written_off),
             ("Captured", -order.captured), ("Refunded", order.refunded)]  # fmt: skip
    rows = [
        *((label, money(amount)) for label, amount in made_of if amount or label == "Subtotal"),
        (_strong("Total"), _strong(money(order.total))),
        *((label, money(amount)) for label, amount in moved if amount),
        (_balance_badge(order), _strong(money(order.due))),
    ]
    return Panel("Money", rows=rows, numeric={1}, aside=True)


def _strong(text: str) -> SafeString:
    return format_html("<strong>{}</strong>", text)


def _balance_badge(order: Order) -> SafeString:
    if order.due == 0:
        return badge("Balanced", "good")
    return badge("Balance due", "warn") if order.due > 0 else badge("To give back", "bad")


def payments_panel(order: Order) -> Panel:
    rows = [
        (
            link_to("orders.payment", payment.pk, payment.get_method_display()), payment_state_badge(payment),
            payment.reference, format_money(payment.captured, order.currency),
            format_money(payment.refunded, order.currency), moment(payment.captured_at),
        )
        for payment in order.payments.all()
    ]  # fmt: skip
    headers = ("Method", "Status", "Reference", "Captured", "Refunded", "When")
    return Panel("Payments", headers, rows, numeric={3, 4}, empty="No payment yet.", anchor="payments")


def ledger_panel(order: Order) -> Panel:
    rows = [
        (entry.get_kind_display(), format_money(entry.amount, order.currency), entry.note, entry.actor,
         moment(entry.created_at))
        for entry in order.ledger.all()
    ]  # fmt: skip
    headers = ("Entry", "Amount", "Note", "By", "When")
    return Panel("Ledger", headers, rows, numeric={1}, empty="Nothing is charged yet.")
