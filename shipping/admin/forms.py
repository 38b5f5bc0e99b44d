"""What the actions on a shipment need to be told."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms

from core.console import ActionForm
from core.console.forms import DateField
from shipping.models import ShipmentLine


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
