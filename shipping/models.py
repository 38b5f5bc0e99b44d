from __future__ import annotations

import datetime as dt
from typing import ClassVar, Self

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django_fsm import FSMField, FSMModelMixin

from core.models import Versioned
from core.models.text import BlockField, IdentifierField, LineField, LinesField
from core.operations import transition
from core.triggers import kept, not_truncated
from shipping import checks
from shipping.statuses import NOT_DISPATCHED, SHIPMENT_MOVES, ShipmentStatus
from shipping.triggers import FIX_LINES_ONCE_PACKED, REFUSE_DISPATCH_OF_INACTIVE_ORDER


class ShipmentQuerySet(models.QuerySet["Shipment"]):
    def not_dispatched(self) -> Self:
        return self.filter(status__in=NOT_DISPATCHED)

    def with_contents(self) -> Self:
        """With everything that a document or a page shows, in two statements however many there are."""
        lines = models.Prefetch("lines", ShipmentLine.objects.select_related("order_line").order_by("id"))
        return self.select_related("location", "order").prefetch_related(lines)


class Shipment(FSMModelMixin, Versioned):
    """Goods of one order that leave one location together. Its events are part of its order's timeline.

    Every writer holds the order's lock, so whoever holds it may trust what it read of the order's shipments.
    """

    subject_type: ClassVar[str] = "shipment"

    order = models.ForeignKey("orders.Order", on_delete=models.PROTECT, related_name="+", db_index=False)
    sequence = models.PositiveSmallIntegerField(help_text="1 for the order's first shipment.")
    client = models.ForeignKey(
        "core.Client", on_delete=models.PROTECT, related_name="+", db_index=False, verbose_name="storefront"
    )
    location = models.ForeignKey("inventory.Location", on_delete=models.PROTECT, related_name="+", db_index=False)
    status = FSMField(default=ShipmentStatus.PENDING, choices=ShipmentStatus.choices, protected=True, max_length=12)
    carrier = LineField(max_length=100, blank=True, default="")
    tracking_number = IdentifierField(max_length=100, blank=True, default="")
    estimated_delivery = models.DateField(null=True, blank=True)
    sent_to = LinesField(default=dict, editable=False, help_text="The order's shipping address as it left.")
    notes = BlockField(max_length=2000, blank=True, default="")
    failure_reason = LineField(max_length=200, blank=True, default="")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    packed_at = models.DateTimeField(null=True, blank=True)
    dispatched_at = models.DateTimeField(null=True, blank=True)
    delivered_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True, help_text="When it was cancelled or returned.")

    objects = ShipmentQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["order", "sequence"], name="shipment_sequence_once_per_order"),
            models.CheckConstraint(
                condition=Q(status__in=["pending", "packed", "cancelled"])
                | (~Q(carrier="") & Q(dispatched_at__isnull=False)),
                name="shipment_on_its_way_has_a_carrier",
            ),
        ]
        indexes = [
            models.Index(fields=["client", "-id"], name="shipment_of_client"),
            models.Index(fields=["location", "-id"], name="shipment_of_location"),
            models.Index(fields=["status", "-id"], name="shipment_by_status"),
            models.Index(fields=["tracking_number"], name="shipment_by_tracking", condition=~Q(tracking_number="")),
        ]
        triggers = [
            pgtrigger.FSM(name="shipment_status_moves", field="status", transitions=SHIPMENT_MOVES),
            pgtrigger.Protect(
                name="shipment_begins_pending",
                operation=pgtrigger.Insert,
                condition=~pgtrigger.Q(new__status="pending"),
            ),
            pgtrigger.Trigger(
                name="shipment_dispatch_needs_active_order",
                operation=pgtrigger.UpdateOf("status"),  # type: ignore[no-untyped-call]
                when=pgtrigger.Before,
                condition=pgtrigger.Q(new__status="dispatched") & ~pgtrigger.Q(old__status="dispatched"),
                declare=[("order_status", "text")],
                func=REFUSE_DISPATCH_OF_INACTIVE_ORDER,
            ),
            *kept("shipment"),
        ]

    def __str__(self) -> str:
        return f"Shipment {self.sequence}"

    @property
    def address(self) -> dict[str, str]:
        """Where it was sent; until it is dispatched, where its order is to be sent."""
        address: dict[str, str] = self.sent_to or self.order.shipping_address
        return address

    @property
    def is_closed(self) -> bool:
        """Whether nothing more can happen to it."""
        return self.status in {ShipmentStatus.DELIVERED, ShipmentStatus.RETURNED, ShipmentStatus.CANCELLED}

    @property
    def has_left(self) -> bool:
        """Whether the carrier has it, or the recipient."""
        return self.status not in {*NOT_DISPATCHED, ShipmentStatus.RETURNED, ShipmentStatus.CANCELLED}

    @transition(
        status,
        source=ShipmentStatus.PENDING,
        target=ShipmentStatus.PACKED,
        label="Pack",
        marks="packed_at",
        checks=[checks.order_is_processing],
    )
    def pack(self, *, at: dt.datetime) -> None:
        """The goods are in the box."""
        self.packed_at = at

    @transition(status, source=ShipmentStatus.PACKED, target=ShipmentStatus.PENDING, label="Unpack")
    def unpack(self) -> None:
        """The goods are taken out again."""
        self.packed_at = None

    @transition(
        status,
        source=[ShipmentStatus.PENDING, ShipmentStatus.PACKED],
        target=ShipmentStatus.DISPATCHED,
        label="Dispatch",
        marks="dispatched_at",
        checks=[checks.order_allows_dispatch],
    )
    def dispatch(
        self, *, carrier: str, tracking_number: str, estimated_delivery: dt.date | None, at: dt.datetime
    ) -> None:
        """The carrier has it."""
        self.carrier = carrier
        self.tracking_number = tracking_number
        self.estimated_delivery = estimated_delivery
        self.sent_to = self.order.shipping_address
        self.dispatched_at = at

    @transition(
        status,
        source=[ShipmentStatus.DISPATCHED, ShipmentStatus.FAILED],
        target=ShipmentStatus.IN_TRANSIT,
        label="Mark in transit",
    )
    def mark_in_transit(self) -> None:
        """The carrier has scanned it on its way."""
        self.failure_reason = ""

    @transition(
        status,
        source=[ShipmentStatus.DISPATCHED, ShipmentStatus.IN_TRANSIT, ShipmentStatus.FAILED],
        target=ShipmentStatus.DELIVERED,
        label="Deliver",
        marks="delivered_at",
    )
    def deliver(self, *, at: dt.datetime) -> None:
        """The recipient has it."""
        self.delivered_at = at
        self.failure_reason = ""

    @transition(
        status,
        source=[ShipmentStatus.DISPATCHED, ShipmentStatus.IN_TRANSIT],
        target=ShipmentStatus.FAILED,
        label="Mark failed",
        advised=False,
    )
    def mark_failed(self, *, reason: str) -> None:
        """The carrier could not hand it over; it may try again or return it to the sender."""
        self.failure_reason = reason

    @transition(
        status,
        source=[ShipmentStatus.DISPATCHED, ShipmentStatus.IN_TRANSIT, ShipmentStatus.FAILED],
        target=ShipmentStatus.RETURNED,
        label="Return to sender",
        advised=False,
    )
    def return_to_sender(self, *, at: dt.datetime) -> None:
        """The carrier brought it back undelivered, or it is lost and written off."""
        self.closed_at = at

    @transition(
        status,
        source=[ShipmentStatus.PENDING, ShipmentStatus.PACKED],
        target=ShipmentStatus.CANCELLED,
        label="Cancel",
        advised=False,
    )
    def cancel(self, *, at: dt.datetime) -> None:
        """It will not leave; its goods may go into another shipment."""
        self.closed_at = at


class ShipmentLine(models.Model):
    """Units of one order line in one shipment."""

    id = models.BigAutoField(primary_key=True)
    shipment = models.ForeignKey(Shipment, on_delete=models.CASCADE, related_name="lines", db_index=False)
    order_line = models.ForeignKey("orders.OrderLine", on_delete=models.PROTECT, related_name="+")
    quantity = models.PositiveIntegerField()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["shipment", "order_line"], name="shipment_line_once"),
            models.CheckConstraint(condition=Q(quantity__gte=1), name="shipment_line_not_empty"),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="shipment_line_fixed_once_packed",
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
                when=pgtrigger.Before,
                declare=[("state", "text")],
                func=FIX_LINES_ONCE_PACKED,
            ),
            not_truncated("shipment_line"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} units"
