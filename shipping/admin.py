"""The console's pages of shipments, and what they add to the page of an order."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from core.console import ActionForm, Button, ConsoleAdmin, Fact, Panel, Submission, badge, link_to, moment
from core.console.buttons import from_report
from core.console.dashboard import Tile, register_tile
from core.console.filters import ChoicesDropdownFilter, EnteredFilter, RelatedDropdownFilter
from core.console.forms import DateField
from core.console.navigation import Menu
from core.console.panels import register_panel
from core.console.parts import Tone, page_of
from core.console.timeline import register_words
from core.transitions import Blocker, report
from shipping import actions
from shipping.models import Shipment, ShipmentLine
from shipping.queries import shipments_of
from shipping.statuses import ShipmentStatus

SHIPPING = "Shipping"
TONES: dict[str, Tone] = {
    "pending": "warn", "packed": "info", "dispatched": "info", "in_transit": "info", "delivered": "good",
    "failed": "bad", "returned": "bad", "cancelled": "neutral",
}  # fmt: skip


def status_badge(shipment: Shipment) -> SafeString:
    return badge(shipment.get_status_display(), TONES[shipment.status])


# What the actions need to be told


class WritingForm(ActionForm):
    carrier = forms.CharField(max_length=100, required=False, help_text="Who delivers it: Royal Mail.")
    tracking_number = forms.CharField(max_length=100, required=False)
    estimated_delivery = DateField(required=False)
    notes = forms.CharField(max_length=2000, required=False, widget=forms.Textarea)


class DispatchForm(WritingForm):
    carrier = forms.CharField(max_length=100, help_text="Who delivers it: Royal Mail.")


class ReasonForm(ActionForm):
    reason = forms.CharField(max_length=200)


class OptionalReasonForm(ActionForm):
    reason = forms.CharField(max_length=200, required=False)


class ReturnForm(ActionForm):
    restock = forms.BooleanField(
        required=False, initial=True, help_text="Put the units back on the shelf; otherwise they are gone."
    )


class SplitForm(ActionForm):
    """How many units of each line go into a shipment of their own."""

    def prepare(self) -> None:
        for line in self.subject.lines.all():
            label = f"{line.order_line.sku} ({line.quantity} in this shipment)"
            self.fields[_field_of(line)] = forms.IntegerField(
                label=label, min_value=0, max_value=line.quantity, initial=0, required=False
            )

    def units(self) -> dict[uuid.UUID, int]:
        taken = {line.order_line_id: self.cleaned_data.get(_field_of(line)) or 0 for line in self.subject.lines.all()}
        return {line: quantity for line, quantity in taken.items() if quantity}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        cleaned["units"] = self.units()
        if not cleaned["units"]:
            raise forms.ValidationError("Say how many units go into the new shipment.")
        return cleaned


def _field_of(line: ShipmentLine) -> str:
    return f"line-{line.pk}"


# What the buttons do


def _calls(act: Callable[..., Shipment], told: str) -> Callable[[Submission], str]:
    """An action whose arguments are the form's fields."""

    def press(pressed: Submission) -> str:
        act(pressed.obj.pk, **pressed.data, actor=pressed.actor, expected_version=pressed.expected_version)
        return f"{pressed.obj} of order {pressed.obj.order}: {told}."

    return press


def _split(pressed: Submission) -> str:
    new = actions.split_shipment(
        pressed.obj.pk, pressed.data["units"], actor=pressed.actor, expected_version=pressed.expected_version
    )
    return f"{new} has its own page now."


TRANSITIONS = {
    "pack": Button("pack", "Pack", _calls(actions.pack_shipment, "packed"), look="primary"),
    "unpack": Button("unpack", "Unpack", _calls(actions.unpack_shipment, "unpacked")),
    "dispatch": Button(
        "dispatch", "Dispatch", _calls(actions.dispatch_shipment, "dispatched"), form=DispatchForm, look="primary",
        initial=lambda shipment: _writing(shipment), help="The carrier has it. The units leave the stock.",
    ),
    "mark_in_transit": Button("mark-in-transit", "Mark in transit", _calls(actions.mark_in_transit, "in transit")),
    "deliver": Button("deliver", "Deliver", _calls(actions.deliver_shipment, "delivered"), look="primary"),
    "mark_failed": Button("mark-failed", "Mark failed", _calls(actions.mark_failed, "failed"), form=ReasonForm,
                          look="danger", help="The carrier could not hand it over; it may try again or return it."),
    "return_to_sender": Button("return-to-sender", "Return to sender", _calls(actions.return_to_sender, "returned"),
                               form=ReturnForm, look="danger", help="It came back undelivered, or it is lost."),
    "cancel": Button("cancel", "Cancel", _calls(actions.cancel_shipment, "cancelled"), form=OptionalReasonForm,
                     look="danger", help="It will not leave; its units may go into another shipment."),
}  # fmt: skip


