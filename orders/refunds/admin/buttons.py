"""The buttons on an order's page that refund."""

from __future__ import annotations

from collections.abc import Sequence

from core.console import Panel, Submission, button_of
from core.money import format_money
from orders.operations import APPROVE_REFUND, REFUND_ITEMS, REJECT_REFUND
from orders.refunds import actions
from orders.refunds.admin import forms
from orders.refunds.admin.panels import preview_panels
from orders.refunds.queries import preview

MONEY = "Money"


def _refund_items(pressed: Submission) -> str:
    refund = actions.refund_items(
        pressed.obj.pk,
        **{name: pressed.data[name] for name in ("asked", "reason", "to", "gift_card_id", "note")},
        actor=pressed.actor,
        expected_version=pressed.expected_version,
    )
    money = format_money(refund.amount, pressed.obj.currency)
    if refund.waits:
        return f"It is beyond your limit: the refund of {money} waits for somebody else to approve it."
    return f"{format_money(refund.credited, pressed.obj.currency)} credited, {money} given back."


def _preview(pressed: Submission) -> Sequence[Panel]:
    return preview_panels(pressed.obj, preview(pressed.obj, pressed.data["asked"]))


def _approve(pressed: Submission) -> str:
    refund = actions.approve_refund(
        pressed.obj.pk, pressed.data["refund"], actor=pressed.actor, expected_version=pressed.expected_version
    )
    return f"The refund of {format_money(refund.amount, pressed.obj.currency)} is approved and given back."


def _reject(pressed: Submission) -> str:
    actions.reject_refund(
        pressed.obj.pk,
        pressed.data["refund"],
        reason=pressed.data["reason"],
        actor=pressed.actor,
        expected_version=pressed.expected_version,
    )
    return "The refund is rejected; nothing is given back."


REFUND_BUTTONS = (
    button_of(REFUND_ITEMS, _refund_items, form=forms.RefundItemsForm, group=MONEY,
              preview=_preview, preview_label="What would it come to?",
              help="What the customer need not pay is credited, and what is overpaid then goes back. Beyond your limit "
              "somebody else approves it."),
    button_of(APPROVE_REFUND, _approve, form=forms.ApproveRefundForm, group=MONEY,
              help="It is credited and given back as it comes to now."),
    button_of(REJECT_REFUND, _reject, form=forms.RejectRefundForm, group=MONEY, look="danger"),
)  # fmt: skip
