"""The only way to move the money of an order."""

from orders.payments.actions.charging import (
    capture_payment_of,
    let_expired_go,
    let_go_of,
    pay_by_card,
    record_notice,
    register_refunds,
    settle_attempt,
    void_payment,
)
from orders.payments.actions.ledger import entries_of, follow, move_money, postings_of
from orders.payments.actions.locked import locked_payments
from orders.payments.actions.recording import (
    give_back_of,
    record_payment,
    refund_payment,
    write_off_balance,
)
from orders.payments.actions.redeeming import (
    pay_with_gift_card,
    pay_with_store_credit,
    redeem_gift_card,
    redeem_store_credit,
)
from orders.payments.actions.shipped import capture_shipped

__all__ = [
    "capture_payment_of",
    "capture_shipped",
    "entries_of",
    "follow",
    "give_back_of",
    "let_expired_go",
    "let_go_of",
    "locked_payments",
    "move_money",
    "pay_by_card",
    "pay_with_gift_card",
    "pay_with_store_credit",
    "postings_of",
    "record_notice",
    "record_payment",
    "redeem_gift_card",
    "redeem_store_credit",
    "refund_payment",
    "register_refunds",
    "settle_attempt",
    "void_payment",
    "write_off_balance",
]
