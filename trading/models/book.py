from __future__ import annotations

import datetime as dt
from typing import ClassVar

import pgtrigger
from django.db import models
from django.db.models import Case, F, Func, Q, Value, When
from django.utils import timezone
from django_fsm import FSMField, FSMModelMixin

from core.models import Versioned
from core.models.text import IdentifierField, LineField
from core.operations import transition
from core.triggers import BY_HAND, kept, not_truncated
from trading.querysets import BookOrderQuerySet, PriceLevelQuerySet
from trading.statuses import BOOK_ORDER_MOVES, IN_THE_BOOK, OUT_OF_THE_BOOK, BookOrderStatus, Side
from trading.triggers import COUNT_CHANGED_ORDERS, COUNT_NEW_ORDERS, REFUSE_DIRECT_WRITE

MAX_AMOUNT = 1_000_000
MAX_PRICE = 1_000_000_000
"""Minor units. The total of a trade, at most MAX_AMOUNT × MAX_PRICE, stays within money's own limit."""


class Instrument(Versioned):
    """What a book is about. Its row is the book's lock: whoever changes what is in the book already holds it."""

    subject_type: ClassVar[str] = "instrument"

    symbol = IdentifierField(max_length=64, unique=True)
    currency = models.CharField(max_length=3)
    sku = IdentifierField("SKU", max_length=64, blank=True, default="", help_text="What a settled trade orders.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["symbol"]
        triggers = kept("instrument")

    def __str__(self) -> str:
        return self.symbol


class NextPlace(Func):
    """The end of the queue: a place in it is a number that only grows."""

    template = "nextval('trading_bookorder_queue')"
    arity = 0
    output_field = models.BigIntegerField()


class BookOrder(FSMModelMixin, Versioned):
    """An offer in the book. `amount` is what is left of it, `filled` what trades have taken.

    `filled` changes by inserting a Fill and in no other way. Orders of an import have no event of their coming, so
    their version begins at 0.
    """

    subject_type: ClassVar[str] = "book_order"

    client = models.ForeignKey("core.Client", on_delete=models.PROTECT, related_name="+", db_index=False)
    ref = IdentifierField("id", max_length=64, help_text="The client's own id for it.")
    ref_is_number = models.BooleanField(default=False, editable=False)
    instrument = models.ForeignKey(Instrument, on_delete=models.PROTECT, related_name="+", db_index=False)
    side = models.CharField(max_length=4, choices=Side)
    amount = models.BigIntegerField()
    price = models.BigIntegerField(help_text="In minor units of the symbol's currency.")
    source = LineField(max_length=64, blank=True, default="")
    status = FSMField(default=BookOrderStatus.OPEN, choices=BookOrderStatus.choices, protected=True, max_length=16)
    filled = models.BigIntegerField(default=0, editable=False)
    entered_amount = models.BigIntegerField(editable=False)
    entered_price = models.BigIntegerField(editable=False)
    queue = models.BigIntegerField(db_default=NextPlace(), editable=False)
    rank = models.GeneratedField(
        expression=Case(When(side=Value("Buy"), then=F("price")), default=-F("price")),
        output_field=models.BigIntegerField(),
        db_persist=True,
    )
    """What a walk sorts by: the best price first on either side."""
    book_import = models.ForeignKey(
        "trading.BookImport", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    closed_at = models.DateTimeField(null=True, editable=False, help_text="When it left the book.")

    objects = BookOrderQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["client", "ref"], name="book_order_id_once_per_client"),
            models.CheckConstraint(condition=Q(side__in=Side.values), name="book_order_side_known"),
            models.CheckConstraint(condition=Q(price__range=(1, MAX_PRICE)), name="book_order_price_in_range"),
            models.CheckConstraint(condition=Q(amount__range=(0, MAX_AMOUNT)), name="book_order_amount_in_range"),
            models.CheckConstraint(
                name="book_order_amounts_fit_its_status",
                condition=Q(status="open", amount__gt=0, filled=0)
                | Q(status="partially_filled", amount__gt=0, filled__gt=0)
                | Q(status="filled", amount=0, filled__gt=0)
                | Q(status="removed", amount__gt=0, filled__gte=0),
            ),
            models.CheckConstraint(
                name="book_order_closed_once_out_of_the_book",
                condition=Q(status__in=IN_THE_BOOK, closed_at=None)
                | Q(status__in=OUT_OF_THE_BOOK, closed_at__isnull=False),
            ),
        ]
        indexes = [
            # The walk: in order, and only what can be taken.
            models.Index(
                fields=["instrument", "side", "rank", "queue"],
                name="book_order_walk",
                condition=Q(status__in=["open", "partially_filled"]),
            ),
            models.Index(fields=["client", "instrument", "side", "-id"], name="book_order_of_client_and_book"),
            models.Index(fields=["client", "-id"], name="book_order_of_client"),
            models.Index(fields=["instrument", "-id"], name="book_order_of_instrument"),
            # For the console. Open orders, of which there are most, need none, and pay nothing for it when they come.
            models.Index(
                fields=["status", "-id"],
                name="book_order_no_longer_open",
                condition=Q(status__in=["partially_filled", "filled", "removed"]),
            ),
            models.Index(
                fields=["book_import", "-id"], name="book_order_of_import", condition=Q(book_import__isnull=False)
            ),
        ]
        triggers = [
            pgtrigger.FSM(name="book_order_status_moves", field="status", transitions=BOOK_ORDER_MOVES),
            pgtrigger.Protect(
                name="book_order_begins_open",
                operation=pgtrigger.Insert,
                condition=~pgtrigger.Q(new__status="open"),
            ),
            pgtrigger.Protect(
                name="book_order_out_of_the_book_is_final",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__status__in=["filled", "removed"]),
            ),
            pgtrigger.ReadOnly(
                name="book_order_identity",
                exclude=["version", "amount", "price", "rank", "queue", "filled", "status", "closed_at"],
            ),
            *kept("book_order"),
            pgtrigger.Trigger(
                name="book_order_filled_by_fills",
                operation=pgtrigger.UpdateOf("filled"),  # type: ignore[no-untyped-call]
                when=pgtrigger.Before,
                condition=pgtrigger.Condition(f"OLD.filled IS DISTINCT FROM NEW.filled AND {BY_HAND}"),
                func=REFUSE_DIRECT_WRITE,
            ),
            pgtrigger.Trigger(
                name="book_order_comes",
                operation=pgtrigger.Insert,
                when=pgtrigger.After,
                level=pgtrigger.Statement,
                referencing=pgtrigger.Referencing(new="came"),  # type: ignore[no-untyped-call]
                func=COUNT_NEW_ORDERS,
            ),
            pgtrigger.Trigger(
                name="book_order_changes",
                operation=pgtrigger.Update,
                when=pgtrigger.After,
                level=pgtrigger.Statement,
                referencing=pgtrigger.Referencing(old="was", new="becomes"),  # type: ignore[no-untyped-call]
                declare=[("delta", "record")],
                func=COUNT_CHANGED_ORDERS,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.side} {self.ref}"

    @property
    def public_id(self) -> int | str:
        """Its id as the client wrote it."""
        return int(self.ref) if self.ref_is_number else self.ref

    def as_entered(self) -> BookOrder:
        """The order as it stood when it came. Not to be saved."""
        return BookOrder(
            id=self.id,
            version=0 if self.book_import_id else 1,
            client_id=self.client_id,
            ref=self.ref,
            ref_is_number=self.ref_is_number,
            instrument=self.instrument,
            side=self.side,
            amount=self.entered_amount,
            price=self.entered_price,
            source=self.source,
            entered_amount=self.entered_amount,
            entered_price=self.entered_price,
            book_import_id=self.book_import_id,
            created_at=self.created_at,
        )

    def take(self, amount: int, *, at: dt.datetime) -> None:
        """A trade takes this much of it. Raises ValueError for more than is left, OperationRefused."""
        if not 0 < amount <= self.amount:
            raise ValueError(f"{amount} of {self.amount} can't be taken")
        if amount == self.amount:
            self.fill(at=at)
        else:
            self.fill_partly(amount)

    @transition(status, source=IN_THE_BOOK, target=BookOrderStatus.PARTIALLY_FILLED, label="Fill in part")
    def fill_partly(self, amount: int) -> None:
        """A trade takes some of what is left."""
        self.amount -= amount
        self.filled += amount

    @transition(status, source=IN_THE_BOOK, target=BookOrderStatus.FILLED, label="Fill")
    def fill(self, *, at: dt.datetime) -> None:
        """A trade takes all that is left."""
        self.filled += self.amount
        self.amount = 0
        self.closed_at = at

    @transition(status, source=IN_THE_BOOK, target=BookOrderStatus.REMOVED, label="Remove")
    def remove(self, *, at: dt.datetime) -> None:
        """Its client takes what is left out of the book."""
        self.closed_at = at


