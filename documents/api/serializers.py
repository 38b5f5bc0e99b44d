"""Request bodies and responses of the routes of documents."""

from __future__ import annotations

from rest_framework import serializers

from core.api.serializers import (
    ActorSerializer,
    ChoiceField,
    CurrencyField,
    IdField,
    IntegerField,
    StrictSerializer,
    StringField,
    TimestampField,
)
from documents.statuses import DocumentKind


class NewDocumentSerializer(StrictSerializer):
    kind = ChoiceField(DocumentKind.choices)
    shipment_id = IdField(required=False, help_text="Of a slip, which needs it.")
    refund_id = IdField(
        required=False, help_text="Of a credit note: what this refund credited. Absent: what the cancellation did."
    )


class ListedDocumentSerializer(StrictSerializer):
    id = IdField()
    storefront_id = IdField()
    order_id = IdField()
    order_number = StringField()
    kind = ChoiceField(DocumentKind.choices)
    number = StringField(help_text="As it is printed; without gaps within a storefront, kind and year.")
    year = IntegerField(help_text="Of the storefront's time zone.")
    language = StringField(help_text="en, de, fr or es.")
    currency = CurrencyField()
    total = IntegerField(help_text="Minor units; negative of a credit note, 0 of a slip.")
    shipment_id = IdField(allow_null=True)
    refund_id = IdField(allow_null=True)
    invoice_id = IdField(allow_null=True, help_text="The invoice that a credit note corrects.")
    issued_at = TimestampField()
    actor = ActorSerializer()


class DocumentSerializer(ListedDocumentSerializer):
    content = serializers.DictField(
        help_text="All that it says, as it was when it was issued: parties, lines, taxes, sums. What there is depends "
        "on the kind."
    )
