"""Request bodies and responses of an order's instalments."""

from __future__ import annotations

from core.api.serializers import (
    AmountField,
    BooleanField,
    CurrencyField,
    DateField,
    IntegerField,
    StrictSerializer,
)
from orders.instalments.models import MOST_INSTALMENTS


class NewInstalmentSerializer(StrictSerializer):
    due_on = DateField(help_text="Later than that of the instalment before it.")
    amount = AmountField(min_value=1)


class NewInstalmentsSerializer(StrictSerializer):
    instalments = NewInstalmentSerializer(  # type: ignore[call-arg]
        many=True, min_length=1, max_length=MOST_INSTALMENTS,
        help_text="The earliest first; together they come to what is due.",
    )  # fmt: skip


class InstalmentSerializer(StrictSerializer):
    position = IntegerField(help_text="1 for the earliest.")
    due_on = DateField()
    amount = AmountField()
    outstanding = AmountField(
        help_text="What is left to pay of it: what was paid, credited or written off counts for the earliest first."
    )
    is_overdue = BooleanField(help_text="Its day is over, and something is outstanding.")
    currency = CurrencyField()


class InstalmentsSerializer(StrictSerializer):
    instalments = InstalmentSerializer(many=True)
