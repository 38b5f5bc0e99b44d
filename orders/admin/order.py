"""The list of orders and the page of one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString

from core.console import ConsoleAdmin, Fact, Panel, badge, link_to, moment
from core.console.dashboard import Tile, register_tile
from core.console.filters import ChoicesDropdownFilter, EnteredFilter, FlagFilter, RelatedDropdownFilter
from core.console.navigation import Menu
from core.console.panels import register_panel
from core.console.parts import known, list_of
from core.folding import same_in_any_case
from core.money import format_money
from customers.queries import address_lines, matching_ids
from orders.admin.buttons import BUTTONS, NEW_ORDER
from orders.admin.rows import PLACED, on_hold, order_ids_with_sku, promise_passed, releasable, waiting
from orders.admin.sourcing import sourcing_panel
from orders.admin.tones import (
    fulfilment_badge,
    hold_badge,
    payment_badge,
    return_badge,
    shown_promise,
    status_badge,
)
from orders.console import COUNTERS, SALES
from orders.instalments.admin import instalments_panel
from orders.models import Order
from orders.payments.admin.panels import ledger_panel, money_panel, payments_panel
from orders.pricing.admin.panels import prices_panel, taxes_panel
from orders.querysets import called
from orders.refunds.admin.panels import refunds_panel
from orders.statuses import OPEN, ReturnStatus

FOUND_AT_MOST = 500
"""The most orders that a search by a customer's name or a SKU finds."""


