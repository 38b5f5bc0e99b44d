"""What can be done to an order."""

from __future__ import annotations

from core.operations import Operation, Route, declare_operations, makes
from core.transitions import Declared
from orders import authorities, checks
from orders.models import Order
from orders.statuses import OrderStatus

PLACE = makes(
    Order.place,
    authority=authorities.PLACE,
    foreseen=(checks.stock_is_there, checks.within_credit),
    route=Route("POST", "order-place"),
)
RENEW_RESERVATION = Operation(
    "renew_reservation",
    "Keep stock longer",
    authorities.PLACE,
    checks=(checks.not_deleted, checks.a_draft, checks.may_be_kept_longer),
    foreseen=(checks.stock_is_there,),
    route=Route("POST", "order-renew-reservation"),
)
RELEASE = makes(Order.release, authority=authorities.RELEASE, route=Route("POST", "order-release"))
RELEASE_PART = makes(Order.release_part, authority=authorities.RELEASE, route=Route("POST", "order-release-part"))
SHIP = makes(Order.ship, by_itself="The last dispatch does it: dispatch the order's shipments.")
DELIVER = makes(Order.deliver, by_itself="The last delivery does it: deliver the order's shipments.")
COMPLETE = makes(Order.complete, authority=authorities.COMPLETE, route=Route("POST", "order-complete"))
CANCEL = makes(Order.cancel, authority=authorities.CANCEL, route=Route("POST", "order-cancel"))
REOPEN = makes(
    Order.reopen,
    authority=authorities.REOPEN,
    foreseen=(checks.stock_is_there,),
    route=Route("POST", "order-reopen"),
)

CHANGE_PROMISE = Operation(
    "change_promise",
    "Promise another day",
    authorities.PROMISE,
    checks=(checks.not_deleted, checks.waits_for_stock, checks.was_placed),
    route=Route("POST", "order-change-promise"),
)

RECORD_PAYMENT = Operation(
    "record_payment",
    "Record payment",
    authorities.RECORD_PAYMENT,
    checks=(checks.not_deleted, checks.charged),
    route=Route("POST", "order-payments"),
)
PAY_BY_CARD = Operation(
    "pay_by_card",
    "Pay by card",
    authorities.CHARGE,
    checks=(checks.not_deleted, checks.charged, checks.something_to_pay),
    route=Route("POST", "order-pay-by-card"),
)
CAPTURE_PAYMENT = Operation(
    "capture_payment",
    "Capture payment",
    authorities.CHARGE,
    checks=(checks.not_deleted, checks.something_authorised),
    route=Route("POST", "order-payment-capture", ("payment_id",)),
)
VOID_PAYMENT = Operation(
    "void_payment",
    "Void payment",
    authorities.CHARGE,
    checks=(checks.not_deleted, checks.something_authorised),
    route=Route("POST", "order-payment-void", ("payment_id",)),
)
REDEEM_GIFT_CARD = Operation(
    "redeem_gift_card",
    "Redeem gift card",
    authorities.REDEEM,
    checks=(checks.not_deleted, checks.charged, checks.something_to_pay),
    route=Route("POST", "order-redeem-gift-card"),
)
REDEEM_STORE_CREDIT = Operation(
    "redeem_store_credit",
    "Redeem store credit",
    authorities.REDEEM,
    checks=(checks.not_deleted, checks.has_customer, checks.charged, checks.something_to_pay),
    foreseen=(checks.has_store_credit,),
    route=Route("POST", "order-redeem-store-credit"),
)
REFUND = Operation(
    "refund",
    "Refund",
    authorities.REFUND,
    checks=(checks.not_deleted, checks.something_to_refund),
    route=Route("POST", "order-payment-refund", ("payment_id",)),
)
REFUND_ITEMS = Operation(
    "refund_items",
    "Refund items",
    authorities.REFUND,
    checks=(checks.not_deleted, checks.charged, checks.something_to_credit),
    route=Route("POST", "order-refunds"),
)
APPROVE_REFUND = Operation(
    "approve_refund",
    "Approve refund",
    authorities.REFUND,
    checks=(checks.not_deleted, checks.refund_waits),
    route=Route("POST", "order-refund-approve", ("refund_id",)),
)
REJECT_REFUND = Operation(
    "reject_refund",
    "Reject refund",
    authorities.REFUND,
    checks=(checks.not_deleted, checks.refund_waits),
    route=Route("POST", "order-refund-reject", ("refund_id",)),
)
WRITE_OFF = Operation(
    "write_off",
    "Write off balance",
    authorities.WRITE_OFF,
    checks=(checks.not_deleted, checks.something_due),
    route=Route("POST", "order-write-off"),
)
AGREE_INSTALMENTS = Operation(
    "agree_instalments",
    "Agree on instalments",
    authorities.AGREE_INSTALMENTS,
    checks=(checks.not_deleted, checks.something_due, checks.on_account),
    route=Route("PUT", "order-instalments"),
)