def _writing(shipment: Shipment) -> dict[str, Any]:
    return {name: getattr(shipment, name) for name in ("carrier", "tracking_number", "estimated_delivery", "notes")}


def _open(shipment: Shipment) -> Blocker | None:
    return Blocker(f"The shipment is {shipment.status}.", "Nothing to do.") if shipment.is_closed else None


def _splittable(shipment: Shipment) -> Blocker | None:
    if shipment.status != ShipmentStatus.PENDING:
        unblock = "Unpack it first." if shipment.status == ShipmentStatus.PACKED else "Nothing: it is too late."
        state = shipment.get_status_display().lower()
        return Blocker(f"The shipment is {state}; only a pending one can be split.", unblock)
    if sum(line.quantity for line in shipment.lines.all()) < 2:
        return Blocker("It has one unit only.", "Nothing to do.")
    return None


OTHERS = (
    Button("edit", "Edit", _calls(actions.update_shipment, "up to date"), form=WritingForm, initial=_writing,
           group="Shipment", blocked=_open),
    Button("split", "Split", _split, form=SplitForm, group="Shipment", blocked=_splittable,
           help="Part of the units go into a new shipment, so that the rest can leave now."),
)  # fmt: skip


def shipment_buttons(shipment: Shipment) -> list[Button]:
    """One per transition, those that are possible first, then the others."""
    moves = []
    for each in report(shipment):
        button = TRANSITIONS.get(each.name)
        if button is not None:
            moves.append(replace(button, group="Status", blocked=_always(from_report(each))))
    return [*sorted(moves, key=lambda button: button.blocked(shipment) is not None), *OTHERS]


def _always(blocker: Blocker | None) -> Callable[[Any], Blocker | None]:
    return lambda _shipment: blocker


@admin.register(Shipment)
class ShipmentAdmin(ConsoleAdmin):
    menu = Menu(SHIPPING, 45, "local_shipping")
    timeline = False
    list_display = ("name", "of", "state", "location", "carrier", "tracking_number", "estimated_delivery", "opened")
    list_select_related = ("order", "location")
    list_defer = ("notes",)
    list_filter = (
        ("status", ChoicesDropdownFilter),
        ("location", RelatedDropdownFilter),
        ("client", RelatedDropdownFilter),
        EnteredFilter,
    )
    linked_lookups = ("status__exact", "status__in")
    search_exact = ("tracking_number", "order__number", "order__id")
    search_help_text = "Tracking number or the order's number"

    @admin.display(description="Shipment")
    def name(self, shipment: Shipment) -> str:
        return f"{shipment.order}/{shipment.sequence}"

    @admin.display(description="Order")
    def of(self, shipment: Shipment) -> object:
        return link_to("orders.order", shipment.order_id, shipment.order)

    @admin.display(description="Status")
    def state(self, shipment: Shipment) -> SafeString:
        return status_badge(shipment)

    @admin.display(description="Opened")
    def opened(self, shipment: Shipment) -> object:
        return moment(shipment.created_at)

    def page_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().page_queryset(request).with_contents().prefetch_related("order__lines", "order__holds")  # type: ignore[attr-defined,no-any-return]

    def get_buttons(self, request: HttpRequest, obj: Shipment) -> Sequence[Button]:
        return shipment_buttons(obj)

    def headline(self, obj: Shipment) -> str:
        return f"Shipment {obj.sequence} of order {obj.order}"

    def badges(self, obj: Shipment) -> Sequence[object]:
        return [status_badge(obj)]

    def facts(self, obj: Shipment) -> Sequence[Fact]:
        facts = [
            Fact("Order", self.of(obj)),
            Fact("From", link_to("inventory.location", obj.location_id, obj.location)),
            Fact("Carrier", obj.carrier),
            Fact("Tracking number", obj.tracking_number),
            Fact("Estimated delivery", obj.estimated_delivery),
            Fact("Notes", obj.notes),
            Fact("Failed because", obj.failure_reason),
            Fact("Opened", moment(obj.created_at)),
            *(
                Fact(label, moment(at))
                for label, at in (
                    ("Packed", obj.packed_at), ("Dispatched", obj.dispatched_at), ("Delivered", obj.delivered_at),
                    ("Closed", obj.closed_at),
                ) if at is not None
            ),
        ]  # fmt: skip
        return [fact for fact in facts if fact.value]

    def panels(self, request: HttpRequest, obj: Shipment) -> Sequence[Panel]:
        rows = [(line.order_line.sku, line.order_line.name, line.quantity) for line in obj.lines.all()]
        to = [("Timeline of the order", page_of("orders.order", obj.order_id) + "#timeline")]
        return [Panel("Contents", ("SKU", "Name", "Units"), rows, numeric={2}, empty="It is empty.", to=to)]


