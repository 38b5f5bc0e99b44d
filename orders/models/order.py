from __future__ import annotations

import datetime as dt
from typing import ClassVar

import pgtrigger
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Func, Q
from django.db.models.functions import Lower
from django.utils import timezone
from django_fsm import FSMField, FSMModelMixin

from core.models import Versioned
from core.models.text import BlocksField, EmailField, IdentifierField, IdentifiersField, LineField, LinesField
from core.operations import transition
from core.triggers import kept
from orders import checks
from orders.querysets import OrderQuerySet, let_go
from orders.statuses import (
    MOST_KEPT,
    NEEDED_OF_AN_ADDRESS,
    OPEN,
    ORDER_MONEY,
    ORDER_MOVES,
    FulfilmentStatus,
    Handover,
    OrderStatus,
    PaymentStatus,
    PaymentTerms,
    ReturnStatus,
)
from orders.triggers import (
    ADJUSTED_ORDER,
    COUNT_WHAT_IS_OWED,
    ORDER_ADDS_UP,
    OWED_CHANGES,
    OWED_COLUMNS,
    PRICES,
    REFUSE_DIRECT_WRITE,
    REFUSE_PARCEL_WITHOUT_ADDRESS,
    adds_up,
    changed_by_hand,
    comes_without_address,
    given,
)


class NextOrderNumber(Func):
    """The next human order number, from a sequence of its own."""

    template = "nextval('orders_order_number')"
    allowed_default = True
    arity = 0
    output_field = models.BigIntegerField()