PLACE_HOLD = Operation(
    "place_hold",
    "Place hold",
    authorities.HOLD,
    checks=(checks.not_deleted, checks.something_to_hold),
    route=Route("POST", "order-holds"),
)
LIFT_HOLD = Operation(
    "lift_hold",
    "Lift hold",
    authorities.LIFT,
    checks=(checks.not_deleted, checks.has_open_hold),
    route=Route("POST", "order-hold-lift", ("hold_id",)),
)

ADD_NOTE = Operation(
    "add_note", "Add note", authorities.NOTE, checks=(checks.not_deleted,), route=Route("POST", "order-notes")
)
EDIT_TAGS = Operation(
    "edit_tags", "Edit tags", authorities.EDIT, checks=(checks.not_deleted,), route=Route("PATCH", "order")
)
EDIT_CONTACT = Operation(
    "edit_contact",
    "Edit contact and delivery",
    authorities.EDIT,
    checks=(checks.not_deleted, checks.still_open),
    route=Route("PATCH", "order"),
)
EDIT_BILLING_ADDRESS = Operation(
    "edit_billing_address",
    "Edit billing address",
    authorities.EDIT,
    checks=(checks.not_deleted, checks.still_open),
    route=Route("PATCH", "order"),
)
DELETE = Operation(
    "delete",
    "Delete",
    authorities.DELETE,
    checks=(
        checks.not_deleted_yet,
        checks.over_or_cancellable,
        checks.nothing_to_give_back,
        checks.nothing_being_captured,
    ),
    route=Route("DELETE", "order"),
)

# Of its shipments, which are rows of their own: what the order must be like for them.
_WORKED_ON = (OrderStatus.PROCESSING,)
PACK = Operation("pack", "Pack", checks=(checks.has_address,), transition=Declared("pack", "Packing", _WORKED_ON, ""))
DISPATCH = Operation(
    "dispatch",
    "Dispatch",
    checks=(checks.not_on_hold, checks.has_address),
    transition=Declared("dispatch", "Dispatch", _WORKED_ON, ""),
)

declare_operations(
    Order,
    PLACE,
    RENEW_RESERVATION,
    RELEASE,
    RELEASE_PART,
    CHANGE_PROMISE,
    SHIP,
    DELIVER,
    COMPLETE,
    CANCEL,
    REOPEN,
    RECORD_PAYMENT,
    PAY_BY_CARD,
    CAPTURE_PAYMENT,
    VOID_PAYMENT,
    REDEEM_GIFT_CARD,
    REDEEM_STORE_CREDIT,
    REFUND,
    REFUND_ITEMS,
    APPROVE_REFUND,
    REJECT_REFUND,
    WRITE_OFF,
    AGREE_INSTALMENTS,
    PLACE_HOLD,
    LIFT_HOLD,
    ADD_NOTE,
    EDIT_TAGS,
    EDIT_CONTACT,
    EDIT_BILLING_ADDRESS,
    DELETE,
)
