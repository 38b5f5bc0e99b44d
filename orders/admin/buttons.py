"""The buttons of an order, one for each of its operations, and the one that makes an order."""

from __future__ import annotations

import uuid
from typing import Any

from core.console import Button, Submission, button_of, buttons_of
from core.limits import require
from core.money import format_money
from customers.queries import customer_id_of
from orders import actions
from orders import authorities as may
from orders.admin import forms
from orders.models import Order
from orders.operations import (
    ADD_NOTE,
    CANCEL,
    COMPLETE,
    DELETE,
    EDIT_BILLING_ADDRESS,
    EDIT_CONTACT,
    EDIT_TAGS,
    LIFT_HOLD,
    PLACE,
    PLACE_HOLD,
    RELEASE,
    REOPEN,
)
from orders.payments.admin.buttons import MONEY_BUTTONS
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
        shipping_method=data["shipping_method"],
        payment_terms=data["payment_terms"],
        shipping_address=data["address"],
    )


def _billing(pressed: Submission) -> str:
    return _update(pressed, billing_address=pressed.data["address"])


def _tags(pressed: Submission) -> str:
    return _update(pressed, tags=pressed.data["tags"])


BUTTONS = buttons_of(
    Order,
    *MONEY_BUTTONS,
    button_of(PLACE, told="Order {} is placed.", look="primary"),
    button_of(RELEASE, told="Order {} is released; the warehouse can start.", look="primary"),
    button_of(COMPLETE, told="Order {} is completed."),
    button_of(CANCEL, told="Order {} is cancelled; its stock is free again.", form=forms.CancelForm, look="danger",
              help="The stock is released and what was charged is credited."),
    button_of(REOPEN, told="Order {} is placed again and its stock reserved."),
    button_of(PLACE_HOLD, told="Order {} is on hold.", form=forms.HoldForm, group=HOLDS,
              help="Release and dispatch are refused until it is lifted or expires."),
    button_of(LIFT_HOLD, _lift, form=forms.LiftForm, group=HOLDS),
    button_of(ADD_NOTE, told="The note is added to order {}.", form=forms.NoteForm, group=ORDER),
    button_of(EDIT_TAGS, _tags, form=forms.TagsForm, group=ORDER,
              initial=lambda order: {"tags": ", ".join(order.tags)}),
    button_of(EDIT_CONTACT, _contact, form=forms.ContactForm, group=ORDER,
              initial=lambda order: {"email": order.email, "shipping_method": order.shipping_method,
                                     "payment_terms": order.payment_terms, **order.shipping_address}),
    button_of(EDIT_BILLING_ADDRESS, _billing, form=forms.BillingForm, group=ORDER,
              initial=lambda order: order.billing_address),
    button_of(DELETE, told="Order {} is deleted. It can still be found with the filter for deleted orders.",
              confirm=True, look="danger", group=ORDER,
              help="It disappears from lists and from the API for ever. An open order is cancelled."),
)  # fmt: skip


# On the list


def place_new(pressed: Submission) -> str:
    """A guest unless the storefront knows the e-mail."""
    data = pressed.data
    _require_terms(pressed)
    customer_id = customer_id_of(data["client"].pk, data["email"]) if data["email"] else None
    order = actions.place_order(
        actions.NewOrder(
            currency=data["currency"],
            lines=[actions.NewLine(row["sku"], row["quantity"]) for row in data["rows"]],
            customer_id=customer_id,
            email=data["email"],
            external_ref=data["external_ref"] or None,
            shipping=data["shipping"],
            payment_terms=data["payment_terms"],
        ),
        client_id=data["client"].pk,
        actor=pressed.actor,
    )
    order.refresh_from_db(fields=["number"])
    return f"Order {order} is placed: {format_money(order.total, order.currency)}."


NEW_ORDER = Button(
    "add", "New order", place_new, may.PLACE, form=forms.NewOrderForm, look="primary", once=True,
    help="Prices are those of the catalogue. The stock is reserved at once; what a variant lets wait is backordered.",
)  # fmt: skip
