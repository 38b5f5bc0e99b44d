"""The buttons on an order's page that move its money."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from core.console import Submission, button_of
from core.money import format_money
from orders.operations import (
    CAPTURE_PAYMENT,
    PAY_BY_CARD,
    RECORD_PAYMENT,
    REDEEM_GIFT_CARD,
    REDEEM_STORE_CREDIT,
    REFUND,
    VOID_PAYMENT,
    WRITE_OFF,
)
from orders.payments import actions
from orders.payments.admin import forms
from orders.payments.models import Payment

MONEY = "Money"


def _record_payment(pressed: Submission) -> str:
    payment = actions.record_payment(
        pressed.obj.pk,
        method=pressed.data["method"],
        amount=pressed.data["amount"],
        reference=pressed.data["reference"],
        allow_overpayment=pressed.data["allow_overpayment"],
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
        as_store_credit=pressed.data["as_store_credit"],
        actor=pressed.actor,
        expected_version=pressed.expected_version,
    )
    return f"Refund of {format_money(pressed.data['amount'], pressed.obj.currency)} recorded."


def _pay_by_card(pressed: Submission) -> str:
    payment = actions.pay_by_card(
        pressed.obj.pk,
        token=pressed.data["card"],
        **{name: pressed.data[name] for name in ("gateway", "amount", "capture")},
        actor=pressed.actor,
        expected_version=pressed.expected_version,
    )
    return f"{format_money(payment.amount, pressed.obj.currency)} is asked of the gateway {payment.gateway}."


def _capture(pressed: Submission) -> str:
    payment = actions.capture_payment_of(
        pressed.obj.pk,
        uuid.UUID(pressed.data["payment"]),
        amount=pressed.data["amount"],
        actor=pressed.actor,
        expected_version=pressed.expected_version,
    )
    return f"The gateway {payment.gateway} is asked to capture it."


def _void(pressed: Submission) -> str:
    payment = actions.void_payment(
        pressed.obj.pk,
        uuid.UUID(pressed.data["payment"]),
        actor=pressed.actor,
        expected_version=pressed.expected_version,
    )
    return f"The gateway {payment.gateway} is asked to let it go."


def _redeem(act: Callable[..., Payment]) -> Callable[[Submission], str]:
    def press(pressed: Submission) -> str:
        payment = act(pressed.obj.pk, **pressed.data, actor=pressed.actor, expected_version=pressed.expected_version)
        return f"{format_money(payment.amount, pressed.obj.currency)} redeemed."

    return press


MONEY_BUTTONS = (
    button_of(RECORD_PAYMENT, _record_payment, form=forms.PaymentForm, group=MONEY,
              help="Money that has arrived by bank transfer, in cash or at a card terminal."),
    button_of(PAY_BY_CARD, _pay_by_card, form=forms.PayByCardForm, group=MONEY,
              help="The gateway is asked for it; the page shows what becomes of it."),
    button_of(CAPTURE_PAYMENT, _capture, form=forms.CaptureForm, group=MONEY,
              help="What a card was authorised for, or part of it."),
    button_of(VOID_PAYMENT, _void, form=forms.VoidForm, group=MONEY, look="danger",
              help="What was authorised and not captured is the payer's again."),
    button_of(REDEEM_GIFT_CARD, _redeem(actions.redeem_gift_card), form=forms.RedeemGiftCardForm, group=MONEY,
              help="The customer pays with a gift card of the storefront."),
    button_of(REDEEM_STORE_CREDIT, _redeem(actions.redeem_store_credit), form=forms.RedeemStoreCreditForm, group=MONEY,
              help="The customer pays with their store credit."),
    button_of(REFUND, _refund, form=forms.RefundForm, group=MONEY,
              help="Money that was given back. To a gift card or store credit it is given now."),
    button_of(WRITE_OFF, told="The balance of order {} is written off.", form=forms.WriteOffForm, group=MONEY,
              look="danger", help="What is still due is given up for good."),
)  # fmt: skip
