"""Request bodies and responses of gift cards and store credit."""

from __future__ import annotations

from typing import Any

from core.api.serializers import (
    ActorSerializer,
    AmountField,
    ChoiceField,
    CurrencyField,
    DateField,
    IdentifierField,
    IdField,
    IntegerField,
    StrictSerializer,
    StringField,
    TimestampField,
)
from stored_value.codes import LONGEST
from stored_value.models import StoredValue, StoredValueEntry
from stored_value.statuses import EntryKind, StoredValueKind, StoredValueStatus


class NewStoreCreditSerializer(StrictSerializer):
    currency = CurrencyField()
    amount = AmountField(min_value=1)
    note = StringField(max_length=200, required=False, allow_blank=True)


class NewGiftCardSerializer(NewStoreCreditSerializer):
    expires_on = DateField(
        required=False, allow_null=True, help_text="The last day on which it can be spent. Absent: it doesn't expire."
    )


class CheckGiftCardSerializer(StrictSerializer):
    code = IdentifierField(max_length=LONGEST, help_text="Letter case, dashes and spaces don't matter.")


class AdjustStoredValueSerializer(StrictSerializer):
    amount = AmountField(help_text="What is added; negative to take away.")
    note = StringField(max_length=200, help_text="Why.")


class DisableStoredValueSerializer(StrictSerializer):
    reason = StringField(max_length=200)


class StoredValueSerializer(StrictSerializer):
    id = IdField()
    kind = ChoiceField(StoredValueKind.choices)
    status = ChoiceField(StoredValueStatus.choices, help_text="Only what is active can be spent.")
    currency = CurrencyField()
    balance = AmountField()
    last4 = StringField(allow_blank=True, help_text="Of a gift card's code; empty for store credit.")
    customer_id = IdField(allow_null=True, help_text="Whose store credit it is; null for a gift card.")
    expires_on = DateField(allow_null=True, help_text="The last day on which it can be spent.")
    disabled_at = TimestampField(allow_null=True)
    disabled_reason = StringField(allow_blank=True)
    version = IntegerField(help_text="What the ETag names.")
    created_at = TimestampField()


class IssuedGiftCardSerializer(StoredValueSerializer):
    code = StringField(
        allow_null=True, help_text="Shown in this one answer and kept nowhere; null when the answer is a repeat."
    )


class CheckedGiftCardSerializer(StrictSerializer):
    """What somebody who has the code may know."""

    last4 = StringField()
    status = ChoiceField(StoredValueStatus.choices)
    currency = CurrencyField()
    balance = AmountField()
    expires_on = DateField(allow_null=True)


class StoredValueEntrySerializer(StrictSerializer):
    id = IdField()
    kind = ChoiceField(EntryKind.choices)
    amount = AmountField(help_text="Negative for what was taken away.")
    order_id = IdField(allow_null=True)
    payment_id = IdField(allow_null=True)
    note = StringField(allow_blank=True)
    reference = StringField(allow_blank=True, help_text="What another system called it, such as a credit invoice.")
    actor = ActorSerializer()
    created_at = TimestampField()


_STORED_VALUE = (
    "id", "kind", "status", "currency", "balance", "last4", "customer_id", "expires_on", "disabled_at",
    "disabled_reason", "version", "created_at",
)  # fmt: skip
_ENTRY = ("id", "kind", "amount", "order_id", "payment_id", "note", "reference", "created_at")


def show_stored_value(stored: StoredValue) -> dict[str, Any]:
    return {name: getattr(stored, name) for name in _STORED_VALUE}


def show_checked(card: StoredValue) -> dict[str, Any]:
    return {name: getattr(card, name) for name in ("last4", "status", "currency", "balance", "expires_on")}


def show_entry(entry: StoredValueEntry) -> dict[str, Any]:
    actor = entry.actor
    shown = {name: getattr(entry, name) for name in _ENTRY}
    return {**shown, "actor": {"kind": actor.kind, "id": actor.id, "name": actor.name}}