class OnHoldFilter(FlagFilter):
    title = "on hold"
    parameter_name = "on_hold"

    def yes(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(on_hold())

    def no(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.exclude(on_hold())


class ReleasableFilter(FlagFilter):
    """Of the orders that wait for release; `no` are those that something keeps from it."""

    title = "ready to release"
    parameter_name = "ready"

    def yes(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(releasable())

    def no(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(PLACED).exclude(releasable())


class WaitingFilter(FlagFilter):
    title = "waits for stock"
    parameter_name = "waiting"

    def yes(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(waiting())

    def no(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.exclude(waiting())


class PromiseFilter(FlagFilter):
    """Of the orders that wait; `no` are those that were promised nothing, or a day to come."""

    title = "promise passed"
    parameter_name = "promise_passed"

    def yes(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(promise_passed())

    def no(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(waiting()).exclude(promise_passed())


class DeletedFilter(FlagFilter):
    """Deleted orders are out of sight until they are asked for."""

    title = "deleted"
    parameter_name = "deleted"

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(deleted_at__isnull=self.value() != "yes")


@admin.register(Order)
class OrderAdmin(ConsoleAdmin):
    menu = Menu(SALES, 10, "receipt_long")
    list_display = ("shown_number", "client", "who", "life", "money", "goods", "amount", "entered")
    list_display_links = ("shown_number",)
    list_select_related = ("client", "customer")
    list_defer = ("shipping_address", "billing_address", "metadata", "tags", "cancel_reason")
    list_filter = (
        ("status", ChoicesDropdownFilter),
        ("payment_status", ChoicesDropdownFilter),
        ("fulfilment_status", ChoicesDropdownFilter),
        ("client", RelatedDropdownFilter),
        OnHoldFilter,
        ReleasableFilter,
        WaitingFilter,
        PromiseFilter,
        EnteredFilter,
        DeletedFilter,
    )
    linked_lookups = ("customer__id__exact", "status__exact")
    search_help_text = "Number, reference, e-mail, customer's name or SKU"
    list_buttons = (NEW_ORDER,)
    buttons = BUTTONS

    # The list

    def get_search_fields(self, request: HttpRequest) -> Sequence[str]:
        return ["number", "external_ref", "email"]

    def search(self, queryset: QuerySet[Any], term: str) -> QuerySet[Any]:
        """Each part is served by an index of its own."""
        wanted = Q(external_ref=term) | Q(same_in_any_case("email", term))
        wanted |= called(term.lstrip("#").replace(",", ""))
        wanted |= Q(customer__in=matching_ids(term)) | Q(pk__in=order_ids_with_sku(term, FOUND_AT_MOST))
        return super().search(queryset, term) | queryset.filter(wanted)

    @admin.display(description="Number")
    def shown_number(self, order: Order) -> str:
        return order.display_number

    @admin.display(description="Customer")
    def who(self, order: Order) -> str:
        return order.email or (str(order.customer) if order.customer else "Guest")

    @admin.display(description="Status")
    def life(self, order: Order) -> SafeString:
        return badge("Deleted", "bad") if order.is_deleted else status_badge(order)

    @admin.display(description="Payment")
    def money(self, order: Order) -> SafeString:
        return payment_badge(order)

    @admin.display(description="Fulfilment")
    def goods(self, order: Order) -> SafeString:
        return fulfilment_badge(order)

    @admin.display(description="Total")
    def amount(self, order: Order) -> str:
        return format_money(order.total, order.currency)

    @admin.display(description="Created")
    def entered(self, order: Order) -> object:
        return moment(order.created_at)

    # The page

    def page_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        orders = super().page_queryset(request).select_related("client", "customer")
        return orders.prefetch_related(
            "lines", "holds", "payments", "ledger", "notes", "tax_totals", "adjustments__line", "adjustments__delivery",
            "sourcing_plans", "refunds",
        )  # fmt: skip

    def said_of(self, obj: Order) -> dict[str, Any]:
        return {"currency": obj.currency}

    def headline(self, obj: Order) -> str:
        return f"Order {obj} · {format_money(obj.total, obj.currency)}"

    def badges(self, obj: Order) -> Sequence[object]:
        shown: list[object] = [status_badge(obj), payment_badge(obj), fulfilment_badge(obj)]
        if obj.return_status != ReturnStatus.NONE:
            shown.append(return_badge(obj))
        if obj.status in OPEN and any(hold.is_in_force(timezone.now()) for hold in obj.holds.all()):
            shown.append(badge("On hold", "bad"))
        if any(line.backordered for line in obj.lines.all()):
            shown.append(badge("Waits for stock", "warn"))
        if obj.is_deleted:
            shown.append(badge("Deleted", "bad"))
        return [*shown, *(badge(tag, "neutral") for tag in obj.tags)]

    def facts(self, obj: Order) -> Sequence[Fact]:
        customer = link_to("customers.customer", obj.customer_id, obj.customer) if obj.customer_id else "Guest"
        facts = [
            Fact("Customer", customer),
            Fact("E-mail", obj.email),
            Fact("Storefront", link_to("core.client", obj.client_id, obj.client)),
            Fact("Reference", obj.external_ref),
            Fact("Payment terms", obj.get_payment_terms_display()),
            Fact("Handover", obj.get_handover_display()),
            Fact("Shipping method", obj.shipping_method),
            Fact("Deliver to", address_lines(obj.shipping_address)),
            Fact("Bill to", address_lines(obj.billing_address)),
            Fact("Cancelled because", obj.cancel_reason),
            *(Fact(label, moment(at)) for label, at in _moments(obj) if at is not None),
            *(Fact(name, value) for name, value in obj.metadata.items()),
        ]
        return known(facts)

    def panels(self, request: HttpRequest, obj: Order) -> Sequence[Panel]:
        return [
            money_panel(obj), _holds(obj), _notes(obj), _lines(obj), prices_panel(obj), taxes_panel(obj),
            sourcing_panel(obj), payments_panel(obj), *instalments_panel(obj), refunds_panel(obj), ledger_panel(obj),
        ]  # fmt: skip


def _moments(order: Order) -> list[tuple[str, Any]]:
    names = ("created", "placed", "released", "shipped", "delivered", "completed", "cancelled", "deleted")
    return [
        *((name.capitalize(), getattr(order, f"{name}_at")) for name in names),
        ("Stock kept until", order.reserved_until),
    ]


def _holds(order: Order) -> Panel:
    now = timezone.now()
    rows = [
        (
            hold_badge(hold, now), hold.get_reason_display(), hold.note, hold.actor, moment(hold.placed_at),
            moment(hold.expires_at), hold.lifted_by or "",
        )
        for hold in order.holds.all()
    ]  # fmt: skip
    headers = ("Hold", "Reason", "Note", "By", "Since", "Expires", "Lifted by")
    return Panel("Holds", headers, rows, empty="Nothing holds it.", aside=not rows)


def _lines(order: Order) -> Panel:
    def money(amount: int) -> str:
        return format_money(amount, order.currency)

    lines = list(order.lines.all())
    counters = [name for name in COUNTERS if any(getattr(line, name) for line in lines)]
    promised = ["Promised"] if any(line.promised_on for line in lines) else []
    rows = [
        (
            link_to("inventory.variant", line.variant_id, line.sku), line.name, money(line.unit_price), line.quantity,
            *(getattr(line, counter) for counter in counters), *(shown_promise(line) for _ in promised),
            money(line.total),
        )
        for line in lines
    ]  # fmt: skip
    headers = ("SKU", "Name", "Price", "Ordered", *(name.capitalize() for name in counters), *promised, "Total")
    numeric = range(2, len(headers))
    return Panel("Lines", headers, rows, numeric=numeric, empty="It has no lines.", anchor="lines")


def _notes(order: Order) -> Panel:
    facts = [Fact(f"{note.actor}, {_plain(note.created_at)}", note.body) for note in order.notes.all()]
    return Panel("Notes", facts=facts, empty="No notes.", aside=True)


def _plain(at: Any) -> str:
    return f"{timezone.localtime(at):%-d %b %H:%M}"


register_tile(
    Tile(
        "Ready to release", "Placed, and nothing keeps them from the warehouse.", "orders.order",
        lambda: Order.objects.filter(releasable()), {"ready": "yes"}, position=10,
    )
)  # fmt: skip
register_tile(
    Tile(
        "Not ready to release", "Placed, but unpaid, on hold, short of stock or without an address.", "orders.order",
        lambda: Order.objects.filter(PLACED).exclude(releasable()), {"ready": "no"}, position=11,
    )
)  # fmt: skip
register_tile(
    Tile(
        "On hold", "Open orders with something to settle first.", "orders.order",
        lambda: Order.objects.live().filter(on_hold()), {"on_hold": "yes"}, position=20,
    )
)  # fmt: skip


register_tile(
    Tile(
        "Promise passed", "Units wait though the day that was promised for them is over.", "orders.order",
        lambda: Order.objects.live().filter(promise_passed()), {"promise_passed": "yes"}, position=21,
    )
)  # fmt: skip


def customer_panel(request: HttpRequest, customer: Any) -> Sequence[Panel]:
    """A customer's newest orders, on their page."""
    if not request.user.has_perm("orders.view_order"):
        return ()
    newest = Order.objects.live().filter(customer_id=customer.pk).order_by("-id")[:10]
    rows = [
        (
            link_to("orders.order", order.pk, order), status_badge(order), payment_badge(order),
            fulfilment_badge(order), format_money(order.total, order.currency), moment(order.created_at),
        )
        for order in newest
    ]  # fmt: skip
    headers = ("Order", "Status", "Payment", "Fulfilment", "Total", "Created")
    to = [("All", list_of("orders.order", customer__id__exact=customer.pk))]
    return [Panel("Orders", headers, rows, numeric={4}, empty="No order yet.", to=to)]


register_panel("customers.customer", customer_panel)
