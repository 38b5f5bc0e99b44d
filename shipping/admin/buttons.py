"""The buttons of a shipment, one for each of its operations."""

from __future__ import annotations

from typing import Any

from core.console import Submission, button_of, buttons_of
from shipping import actions
from shipping.admin import forms
from shipping.models import Shipment
from shipping.operations import (
    CANCEL,
    DELIVER,
    DISPATCH,
    EDIT,
    MARK_FAILED,
    MARK_IN_TRANSIT,
    PACK,
    RETURN_TO_SENDER,
    SPLIT,
    UNPACK,
)

GROUP = "Shipment"


def _split(pressed: Submission) -> str:
    new = actions.split_shipment(
        pressed.obj.pk, pressed.data["units"], actor=pressed.actor, expected_version=pressed.expected_version
    )
    return f"{new} has its own page now."


def _writing(shipment: Shipment) -> dict[str, Any]:
    return {name: getattr(shipment, name) for name in ("carrier", "tracking_number", "estimated_delivery", "notes")}


BUTTONS = buttons_of(
    Shipment,
    button_of(PACK, told="{} is packed.", look="primary"),
    button_of(UNPACK, told="{} is unpacked."),
    button_of(DISPATCH, told="{} is dispatched.", form=forms.DispatchForm, look="primary", initial=_writing,
              help="The carrier has it. The units leave the stock."),
    button_of(MARK_IN_TRANSIT, told="{} is in transit."),
    button_of(DELIVER, told="{} is delivered.", look="primary"),
    button_of(MARK_FAILED, told="{} is marked failed.", form=forms.ReasonForm, look="danger",
              help="The carrier could not hand it over; it may try again or return it."),
    button_of(RETURN_TO_SENDER, told="{} is returned.", form=forms.ReturnForm, look="danger",
              help="It came back undelivered, or it is lost."),
    button_of(CANCEL, told="{} is cancelled.", form=forms.OptionalReasonForm, look="danger",
              help="It will not leave; its units may go into another shipment."),
    button_of(EDIT, told="{} is up to date.", form=forms.WritingForm, initial=_writing, group=GROUP),
    button_of(SPLIT, _split, form=forms.SplitForm, group=GROUP,
              help="Part of the units go into a new shipment, so that the rest can leave now."),
)  # fmt: skip
