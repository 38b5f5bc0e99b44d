"""Documents, and the numbers that they have."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils import timezone

from core.ids import new_id
from core.models import Caused
from core.models.text import BlocksField
from core.triggers import BY_HAND, kept, permanent
from documents.statuses import OF_MONEY, SLIPS, DocumentKind
from documents.triggers import AGREES, NUMBER, SERIES_BY_NUMBERING

_SLIPS, _OF_MONEY = [kind.value for kind in SLIPS], [kind.value for kind in OF_MONEY]


class DocumentSeries(models.Model):
    """The numbers of one storefront's documents of one kind and year, from 1 and without gaps.

    Inserting a document counts it, and nothing else does.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    client = models.ForeignKey(
        "core.Client", on_delete=models.PROTECT, related_name="+", db_index=False, verbose_name="storefront"
    )
    kind = models.CharField(max_length=12, choices=DocumentKind)
    year = models.PositiveSmallIntegerField()
    last_number = models.PositiveIntegerField()

    class Meta:
        verbose_name_plural = "document series"
        ordering = ["client", "-year", "kind"]
        constraints = [
            models.UniqueConstraint(fields=["client", "kind", "year"], name="document_series_once"),
            models.CheckConstraint(condition=Q(last_number__gte=1), name="document_series_from_one"),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="document_series_counts_documents",
                operation=pgtrigger.Insert | pgtrigger.Update,
                when=pgtrigger.Before,
                condition=pgtrigger.Condition(BY_HAND),
                func=SERIES_BY_NUMBERING,
            ),
            *kept("document_series"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.year}"


class Document(Caused):
    """What was printed of an order, for ever. `content` is all that it says, as documents.content writes it.

    Its number is the next of its storefront, kind and `year`, which is that of the storefront's time zone; `printed` is
    how it is written. `total` is in minor units: of an invoice what the order charges, of a credit note what was
    credited, negative, and 0 of a slip. A credit note corrects its `invoice` by the ledger entry `credit`.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    client = models.ForeignKey(
        "core.Client", on_delete=models.PROTECT, related_name="+", db_index=False, verbose_name="storefront"
    )
    order = models.ForeignKey("orders.Order", on_delete=models.PROTECT, related_name="documents")
    shipment = models.ForeignKey(
        "shipping.Shipment", on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    refund = models.ForeignKey(
        "orders.Refund", on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    credit = models.OneToOneField(
        "orders.LedgerEntry", on_delete=models.PROTECT, null=True, blank=True, related_name="credit_note"
    )
    invoice = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="credit_notes", db_index=False
    )
    kind = models.CharField(max_length=12, choices=DocumentKind)
    year = models.PositiveSmallIntegerField()
    number = models.PositiveIntegerField(db_default=0, editable=False)
    printed = models.CharField(max_length=40, db_default="", editable=False)
    language = models.CharField(max_length=2)
    currency = models.CharField(max_length=3)
    total = models.BigIntegerField()
    content = BlocksField()
    issued_at = models.DateTimeField(default=timezone.now)

    class Meta(Caused.Meta):
        ordering = ["-id"]
        constraints = [
            *Caused.Meta.constraints,
            models.UniqueConstraint(fields=["client", "kind", "year", "number"], name="document_number_once"),
            models.CheckConstraint(condition=Q(number__gte=1) & ~Q(printed=""), name="document_is_numbered"),
            models.CheckConstraint(condition=Q(kind__in=DocumentKind.values), name="document_kind_known"),
            models.CheckConstraint(condition=Q(year__range=(2000, 9999)), name="document_year_in_range"),
            models.CheckConstraint(condition=Q(currency__regex=r"^[A-Z]{3}$"), name="document_currency_code"),
            models.CheckConstraint(
                condition=Q(kind="invoice", total__gt=0, shipment=None, refund=None, credit=None, invoice=None)
                | Q(kind="credit_note", total__lt=0, shipment=None, credit__isnull=False, invoice__isnull=False)
                | Q(kind__in=_SLIPS, total=0, shipment__isnull=False, refund=None, credit=None, invoice=None),
                name="document_fits_its_kind",
            ),
        ]
        indexes = [
            models.Index(fields=["client", "-id"], name="document_of_client"),
            models.Index(fields=["kind", "-id"], name="document_by_kind"),
            models.Index(fields=["printed"], name="document_by_number"),
            models.Index(fields=["shipment", "-id"], name="document_of_shipment", condition=Q(shipment__isnull=False)),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="document_agrees_with_its_order",
                operation=pgtrigger.Insert,
                when=pgtrigger.Before,
                declare=[("of_order", "record"), ("documented", "numeric")],
                func=AGREES,
            ),
            pgtrigger.Trigger(
                name="document_takes_its_number",
                operation=pgtrigger.Insert,
                when=pgtrigger.Before,
                func=NUMBER,
            ),
            *permanent("document"),
        ]

    def __str__(self) -> str:
        return self.printed

    @property
    def is_of_money(self) -> bool:
        return self.kind in _OF_MONEY
