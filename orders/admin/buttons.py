"""The buttons of an order, one for each of its operations, and the one that makes an order."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from core.console import Button, Panel, Submission, button_of, buttons_of
from core.limits import require
from core.money import format_money
from customers.queries import customer_id_of
from orders import actions
from orders import authorities as may
from orders.admin import forms
from orders.instalments.admin import INSTALMENT_BUTTONS
from orders.models import Order
from orders.operations import (
    ADD_NOTE,
    CANCEL,
    CHANGE_PROMISE,
    COMPLETE,
    DELETE,
    EDIT_BILLING_ADDRESS,
    EDIT_CONTACT,
    EDIT_TAGS,
    LIFT_HOLD,
    PLACE,
    PLACE_HOLD,
    RELEASE,
    RELEASE_PART,
    RENEW_RESERVATION,
    REOPEN,
)
from orders.payments.admin.buttons import MONEY_BUTTONS
from orders.pricing.admin.preview import quote_panels
from orders.pricing.quotes import quote_order
from orders.refunds.admin.buttons import REFUND_BUTTONS
from orders.statuses import PaymentTerms

HOLDS, ORDER = "Holds", "Order"

# Holds


def _lift(pressed: Submission) -> str:
    actions.lift_hold(
        pressed.obj.pk,
        uuid.UUID(pressed.data["hold"]),
        actor=pressed.actor,
        expected_version=pressed.expected_version,
    )
    return "The hold is lifted."


# The order itself


def _update(pressed: Submission, **changes: Any) -> str:
    actions.update_order(pressed.obj.pk, actor=pressed.actor, expected_version=pressed.expected_version, **changes)
    return f"Order {pressed.obj} is up to date."


def _require_terms(pressed: Submission) -> None:
    """Raises AuthorityMissing when the person may not let an order go unpaid, and asks for it."""
    if pressed.data["payment_terms"] == PaymentTerms.ON_ACCOUNT:
        require(may.ON_ACCOUNT, pressed.actor)


def _contact(pressed: Submission) -> str:
    data = pressed.data
    if data["payment_terms"] != pressed.obj.payment_terms:
        _require_terms(pressed)
    return _update(
        pressed,
        email=data["email"],
        handover=data["handover"],
        shipping_method=data["shipping_method"],
        payment_terms=data["payment_terms"],
        shipping_address=data["address"],
    )


def _contact_of(order: Order) -> dict[str, Any]:
    return {
        "email": order.email,
        "handover": order.handover,
        "shipping_method": order.shipping_method,
        "payment_terms": order.payment_terms,
        **forms.address_fields(order.shipping_address),
    }


def _billing(pressed: Submission) -> str:
    return _update(pressed, billing_address=pressed.data["address"])


def _tags(pressed: Submission) -> str:
    return _update(pressed, tags=pressed.data["tags"])


BUTTONS = buttons_of(
    Order,
    *MONEY_BUTTONS,
    *REFUND_BUTTONS,
    *INSTALMENT_BUTTONS,
    button_of(PLACE, told="Order {} is placed.", look="primary"),
    button_of(RENEW_RESERVATION, told="Order {} keeps its stock for longer."),
    button_of(RELEASE, told="Order {} is released; the warehouse can start.", look="primary"),
    button_of(RELEASE_PART, told="Order {} is released with what is there; the rest follows.", look="primary",
              help="What waits for stock is added in parcels of its own as it arrives."),
    button_of(CHANGE_PROMISE, told="Order {} is promised for the new day.", form=forms.PromiseForm, group=ORDER),
    button_of(COMPLETE, told="Order {} is completed."),
    button_of(CANCEL, told="Order {} is cancelled; its stock is free again.", form=forms.CancelForm, look="danger",
              help="The stock is released and what was charged is credited."),
    button_of(REOPEN, told="Order {} is placed again and its stock reserved."),
    button_of(PLACE_HOLD, told="Order {} is on hold.", form=forms.HoldForm, group=HOLDS,
              help="Release and dispatch are refused until it is lifted or expires."),
    button_of(LIFT_HOLD, _lift, form=forms.LiftForm, group=HOLDS),
    button_of(ADD_NOTE, told="The note is added to order {}.", form=forms.NoteForm, group=ORDER,
              any_version=True),
    button_of(EDIT_TAGS, _tags, form=forms.TagsForm, group=ORDER,
              initial=lambda order: {"tags": order.tags}),
    button_of(EDIT_CONTACT, _contact, form=forms.ContactForm, group=ORDER,
              initial=_contact_of),
    button_of(EDIT_BILLING_ADDRESS, _billing, form=forms.BillingForm, group=ORDER,
              initial=lambda order: forms.address_fields(order.billing_address)),
    button_of(DELETE, told="Order {} is deleted. It can still be found with the filter for deleted orders.",
              confirm=True, look="danger", group=ORDER,
              help="It disappears from lists and from the API for ever. An open order is cancelled."),
)  # fmt: skip


# On the list


def _asked(data: Mapping[str, Any]) -> actions.NewOrder:
    """A guest's unless the storefront knows the e-mail."""
    customer_id = customer_id_of(data["client"].pk, data["email"]) if data["email"] else None
    return actions.NewOrder(
        currency=data["currency"],
        lines=[actions.NewLine(row["sku"], row["quantity"]) for row in data["rows"]],
        customer_id=customer_id,
        email=data["email"],
        external_ref=data["external_ref"] or None,
        shipping=data["shipping"],
        delivery_method=data["delivery_method"],
        codes=data["codes"],
        discounts=[actions.OwnDiscount(data["discount_reason"], data["discount"])] if data["discount"] else [],
        shipping_address=data["address"],
        payment_terms=data["payment_terms"],
    )


def preview_new(pressed: Submission) -> Sequence[Panel]:
    return quote_panels(quote_order(_asked(pressed.data), pressed.data["client"].pk))


def place_new(pressed: Submission) -> str:
    data = pressed.data
    _require_terms(pressed)
    if data["discount"]:
        require(may.DISCOUNT, pressed.actor)
    order = actions.place_order(_asked(data), client_id=data["client"].pk, actor=pressed.actor)
    order.refresh_from_db(fields=["number"])
    return f"Order {order} is placed: {format_money(order.total, order.currency)}."


NEW_ORDER = Button(
    "add", "New order", place_new, may.PLACE, form=forms.NewOrderForm, look="primary",
    preview=preview_new, preview_label="What would it cost?",
    help="Price lists, offers and taxes decide what it costs. The stock is reserved at once; what a variant lets wait "
    "is backordered.",
)  # fmt: skip