class PriceLevel(models.Model):
    """What the book has at one price: the running sum of its orders, kept by the database itself. None are empty."""

    id = models.BigAutoField(primary_key=True)
    instrument = models.ForeignKey(Instrument, on_delete=models.PROTECT, related_name="+", db_index=False)
    side = models.CharField(max_length=4, choices=Side)
    rank = models.BigIntegerField(help_text="The price on side Buy, its negative on side Sell: the best comes first.")
    amount = models.BigIntegerField()
    orders = models.BigIntegerField()

    objects = PriceLevelQuerySet.as_manager()

    class Meta:
        ordering = ["instrument", "side", "rank"]
        constraints = [
            models.UniqueConstraint(fields=["instrument", "side", "rank"], name="level_once_per_price"),
            models.CheckConstraint(
                condition=Q(amount__gte=F("orders"), orders__gte=0), name="price_level_has_something_of_each_order"
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="level_moves_with_its_orders",
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
                when=pgtrigger.Before,
                condition=pgtrigger.Condition(BY_HAND),
                func=REFUSE_DIRECT_WRITE,
            ),
            not_truncated("price_level"),
        ]

    def __str__(self) -> str:
        return f"{self.amount} at {self.price}"

    @property
    def price(self) -> int:
        return abs(self.rank)


class SideTotal(models.Model):
    """Shares of what one side of a book has in all; the shares of one side add up to it, and one alone says nothing.

    In shares, so that orders that come at the same time don't wait for one row: each session adds to its own.
    """

    id = models.BigAutoField(primary_key=True)
    instrument = models.ForeignKey(Instrument, on_delete=models.PROTECT, related_name="+", db_index=False)
    side = models.CharField(max_length=4, choices=Side)
    shard = models.SmallIntegerField()
    amount = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["instrument", "side", "shard"], name="side_total_once_per_shard")
        ]
        triggers = [
            pgtrigger.Trigger(
                name="total_moves_with_its_orders",
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
                when=pgtrigger.Before,
                condition=pgtrigger.Condition(BY_HAND),
                func=REFUSE_DIRECT_WRITE,
            ),
            not_truncated("side_total"),
        ]

    def __str__(self) -> str:
        return f"{self.amount} of {self.side}"
