"""The only way to move the money of an order."""

from orders.payments.actions.ledger import entries_of, follow, move_money, postings_of
from orders.payments.actions.recording import record_payment, refund_payment, write_off_balance
from orders.payments.actions.redeeming import (
    pay_with_gift_card,
    pay_with_store_credit,
    redeem_gift_card,
    redeem_store_credit,
)

__all__ = [
    "entries_of",
    "follow",
    "move_money",
    "pay_with_gift_card",
    "pay_with_store_credit",
    "postings_of",
    "record_payment",
    "redeem_gift_card",
    "redeem_store_credit",
    "refund_payment",
    "write_off_balance",
]
