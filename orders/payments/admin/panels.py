"""The panels of an order's page that show its money."""

from __future__ import annotations

from django.utils.html import format_html
from django.utils.safestring import SafeString

from books.queries import owed_by_kind
from core.console import Panel, badge, link_to, moment
from core.console.parts import Tone
from core.money import format_money
from orders.models import Order
from orders.payments.admin.tones import attempt_state_badge, outcome_badge, payment_state_badge
from orders.payments.booking import BOOKED
from orders.payments.gateways import Outcome
from orders.payments.models import Payment, PaymentNotice
from orders.payments.queries import notices_of
from orders.statuses import OrderStatus, PaymentTerms


def money_panel(order: Order) -> Panel:
    """What was charged and what was paid is as the order's postings have it, so that it comes to what is due."""

    def money(amount: int) -> str:
        return format_money(amount, order.currency)

    made_of = [("Subtotal", order.subtotal), ("Discount", -order.discount), ("Surcharge", order.surcharge),
               ("Shipping", order.shipping), ("Tax", order.tax - order.tax_included),
               ("Rounding", order.rounding)]  # fmt: skip
    posted = owed_by_kind(order.pk) if order.placed_at else {}
    words, tone, left = standing(order)
    set_aside = [("Authorised, not captured", money(order.authorised))] if order.authorised else []
    rows = [
        *((label, money(amount)) for label, amount in made_of if amount or label == "Subtotal"),
        (_strong("Total"), _strong(money(order.total))),
        *([("Tax in the prices", money(order.tax_included))] if order.tax_included else []),
        *((kind.label, money(posted[kind])) for kind in BOOKED if posted.get(kind)),
        *_off_the_books(order, sum(posted.values())),
        *set_aside,
        *_came_back(order),
        (badge(words, tone), _strong(money(left)) if left else ""),
    ]
    return Panel("Money", rows=rows, numeric={1}, aside=True)


def _off_the_books(order: Order, owed: int) -> list[tuple[object, str]]:
    """What the order's postings don't tell of what is due: it is older than the books, or one is wrong."""
    off = order.due - owed
    return [(badge("Not in the books", "bad"), format_money(off, order.currency))] if off else []


def _strong(text: str) -> SafeString:
    return format_html("<strong>{}</strong>", text)


def standing(order: Order) -> tuple[str, Tone, int]:
    """How the order's money stands now: in words, their tone, and what is still to be paid or given back."""
    if order.status == OrderStatus.DRAFT:
        return ("Due once placed", "neutral", order.total) if order.total else ("Nothing to pay", "neutral", 0)
    if order.due > 0:
        on_account = order.payment_terms == PaymentTerms.ON_ACCOUNT
        return ("Due, on account", "info", order.due) if on_account else ("Balance due", "warn", order.due)
    return ("To give back", "bad", -order.due) if order.due < 0 else (*_settled(order), 0)


def _settled(order: Order) -> tuple[str, Tone]:
    """Of an order of which nothing is due and nothing to give back: how that came about."""
    if order.captured > order.refunded:
        if order.written_off:
            return "Paid in part, the rest written off", "neutral"
        return ("Paid, though goods came back", "warn") if units_back(order) else ("Paid", "good")
    if order.captured:
        return "Given back", "neutral"
    return ("Written off", "neutral") if order.written_off else ("Nothing due", "neutral")


def units_back(order: Order) -> int:
    """Units that the carrier brought back, and those that the customer sent back."""
    return sum(line.undelivered + line.returned for line in order.lines.all())


def _came_back(order: Order) -> list[tuple[str, str]]:
    back = units_back(order)
    return [("Came back", f"{back} of {sum(line.shipped for line in order.lines.all())} units")] if back else []


def reference_of(payment: Payment) -> object:
    """The bank's, or the way to the gift card or store credit that it was taken from."""
    if payment.stored_value_id is None:
        return payment.reference
    return link_to("stored_value.storedvalue", payment.stored_value_id, payment.get_method_display())


def payments_panel(order: Order) -> Panel:
    rows = [
        (
            link_to("orders.payment", payment.pk, payment.get_method_display()), payment_state_badge(payment),
            reference_of(payment), format_money(payment.captured, order.currency),
            format_money(payment.refunded, order.currency), moment(payment.captured_at),
        )
        for payment in order.payments.all()
    ]  # fmt: skip
    headers = ("Method", "Status", "Reference", "Captured", "Refunded", "When")
    return Panel("Payments", headers, rows, numeric={3, 4}, empty="No payment yet.", anchor="payments")


def attempts_panel(payment: Payment) -> Panel:
    rows = [
        (
            link_to("orders.paymentattempt", attempt.pk, attempt.get_kind_display()), attempt_state_badge(attempt),
            format_money(attempt.amount, payment.order.currency), attempt.reference, attempt.code,
            moment(attempt.created_at), moment(attempt.settled_at),
        )
        for attempt in payment.attempts.all()
    ]  # fmt: skip
    headers = ("Asked to", "Status", "Amount", "Its reference", "Declined because", "Asked", "Settled")
    return Panel("Asked of the gateway", headers, rows, numeric={2}, empty="Nothing was asked yet.")


def notices_panel(payment: Payment) -> Panel:
    rows = [
        (
            link_to("orders.paymentnotice", notice.pk, notice.attempt.get_kind_display()), outcome_badge(notice),
            notice.reference, notice.code, did(notice), moment(notice.received_at),
        )
        for notice in notices_of(payment)
    ]  # fmt: skip
    headers = ("Of", "Outcome", "Its reference", "Declined because", "Effect", "Received")
    return Panel("Told by the gateway", headers, rows, empty="Nothing was told unasked.")


def did(notice: PaymentNotice) -> str:
    """What it changed here."""
    if not notice.was_news:
        return "None, it was settled already"
    return "Waits for the payer" if notice.outcome == Outcome.NEEDS_ACTION else "Settled it"


def ledger_panel(order: Order) -> Panel:
    rows = [
        (entry.get_kind_display(), format_money(entry.amount, order.currency), entry.note, entry.actor,
         moment(entry.created_at))
        for entry in order.ledger.all()
    ]  # fmt: skip
    headers = ("Entry", "Amount", "Note", "By", "When")
    return Panel("Ledger", headers, rows, numeric={1}, empty="Nothing is charged yet.")
