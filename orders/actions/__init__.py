"""The only way to write to orders: one function per use case, and the steps that shipping shares."""

from orders.actions.cancel import cancel_order, delete_order, expire_reservation, reopen_order
from orders.actions.displace import let_wait, lock_youngest, register_packed
from orders.actions.edit import add_note, update_order
from orders.actions.fulfil import dispatch_blocker, packing_blocker, record_delivery, record_dispatch, record_return
from orders.actions.hold import expire_hold, lift_hold, place_hold
from orders.actions.place import create_draft, place, place_draft, place_order, renew_reservation
from orders.actions.promise import change_promise
from orders.actions.release import complete_order, release_order, release_part
from orders.actions.reserve import Served, serve_backorders
from orders.locking import lock_order
from orders.payments.actions import (
    capture_payment_of,
    capture_shipped,
    let_expired_go,
    pay_by_card,
    record_payment,
    redeem_gift_card,
    redeem_store_credit,
    refund_payment,
    settle_attempt,
    void_payment,
    write_off_balance,
)
from orders.pricing.asked import NewOrder
from orders.pricing.lines import NewLine
from orders.refunds.actions import approve_refund, refund_items, reject_refund
from orders.refunds.crediting import Asked, UnitsAsked
from pricing.queries import OwnDiscount, Surcharge

__all__ = [
    "Asked",
    "NewLine",
    "NewOrder",
    "OwnDiscount",
    "Served",
    "Surcharge",
    "UnitsAsked",
    "add_note",
    "approve_refund",
    "cancel_order",
    "capture_payment_of",
    "capture_shipped",
    "change_promise",
    "complete_order",
    "create_draft",
    "delete_order",
    "dispatch_blocker",
    "expire_hold",
    "expire_reservation",
    "let_expired_go",
    "let_wait",
    "lift_hold",
    "lock_order",
    "lock_youngest",
    "packing_blocker",
    "pay_by_card",
    "place",
    "place_draft",
    "place_hold",
    "place_order",
    "record_delivery",
    "record_dispatch",
    "record_payment",
    "record_return",
    "redeem_gift_card",
    "redeem_store_credit",
    "refund_items",
    "refund_payment",
    "register_packed",
    "reject_refund",
    "release_order",
    "release_part",
    "renew_reservation",
    "reopen_order",
    "serve_backorders",
    "settle_attempt",
    "update_order",
    "void_payment",
    "write_off_balance",
]