class Order(FSMModelMixin, Versioned):
    """What one storefront's customer bought. Amounts are minor units of `currency`; addresses are snapshots.

    `total` is what its lines, its delivery and its rounding come to; the columns before it are their sums.
    What is charged, captured, refunded, credited and written off moves only by ledger entries.
    """

    subject_type: ClassVar[str] = "order"

    number = models.BigIntegerField(unique=True, db_default=NextOrderNumber(), editable=False)
    number_prefix = models.CharField(
        max_length=10, default="", editable=False, help_text="Its storefront's, as the order was made."
    )
    client = models.ForeignKey(
        "core.Client", on_delete=models.PROTECT, related_name="+", db_index=False, verbose_name="storefront"
    )
    customer = models.ForeignKey(
        "customers.Customer", on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    email = EmailField(blank=True, default="")
    external_ref = IdentifierField(max_length=100, null=True, blank=True)
    currency = models.CharField(max_length=3)

    status = FSMField(default=OrderStatus.DRAFT, choices=OrderStatus.choices, protected=True, max_length=12)
    payment_status = models.CharField(
        max_length=16, choices=PaymentStatus, default=PaymentStatus.UNPAID, editable=False
    )
    fulfilment_status = models.CharField(
        max_length=16, choices=FulfilmentStatus, default=FulfilmentStatus.UNFULFILLED, editable=False
    )
    return_status = models.CharField(max_length=16, choices=ReturnStatus, default=ReturnStatus.NONE, editable=False)
    payment_terms = models.CharField(max_length=12, choices=PaymentTerms, default=PaymentTerms.PREPAID)

    subtotal = models.BigIntegerField(default=0)
    discount = models.BigIntegerField(default=0)
    surcharge = models.BigIntegerField(default=0)
    tax = models.BigIntegerField(default=0)
    tax_included = models.BigIntegerField(default=0)
    shipping = models.BigIntegerField(default=0)
    rounding = models.BigIntegerField(default=0)
    total = models.BigIntegerField(default=0)

    charged = models.BigIntegerField(default=0, editable=False)
    captured = models.BigIntegerField(default=0, editable=False)
    refunded = models.BigIntegerField(default=0, editable=False)
    credited = models.BigIntegerField(default=0, editable=False)
    written_off = models.BigIntegerField(default=0, editable=False)
    authorised = models.BigIntegerField(default=0, editable=False, help_text="Set aside by cards and not captured yet.")

    shipping_address = LinesField(default=dict, blank=True)
    billing_address = LinesField(default=dict, blank=True)
    handover = models.CharField(max_length=12, choices=Handover, default=Handover.PARCEL)
    shipping_method = LineField(max_length=100, blank=True, default="")
    metadata = BlocksField(default=dict, blank=True)
    tags = IdentifiersField(models.CharField(max_length=50), default=list, blank=True)

    cancel_reason = LineField(max_length=200, blank=True, default="")
    reserved_until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(default=timezone.now, editable=False)
    placed_at = models.DateTimeField(null=True, blank=True)
    released_at = models.DateTimeField(null=True, blank=True)
    shipped_at = models.DateTimeField(null=True, blank=True)
    delivered_at = models.DateTimeField(null=True, blank=True)
    completed_at = models.DateTimeField(null=True, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    deleted_at = models.DateTimeField(null=True, blank=True)

    objects = OrderQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["client", "external_ref"], name="order_ref_once_per_client"),
            models.CheckConstraint(
                condition=Q(subtotal__gte=0, discount__gte=0, surcharge__gte=0, shipping__gte=0, total__gte=0)
                & Q(tax_included__gte=0, tax_included__lte=F("tax")),
                name="order_amounts_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(
                    total=F("subtotal")
                    - F("discount")
                    + F("surcharge")
                    + F("tax")
                    - F("tax_included")
                    + F("shipping")
                    + F("rounding")
                ),
                name="order_total_adds_up",
            ),
            models.CheckConstraint(
                condition=Q(
                    charged__gte=0,
                    captured__gte=0,
                    refunded__gte=0,
                    credited__gte=0,
                    written_off__gte=0,
                    refunded__lte=F("captured"),
                ),
                name="order_refunded_within_captured",
            ),
            models.CheckConstraint(
                condition=Q(charged__gte=F("credited") + F("written_off")), name="order_credited_within_charged"
            ),
            models.CheckConstraint(condition=Q(authorised__gte=0), name="order_authorised_not_negative"),
            models.CheckConstraint(
                condition=Q(captured__lte=F("refunded") + F("total") * MOST_KEPT), name="order_kept_within_bounds"
            ),
            models.CheckConstraint(condition=Q(currency__regex=r"^[A-Z]{3}$"), name="order_currency_code"),
            models.CheckConstraint(condition=Q(handover__in=Handover.values), name="order_handover_known"),
            models.CheckConstraint(
                condition=~Q(number_prefix__regex=r"[0-9]$"), name="order_prefix_ends_before_digits"
            ),
        ]
        indexes = [
            models.Index(fields=["client", "-id"], name="order_of_client"),
            models.Index(fields=["client", "status", "-id"], name="order_of_client_by_status"),
            models.Index(fields=["status", "-id"], name="order_by_status"),
            models.Index(fields=["payment_status", "-id"], name="order_by_payment_status"),
            models.Index(fields=["fulfilment_status", "-id"], name="order_by_fulfilment_status"),
            models.Index(fields=["customer", "-id"], name="order_of_customer", condition=Q(customer__isnull=False)),
            models.Index(Lower("email"), F("id").desc(), name="order_by_email"),
            models.Index(fields=["external_ref"], name="order_by_ref", condition=Q(external_ref__isnull=False)),
            models.Index(
                fields=["reserved_until"], name="order_reserved_draft", condition=Q(reserved_until__isnull=False)
            ),
            models.Index(fields=["delivered_at"], name="order_to_complete", condition=Q(status="delivered")),
            GinIndex(fields=["tags"], name="order_by_tag", condition=~Q(tags=[])),
        ]
        triggers = [
            pgtrigger.FSM(name="order_status_moves", field="status", transitions=ORDER_MOVES),
            pgtrigger.Protect(
                name="order_begins_draft_or_placed",
                operation=pgtrigger.Insert,
                condition=~pgtrigger.Q(new__status__in=["draft", "placed"]),
            ),
            pgtrigger.Trigger(
                name="order_begins_without_money",
                operation=pgtrigger.Insert,
                when=pgtrigger.Before,
                condition=pgtrigger.Condition(given(ORDER_MONEY)),
                func=REFUSE_DIRECT_WRITE,
            ),
            pgtrigger.Trigger(
                name="order_parcel_has_address",
                operation=pgtrigger.UpdateOf("status", "shipping_address", "handover"),  # type: ignore[no-untyped-call]
                when=pgtrigger.Before,
                condition=pgtrigger.Condition(comes_without_address(NEEDED_OF_AN_ADDRESS)),
                func=REFUSE_PARCEL_WITHOUT_ADDRESS,
            ),
            pgtrigger.Trigger(
                name="order_money_moves_by_entry",
                operation=pgtrigger.UpdateOf(*ORDER_MONEY),  # type: ignore[no-untyped-call]
                when=pgtrigger.Before,
                condition=pgtrigger.Condition(changed_by_hand(ORDER_MONEY)),
                func=REFUSE_DIRECT_WRITE,
            ),
            pgtrigger.ReadOnly(
                name="order_identity",
                fields=[
                    "id",
                    "number",
                    "number_prefix",
                    "client",
                    "customer",
                    "external_ref",
                    "currency",
                    "created_at",
                ],
            ),
            pgtrigger.Trigger(
                name="order_counts_what_is_owed",
                operation=pgtrigger.UpdateOf(*OWED_COLUMNS),  # type: ignore[no-untyped-call]
                when=pgtrigger.After,
                timing=pgtrigger.Deferred,
                condition=pgtrigger.Condition(OWED_CHANGES),
                declare=[("beyond", "boolean")],
                func=COUNT_WHAT_IS_OWED,
            ),
            *adds_up("order_prices_add_up", PRICES, ADJUSTED_ORDER, ORDER_ADDS_UP),
            *kept("order"),
        ]

    def __str__(self) -> str:
        return f"#{self.display_number}"

    @property
    def display_number(self) -> str:
        """What customers are told and people see: "HF-100001", or the bare number without a prefix."""
        return f"{self.number_prefix}{self.number}"

    @property
    def due(self) -> int:
        """What is still to be paid, in minor units; negative when money is to be given back."""
        return self.charged - self.credited - self.written_off - self.captured + self.refunded

    @property
    def is_letting_go(self) -> bool:
        """Whether some of what cards have set aside is being let go, or ran out. One statement."""
        return self.payments.filter(let_go(timezone.now()), status="authorised").exists()

    @property
    def is_being_captured(self) -> bool:
        """Whether a gateway was asked for some of what cards have set aside. One statement, none if that is nothing."""
        asked = Q(attempts__kind="capture", attempts__settled_at=None)
        return self.authorised > 0 and self.payments.filter(asked).exists()

    @property
    def is_open(self) -> bool:
        """Whether something of it may still leave."""
        return self.status in OPEN

    @property
    def is_wanted(self) -> bool:
        """Whether there is anything to be paid for: it is neither cancelled nor deleted."""
        return self.status != OrderStatus.CANCELLED and self.deleted_at is None

    @property
    def is_deleted(self) -> bool:
        return self.deleted_at is not None

    @transition(
        status,
        source=OrderStatus.DRAFT,
        target=OrderStatus.PLACED,
        label="Place",
        marks="placed_at",
        checks=[checks.not_deleted, checks.has_lines, checks.on_sale],
    )
    def place(self, *, at: dt.datetime) -> None:
        """The customer has committed to buy; reservations no longer expire."""
        self.placed_at = at
        self.reserved_until = None

    @transition(
        status,
        source=OrderStatus.PLACED,
        target=OrderStatus.PROCESSING,
        label="Release",
        marks="released_at",
        checks=[
            checks.not_deleted,
            checks.not_on_hold,
            checks.paid_or_on_account,
            checks.has_address,
            checks.fully_reserved,
        ],
    )
    def release(self, *, at: dt.datetime) -> None:
        """The warehouse may start."""
        self.released_at = at

    @transition(
        status,
        source=OrderStatus.PLACED,
        target=OrderStatus.PROCESSING,
        label="Release what is there",
        marks="released_at",
        checks=[
            checks.not_deleted,
            checks.not_on_hold,
            checks.paid_or_on_account,
            checks.has_address,
            checks.reserved_in_part,
        ],
    )
    def release_part(self, *, at: dt.datetime) -> None:
        """The warehouse may start with what is there; the rest follows."""
        self.released_at = at

    @transition(
        status,
        source=OrderStatus.PROCESSING,
        target=OrderStatus.SHIPPED,
        label="Ship",
        marks="shipped_at",
        checks=[checks.everything_shipped],
    )
    def ship(self, *, at: dt.datetime) -> None:
        """The last unit has left the building."""
        self.shipped_at = at

    @transition(
        status,
        source=OrderStatus.SHIPPED,
        target=OrderStatus.DELIVERED,
        label="Deliver",
        marks="delivered_at",
        checks=[checks.everything_arrived],
    )
    def deliver(self, *, at: dt.datetime) -> None:
        """The last parcel has arrived."""
        self.delivered_at = at

    @transition(
        status,
        source=[OrderStatus.DELIVERED, OrderStatus.SHIPPED],
        target=OrderStatus.COMPLETED,
        label="Complete",
        marks="completed_at",
        checks=[checks.nothing_under_way],
    )
    def complete(self, *, at: dt.datetime) -> None:
        """Nothing more is expected to happen."""
        self.completed_at = at

    @transition(
        status,
        source=[OrderStatus.DRAFT, OrderStatus.PLACED, OrderStatus.PROCESSING],
        target=OrderStatus.CANCELLED,
        label="Cancel",
        marks="cancelled_at",
        advised=False,
        checks=[checks.not_deleted, checks.nothing_has_left],
    )
    def cancel(self, *, reason: str, at: dt.datetime) -> None:
        """The order will not be fulfilled."""
        self.cancel_reason = reason
        self.cancelled_at = at
        self.reserved_until = None

    @transition(
        status,
        source=OrderStatus.CANCELLED,
        target=OrderStatus.PLACED,
        label="Reopen",
        checks=[checks.not_deleted, checks.has_lines, checks.on_sale],
    )
    def reopen(self, *, at: dt.datetime) -> None:
        """The order is wanted after all; its stock is reserved anew by the action."""
        self.cancel_reason = ""
        self.cancelled_at = None
        self.released_at = None
        self.placed_at = self.placed_at or at
