"""The buttons of an order: one per transition, and one per other action."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from core.console import Button, Submission
from core.console.buttons import from_report
from core.limits import require
from core.money import format_money
from core.transitions import Blocker, TransitionReport, report
from customers.queries import customer_id_of
from orders import actions
from orders import authorities as may
from orders.actions.edit import OPEN
from orders.actions.hold import HOLDABLE
from orders.admin import forms
from orders.models import Order
from orders.statuses import OrderStatus, PaymentTerms

STATUS, MONEY, HOLDS, ORDER = "Status", "Money", "Holds", "Order"

BY_SHIPMENTS = {
    "ship": "The last dispatch does it: dispatch the order's shipments.",
    "deliver": "The last delivery does it: deliver the order's shipments.",
}


# Transitions


def _place(pressed: Submission) -> str:
    actions.place_draft(pressed.obj.pk, actor=pressed.actor, expected_version=pressed.expected_version)
    return f"Order {pressed.obj} is placed."


def _release(pressed: Submission) -> str:
    actions.release_order(pressed.obj.pk, actor=pressed.actor, expected_version=pressed.expected_version)
    return f"Order {pressed.obj} is released; the warehouse can start."


def _complete(pressed: Submission) -> str:
    actions.complete_order(pressed.obj.pk, actor=pressed.actor, expected_version=pressed.expected_version)
    return f"Order {pressed.obj} is completed."


def _cancel(pressed: Submission) -> str:
    actions.cancel_order(
        pressed.obj.pk, reason=pressed.data["reason"], actor=pressed.actor, expected_version=pressed.expected_version
    )
    return f"Order {pressed.obj} is cancelled; its stock is free again."


def _reopen(pressed: Submission) -> str:
    actions.reopen_order(pressed.obj.pk, actor=pressed.actor, expected_version=pressed.expected_version)
    return f"Order {pressed.obj} is placed again."


TRANSITIONS = {
    button.name: button
    for button in (
        Button("place", "Place", _place, may.PLACE, look="primary"),
        Button("release", "Release", _release, may.RELEASE, look="primary"),
        Button("complete", "Complete", _complete, may.COMPLETE),
        Button("cancel", "Cancel", _cancel, may.CANCEL, form=forms.CancelForm, look="danger",
               help="The stock is released and what was charged is credited."),
        Button("reopen", "Reopen", _reopen, may.REOPEN),
    )
}  # fmt: skip


def transition_buttons(order: Order) -> list[Button]:
    """One per transition of the order, those that are possible first; the others carry their reason."""
    shown = [_transition_button(each) for each in report(order)]
    return sorted(shown, key=lambda button: button.blocked(order) is not None)


def _transition_button(transition: TransitionReport) -> Button:
    button = TRANSITIONS.get(transition.name) or Button(transition.name, transition.label, _by_itself, may.RELEASE)
    blocker = from_report(transition)
    by_itself = BY_SHIPMENTS.get(transition.name, "")
    if blocker is None and transition.name not in TRANSITIONS:
        blocker = Blocker("It is not done by hand.", by_itself)
    elif blocker is not None and by_itself:
        blocker = replace(blocker, unblock=by_itself)
    return replace(button, group=STATUS, blocked=_always(blocker))


def _always(blocker: Blocker | None) -> Callable[[Any], Blocker | None]:
    return lambda _order: blocker


def _by_itself(pressed: Submission) -> str:
    return f"Nothing was done: order {pressed.obj} makes this move by itself."


# Money


def _record_payment(pressed: Submission) -> str:
    payment = actions.record_payment(
        pressed.obj.pk,
        method=pressed.data["method"],
        amount=pressed.data["amount"],
        reference=pressed.data["reference"],
        actor=pressed.actor,
        expected_version=pressed.expected_version,
    )
    return f"{format_money(payment.amount, pressed.obj.currency)} recorded."


def _refund(pressed: Submission) -> str:
    actions.refund_payment(
        pressed.obj.pk,
        uuid.UUID(pressed.data["payment"]),
        amount=pressed.data["amount"],
        note=pressed.data["note"],
        actor=pressed.actor,
        expected_version=pressed.expected_version,
    )
    return f"Refund of {format_money(pressed.data['amount'], pressed.obj.currency)} recorded."


def _write_off(pressed: Submission) -> str:
    actions.write_off_balance(
        pressed.obj.pk, note=pressed.data["note"], actor=pressed.actor, expected_version=pressed.expected_version
    )
    return "The balance is written off."


def _deleted(order: Order) -> Blocker | None:
    return Blocker("The order was deleted.", "Nothing: create a new order.") if order.is_deleted else None


def _charged(order: Order) -> Blocker | None:
    if order.status == OrderStatus.DRAFT:
        return Blocker("The order is a draft; nothing is charged yet.", "Place the order first.")
    return _deleted(order)


def _has_refundable(order: Order) -> Blocker | None:
    if any(payment.refundable for payment in order.payments.all()):
        return _deleted(order)
    return Blocker("No payment has anything left to refund.", "Record a payment first.")


def _has_due(order: Order) -> Blocker | None:
    return _deleted(order) if order.due > 0 else Blocker("Nothing is due.", "Nothing to do.")


# Holds


def _hold(pressed: Submission) -> str:
    actions.place_hold(
        pressed.obj.pk,
        reason=pressed.data["reason"],
        note=pressed.data["note"],
        expires_at=pressed.data["expires_at"],
        actor=pressed.actor,
        expected_version=pressed.expected_version,
    )
    return f"Order {pressed.obj} is on hold."


def _lift(pressed: Submission) -> str:
    actions.lift_hold(
        pressed.obj.pk,
        uuid.UUID(pressed.data["hold"]),
        actor=pressed.actor,
        expected_version=pressed.expected_version,
    )
    return "The hold is lifted."


def _holdable(order: Order) -> Blocker | None:
    if order.status in HOLDABLE:
        return _deleted(order)
    return Blocker(f"The order is {order.status}; a hold would hold nothing.", "Nothing to do.")


def _has_hold(order: Order) -> Blocker | None:
    if any(hold.lifted_at is None for hold in order.holds.all()):
        return _deleted(order)
    return Blocker("The order has no open hold.", "Nothing to do.")


# The order itself


def _note(pressed: Submission) -> str:
    actions.add_note(
        pressed.obj.pk, body=pressed.data["body"], actor=pressed.actor, expected_version=pressed.expected_version
    )
    return "The note is added."


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


def _delete(pressed: Submission) -> str:
    actions.delete_order(pressed.obj.pk, actor=pressed.actor, expected_version=pressed.expected_version)
    return f"Order {pressed.obj} is deleted. It can still be found with the filter for deleted orders."


def _editable(order: Order) -> Blocker | None:
    if order.status in OPEN:
        return _deleted(order)
    return Blocker(f"The order is {order.status}; its contact and addresses are settled.", "Leave a note instead.")


def _deletable(order: Order) -> Blocker | None:
    if order.is_deleted or order.status in {OrderStatus.CANCELLED, OrderStatus.COMPLETED}:
        return _deleted(order)
    return next((from_report(each) for each in report(order) if each.name == "cancel"), None)


OTHERS = (
    Button("pay", "Record payment", _record_payment, may.RECORD_PAYMENT, form=forms.PaymentForm, group=MONEY,
           blocked=_charged, help="Money that has arrived by bank transfer, in cash or at a card terminal."),
    Button("refund", "Refund", _refund, may.REFUND, form=forms.RefundForm, group=MONEY, blocked=_has_refundable,
           help="Money that was given back."),
    Button("write-off", "Write off balance", _write_off, may.WRITE_OFF, form=forms.WriteOffForm, group=MONEY,
           blocked=_has_due, look="danger", help="What is still due is given up for good."),
    Button("hold", "Place hold", _hold, may.HOLD, form=forms.HoldForm, group=HOLDS, blocked=_holdable,
           help="Release and dispatch are refused until it is lifted or expires."),
    Button("lift", "Lift hold", _lift, may.LIFT, form=forms.LiftForm, group=HOLDS, blocked=_has_hold),
    Button("note", "Add note", _note, may.NOTE, form=forms.NoteForm, group=ORDER, blocked=_deleted),
    Button("tags", "Tags", _tags, may.EDIT, form=forms.TagsForm, group=ORDER, blocked=_deleted,
           initial=lambda order: {"tags": ", ".join(order.tags)}),
    Button("contact", "Edit contact and delivery", _contact, may.EDIT, form=forms.ContactForm, group=ORDER,
           blocked=_editable,
           initial=lambda order: {"email": order.email, "shipping_method": order.shipping_method,
                                  "payment_terms": order.payment_terms, **order.shipping_address}),
    Button("billing", "Edit billing address", _billing, may.EDIT, form=forms.BillingForm, group=ORDER,
           blocked=_editable,
           initial=lambda order: order.billing_address),
    Button("delete", "Delete", _delete, may.DELETE, confirm=True, look="danger", group=ORDER, blocked=_deletable,
           help="It disappears from lists and from the API for ever. An open order is cancelled."),
)  # fmt: skip


def order_buttons(order: Order) -> Iterable[Button]:
    return [*transition_buttons(order), *OTHERS]


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
