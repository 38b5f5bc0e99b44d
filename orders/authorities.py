"""What there is to do with orders and their money."""

from core.authority import StandardRole, declare, declare_scope
from core.models import ClientKind

_SUPPORT = [StandardRole.SUPPORT_AGENT, StandardRole.MANAGER]
_MONEY = [StandardRole.SUPPORT_AGENT, StandardRole.FINANCE, StandardRole.MANAGER]
_EVERYBODY = [*_MONEY, StandardRole.WAREHOUSE]
_SELLERS = (ClientKind.STOREFRONT, ClientKind.BACK_OFFICE)

READ = declare_scope("orders:read", "See orders, holds and notes", *_SELLERS, ClientKind.WAREHOUSE)
WRITE = declare_scope("orders:write", "Place, change, release, cancel and hold orders", *_SELLERS)
PRICE = declare_scope("orders:price", "Set prices and discounts of one's own", *_SELLERS)
TERMS = declare_scope("orders:terms", "Let orders go unpaid, on account", *_SELLERS)
PAYMENTS_READ = declare_scope("payments:read", "See payments", *_SELLERS)
PAYMENTS_WRITE = declare_scope("payments:write", "Record payments, refunds and write-offs", *_SELLERS)

VIEW = declare(
    "orders.view",
    "See orders, holds and notes",
    "orders.order",
    "orders.orderline",
    "orders.hold",
    "orders.ordernote",
    "orders.adjustment",
    "orders.deliverycharge",
    "orders.taxtotal",
    "orders.sourcingplan",
    scope=READ,
    roles=_EVERYBODY,
)
PLACE = declare("orders.place", "Place orders", "orders.order", scope=WRITE, roles=_SUPPORT)
PRICE_FREELY = declare(
    "orders.price", "Set prices and discounts of one's own", "orders.order", scope=PRICE, roles=[StandardRole.MANAGER]
)
DISCOUNT = declare(
    "orders.discount",
    "Give discounts of one's own, with a reason",
    "orders.order",
    scope=PRICE,
    roles=_SUPPORT,
    limits={StandardRole.SUPPORT_AGENT: 20_00},
)
ON_ACCOUNT = declare(
    "orders.on_account",
    "Let orders go unpaid, on account",
    "orders.order",
    scope=TERMS,
    roles=[StandardRole.FINANCE, StandardRole.MANAGER],
)
AGREE_INSTALMENTS = declare(
    "orders.agree_instalments",
    "Agree on the days by which orders on account are paid",
    "orders.order",
    scope=TERMS,
    roles=[StandardRole.FINANCE, StandardRole.MANAGER],
)
RELEASE = declare("orders.release", "Release orders to the warehouse", "orders.order", scope=WRITE, roles=_SUPPORT)
PROMISE = declare("orders.promise", "Promise other days for what waits", "orders.order", scope=WRITE, roles=_SUPPORT)
COMPLETE = declare("orders.complete", "Complete orders", "orders.order", scope=WRITE, roles=_SUPPORT)
CANCEL = declare("orders.cancel", "Cancel orders", "orders.order", scope=WRITE, roles=_SUPPORT)
REOPEN = declare("orders.reopen", "Reopen cancelled orders", "orders.order", scope=WRITE, roles=_SUPPORT)
EDIT = declare("orders.edit", "Change contact, addresses and tags", "orders.order", scope=WRITE, roles=_SUPPORT)
DELETE = declare("orders.delete", "Delete orders", "orders.order", scope=WRITE, roles=[StandardRole.MANAGER])
HOLD = declare("orders.hold", "Place holds", "orders.order", scope=WRITE, roles=_EVERYBODY)
LIFT = declare("orders.lift", "Lift holds", "orders.order", scope=WRITE, roles=_MONEY)
NOTE = declare("orders.note", "Add notes", "orders.order", scope=WRITE, roles=_EVERYBODY)

PAYMENTS_VIEW = declare(
    "payments.view",
    "See payments and the ledger",
    "orders.payment",
    "orders.ledgerentry",
    "orders.refund",
    "orders.refundline",
    "orders.refundpart",
    "orders.instalment",
    "orders.paymentattempt",
    "orders.paymentnotice",
    "orders.paymentdifference",
    "orders.payout",
    "orders.payoutline",
    scope=PAYMENTS_READ,
    roles=_MONEY,
)
RECONCILE = declare(
    "payments.reconcile",
    "Decide on differences with gateways, and post them",
    "orders.paymentdifference",
    roles=[StandardRole.FINANCE],
)
RECORD_PAYMENT = declare(
    "payments.record",
    "Record payments",
    "orders.payment",
    scope=PAYMENTS_WRITE,
    roles=[StandardRole.FINANCE, StandardRole.MANAGER],
)
CHARGE = declare(
    "payments.charge",
    "Charge cards: authorise, capture and void",
    "orders.payment",
    scope=PAYMENTS_WRITE,
    roles=_MONEY,
)
REDEEM = declare(
    "payments.redeem",
    "Pay with gift cards and store credit",
    "orders.payment",
    scope=PAYMENTS_WRITE,
    roles=_MONEY,
)
REFUND = declare(
    "payments.refund",
    "Refund payments",
    "orders.payment",
    scope=PAYMENTS_WRITE,
    roles=_MONEY,
    limits={StandardRole.SUPPORT_AGENT: 50_00, StandardRole.FINANCE: 5_000_00},
)
WRITE_OFF = declare(
    "payments.write_off",
    "Write off what is due",
    "orders.payment",
    scope=PAYMENTS_WRITE,
    roles=_MONEY,
    limits={StandardRole.SUPPORT_AGENT: 10_00, StandardRole.FINANCE: 1_000_00},
)