@admin.register(ShipmentLine)
class ShipmentLineAdmin(ConsoleAdmin):
    menu = Menu(SHIPPING, 46, "package_2")
    list_display = ("sku", "name", "quantity", "of")
    list_select_related = ("order_line", "shipment__order")
    search_exact = ("shipment__order__number", "shipment__tracking_number")
    search_help_text = "The order's number or a tracking number"
    ordering = ("-id",)

    @admin.display(description="SKU")
    def sku(self, line: ShipmentLine) -> str:
        return line.order_line.sku

    @admin.display(description="Name")
    def name(self, line: ShipmentLine) -> str:
        return line.order_line.name

    @admin.display(description="Shipment")
    def of(self, line: ShipmentLine) -> object:
        shipment = line.shipment
        return link_to("shipping.shipment", shipment.pk, f"{shipment.order}/{shipment.sequence}")

    def page_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().page_queryset(request).select_related("order_line", "shipment__order")

    def headline(self, obj: ShipmentLine) -> str:
        return f"{obj.quantity} of {obj.order_line.sku}"

    def facts(self, obj: ShipmentLine) -> Sequence[Fact]:
        return [Fact("Shipment", self.of(obj)), Fact("Name", obj.order_line.name), Fact("Units", obj.quantity)]


def shipments_panel(request: HttpRequest, order: Any) -> Sequence[Panel]:
    """An order's shipments, on its page."""
    if not request.user.has_perm("shipping.view_shipment"):
        return ()
    rows = [
        (
            link_to("shipping.shipment", shipment.pk, shipment), status_badge(shipment), shipment.location.code,
            sum(line.quantity for line in shipment.lines.all()), shipment.carrier, shipment.tracking_number,
            shipment.estimated_delivery, moment(shipment.dispatched_at),
        )
        for shipment in shipments_of(order.pk)
    ]  # fmt: skip
    headers = ("Shipment", "Status", "From", "Units", "Carrier", "Tracking", "Estimated", "Dispatched")
    empty = "None yet: they are opened when the order is released."
    return [Panel("Shipments", headers, rows, numeric={3}, empty=empty, anchor="shipments")]


def _said(text: str) -> Callable[[dict[str, Any]], str]:
    return lambda data: f"Shipment {data['sequence']} {text}"


def _dispatched(data: dict[str, Any]) -> str:
    tracking = f", {data['tracking_number']}" if data["tracking_number"] else ""
    return f"Shipment {data['sequence']} dispatched with {data['company']}{tracking}"


def _reasoned(text: str) -> Callable[[dict[str, Any]], str]:
    def say(data: dict[str, Any]) -> str:
        return f"Shipment {data['sequence']} {text}" + (f": {data['reason']}" if data["reason"] else "")

    return say


register_panel("orders.order", shipments_panel)
register_words(
    {
        "shipment.opened": _said("opened"),
        "shipment.updated": _said("changed"),
        "shipment.packed": _said("packed"),
        "shipment.unpacked": _said("unpacked"),
        "shipment.split": _said("split"),
        "shipment.dispatched": _dispatched,
        "shipment.in_transit": _said("in transit"),
        "shipment.failed": _reasoned("could not be delivered"),
        "shipment.delivered": _said("delivered"),
        "shipment.returned": lambda data: _said("came back")(data) + (", restocked" if data["restocked"] else ""),
        "shipment.canceled": _reasoned("cancelled"),
    }
)
register_tile(
    Tile(
        "To pack", "Shipments that wait in the warehouse.", "shipping.shipment",
        lambda: Shipment.objects.filter(status=ShipmentStatus.PENDING), {"status__exact": "pending"}, position=30,
    )
)  # fmt: skip
register_tile(
    Tile(
        "To dispatch", "Packed shipments that wait for the carrier.", "shipping.shipment",
        lambda: Shipment.objects.filter(status=ShipmentStatus.PACKED), {"status__exact": "packed"}, position=31,
    )
)  # fmt: skip
register_tile(
    Tile(
        "Delivery failed", "The carrier may try again or return them.", "shipping.shipment",
        lambda: Shipment.objects.filter(status=ShipmentStatus.FAILED), {"status__exact": "failed"}, position=40,
    )
)  # fmt: skip
