"""What the buttons of documents need to be told."""

from __future__ import annotations

import re
from typing import Any

from django import forms

import orders.queries
from core.console import ActionForm
from documents.statuses import SLIPS, DocumentKind
from shipping.queries import shipments_of

_is_shipment = re.compile(r"(.+)/([0-9]{1,5})").fullmatch


class _OfAnOrder(ActionForm):
    """Its order is typed as people call it."""

    def order_called(self, text: str) -> Any:
        """The order's id. Raises ValidationError."""
        found = orders.queries.order_ids_called(text)
        if len(found) != 1:
            raise forms.ValidationError("There is no such order.")
        return found[0]


class IssueForm(_OfAnOrder):
    order = forms.CharField(max_length=40, help_text="The order's number.")
    kind = forms.ChoiceField(
        choices=[(DocumentKind.INVOICE, "Invoice"), (DocumentKind.CREDIT_NOTE, "Credit notes that are due")]
    )

    def clean_order(self) -> Any:
        return self.order_called(self.cleaned_data["order"])


class SlipForm(_OfAnOrder):
    shipment = forms.CharField(max_length=40, help_text="As shipments are called: the order's number, / and which.")
    kind = forms.ChoiceField(choices=[(kind.value, kind.label) for kind in SLIPS])

    def clean_shipment(self) -> Any:
        """The shipment, with its order's id."""
        called = _is_shipment(self.cleaned_data["shipment"].strip())
        if called is None:
            raise forms.ValidationError("A shipment is called as 100001/1 is.")
        found = [each for each in shipments_of(self.order_called(called[1])) if each.sequence == int(called[2])]
        if not found:
            raise forms.ValidationError("The order has no such shipment.")
        return found[0]
