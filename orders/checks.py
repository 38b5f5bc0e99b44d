"""What must be so before something may be done to an order.

Each check says why not, with the actual values, and what would unblock it. Its docstring is the line in
docs/transitions.md.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING
from uuid import UUID

from django.utils import timezone

from core.money import format_money
from core.transitions import Blocker, already
from customers.queries import credit_blocker, credit_in
from inventory.errors import OutOfStock
from inventory.queries import Sourcing, shortages, withdrawn_skus
from orders.statuses import LONGEST_HOLD, NEEDED_OF_AN_ADDRESS, OPEN, Handover, OrderStatus, PaymentTerms
from stored_value.queries import store_credit_left
from storefronts.queries import settings_of

if TYPE_CHECKING:
    from orders.models import Order, OrderLine


def not_deleted(order: Order) -> Blocker | None:
    """It was not deleted."""
    if order.deleted_at is None:
        return None
    return Blocker(f"The order was deleted at {order.deleted_at:%Y-%m-%d %H:%M} UTC.", "Nothing: create a new order.")


def not_deleted_yet(order: Order) -> Blocker | None:
    """It was not deleted before."""
    if order.deleted_at is None:
        return None
    return already(f"The order was deleted already ({order.deleted_at:%Y-%m-%d %H:%M} UTC).")


def has_lines(order: Order) -> Blocker | None:
    """It has at least one line."""
    if order.lines.all():
        return None
    return Blocker("The order has no lines.", "Nothing: create an order with at least one line.")


def not_on_hold(order: Order) -> Blocker | None:
    """No hold is open."""
    now = timezone.now()
    holds = [hold for hold in order.holds.all() if hold.is_in_force(now)]
    if not holds:
        return None
    named = ", ".join(f"{hold.get_reason_display().lower()} (by {hold.actor})" for hold in holds)
    return Blocker(f"The order is on hold: {named}.", "Lift the hold, or wait until it expires.", ("lift_hold",))


def paid_or_on_account(order: Order) -> Blocker | None:
    """Nothing is due, it is on account, or what is due is authorised and the storefront releases on that."""
    if order.due <= 0 or order.payment_terms == PaymentTerms.ON_ACCOUNT or _is_set_aside(order):
        return None
    due = format_money(order.due, order.currency)
    return Blocker(
        f"{due} of {format_money(order.charged, order.currency)} is unpaid and the order is not on account.",
        f"Record a payment of {due}, or set the payment terms to on account.",
        ("record_payment", "edit_contact"),
    )


def _is_set_aside(order: Order) -> bool:
    """Whether cards have set aside all that is due, where that is enough for the storefront; not if some is let go."""
    if order.authorised < order.due or not settings_of(order.client_id).release_on_authorised:
        return False
    return not order.is_letting_go


def has_address(order: Order) -> Blocker | None:
    """Its shipping address is complete, or it is handed over in person."""
    missing = [name for name in NEEDED_OF_AN_ADDRESS if not order.shipping_address.get(name)]
    if order.handover == Handover.IN_PERSON or not missing:
        return None
    lacks = f"no {', '.join(missing)}" if order.shipping_address else "nothing"
    return Blocker(
        f"No parcel can be addressed: the shipping address says {lacks}.",
        "Complete the shipping address, or say that the order is handed over in person.",
        ("edit_contact",),
    )


def fully_reserved(order: Order) -> Blocker | None:
    """Every unit to ship is reserved."""
    short = [line for line in order.lines.all() if line.reserved < line.to_ship]
    if not short:
        return None
    named = ", ".join(f"{line.sku}: {line.reserved} of {line.to_ship} reserved" for line in short)
    reason = f"Units are backordered ({named})."
    if any(line.reserved for line in order.lines.all()):
        return Blocker(reason, f"{_to_receive(short)} Or release what is there.", ("variant.receive", "release_part"))
    return Blocker(reason, _to_receive(short), ("variant.receive",))


def reserved_in_part(order: Order) -> Blocker | None:
    """Some of its units are reserved, and others wait for stock."""
    short = [line for line in order.lines.all() if line.reserved < line.to_ship]
    if not short:
        return Blocker("No unit waits for stock.", "Release it as a whole.", ("release",))
    if any(line.reserved for line in order.lines.all()):
        return None
    waiting = sum(line.to_ship for line in short)
    return Blocker(f"Nothing is reserved: all {waiting} units wait.", _to_receive(short), ("variant.receive",))


def waits_for_stock(order: Order) -> Blocker | None:
    """Units of it wait for stock."""
    if any(line.backordered for line in order.lines.all()):
        return None
    return Blocker("No unit of the order waits for stock.", "Nothing: there is no day to promise.")


def was_placed(order: Order) -> Blocker | None:
    """It was placed."""
    if order.status != OrderStatus.DRAFT:
        return None
    return Blocker("The order is a draft; days are promised as it is placed.", "Place it first.", ("place",))


def _to_receive(short: Sequence[OrderLine]) -> str:
    missing = ", ".join(f"{line.to_ship - line.reserved} of {line.sku}" for line in short)
    return f"Receive {missing}: arriving stock is reserved for the orders that were placed first."


def on_sale(order: Order) -> Blocker | None:
    """What it is of is on sale."""
    withdrawn = withdrawn_skus({line.variant_id for line in order.lines.all()})
    if not withdrawn:
        return None
    named = ", ".join(withdrawn)
    return Blocker(
        f"No longer on sale: {named}.", f"Put {named} on sale again, or create a new order without.", ("variant.edit",)
    )


def a_draft(order: Order) -> Blocker | None:
    """It is a draft."""
    if order.status == OrderStatus.DRAFT:
        return None
    told = f"The order is {order.get_status_display().lower()}: only a draft keeps its stock for a time."
    return Blocker(told, "Nothing: the stock of a placed order stays its own.")


def may_be_kept_longer(order: Order) -> Blocker | None:
    """It was made less than a day ago."""
    if timezone.now() < order.created_at + LONGEST_HOLD:
        return None
    hours = LONGEST_HOLD.total_seconds() // 3600
    return Blocker(f"A draft keeps its stock for {hours:.0f} hours at most.", "Place it, or begin anew.", ("place",))


def stock_is_there(order: Order) -> Blocker | None:
    """What it would reserve is in stock."""
    wanted: Counter[UUID] = Counter()
    for line in order.lines.all():
        wanted[line.variant_id] += line.quantity - line.shipped - line.reserved
    if not +wanted:
        return None
    sourcing = Sourcing.of(settings_of(order.client_id).sourcing, order.shipping_address)
    short = shortages(+wanted, order_id=order.pk, sourcing=sourcing)
    if not short:
        return None
    missing = ", ".join(f"{each.requested - each.available} of {each.sku}" for each in short)
    unsplit = sourcing is not None and sourcing.never_splits
    return Blocker(OutOfStock(short, unsplit=unsplit).detail, f"Receive stock: {missing}.", ("variant.receive",))


def within_credit(order: Order) -> Blocker | None:
    """It is not on account, or its customer's credit covers it."""
    if order.payment_terms != PaymentTerms.ON_ACCOUNT:
        return None
    needed = settings_of(order.client_id).on_account_needs_credit
    account = credit_in(order.customer_id, order.currency)
    refusal = credit_blocker(account, currency=order.currency, amount=order.total, needed=needed)
    if refusal is None:
        return None
    by = "customer.open_credit" if account is None else "credit_account.set_credit"
    return Blocker(refusal.detail, refusal.unblock, (by, "edit_contact"))


def everything_shipped(order: Order) -> Blocker | None:
    """Every unit that is not cancelled has left."""
    lines = order.lines.all()
    waiting = sum(line.to_ship for line in lines)
    if waiting == 0 and any(line.shipped for line in lines):
        return None
    reason = f"{waiting} units have not left the building yet."
    short = [line for line in lines if line.reserved < line.to_ship]
    if short and not any(line.reserved for line in lines):
        return Blocker(f"{reason} They wait for stock.", _to_receive(short), ("variant.receive",))
    return Blocker(reason, "Dispatch the remaining shipments.", ("shipment.dispatch",))


def everything_arrived(order: Order) -> Blocker | None:
    """Every unit that left arrived or came back, and at least one arrived."""
    lines = order.lines.all()
    away = sum(line.under_way for line in lines)
    if away == 0 and any(line.delivered for line in lines):
        return None
    if away == 0:
        return Blocker("Every unit came back and none was delivered.", "Nothing: complete the order instead.")
    return Blocker(f"{away} units are still on their way.", "Deliver the remaining shipments.", ("shipment.deliver",))


def nothing_under_way(order: Order) -> Blocker | None:
    """Every unit that left arrived or came back."""
    away = sum(line.under_way for line in order.lines.all())
    if away == 0:
        return None
    return Blocker(
        f"{away} units are still on their way.",
        "Deliver the remaining shipments, or return them to the sender.",
        ("shipment.deliver", "shipment.return_to_sender"),
    )


def nothing_has_left(order: Order) -> Blocker | None:
    """No unit has left the building."""
    left = sum(line.shipped for line in order.lines.all())
    if left == 0:
        return None
    return Blocker(
        f"{left} units have left the building.", "Nothing: dispatch the rest, and have returned what is not wanted."
    )


def charged(order: Order) -> Blocker | None:
    """It was placed, so that something is charged."""
    if order.status != OrderStatus.DRAFT:
        return None
    return Blocker("The order is a draft; nothing is charged yet.", "Place the order first.", ("place",))


def something_to_pay(order: Order) -> Blocker | None:
    """Something is to be paid."""
    return None if order.due > 0 else Blocker("Nothing is due on the order.", "Nothing to pay.")


def something_authorised(order: Order) -> Blocker | None:
    """A payment by card is authorised and not captured whole."""
    if any(payment.authorised > payment.captured for payment in order.payments.all()):
        return None
    return Blocker("No payment of the order is authorised and waits to be captured.", "Nothing to capture or void.")


def has_customer(order: Order) -> Blocker | None:
    """It is a customer's."""
    if order.customer_id is not None:
        return None
    return Blocker("The order is a guest's; store credit belongs to a customer.", "Nothing: pay in another way.")


def has_store_credit(order: Order) -> Blocker | None:
    """Its customer has store credit in its currency."""
    if order.customer_id is None or store_credit_left(order.customer_id, order.currency):
        return None
    return Blocker(
        f"The customer has no store credit in {order.currency} to pay with.",
        "Nothing: pay in another way, or give store credit first.",
    )


def something_to_refund(order: Order) -> Blocker | None:
    """A payment has something left to refund."""
    if any(payment.refundable for payment in order.payments.all()):
        return None
    if order.refunded:
        return already("Every payment of the order is refunded.")
    return Blocker("No money came in for the order.", "Nothing to give back.")


def something_to_credit(order: Order) -> Blocker | None:
    """Something that was charged is left to credit, or it is overpaid."""
    if order.charged > order.credited + order.written_off or order.due < 0:
        return None
    return Blocker("All that was charged is credited or written off, and nothing is overpaid.", "Nothing to refund.")


def refund_waits(order: Order) -> Blocker | None:
    """A refund of it waits to be approved."""
    if any(refund.waits for refund in order.refunds.all()):
        return None
    return Blocker("No refund of the order waits to be approved.", "Nothing to decide.")


def something_due(order: Order) -> Blocker | None:
    """Something is due."""
    if order.due > 0:
        return None
    if order.written_off:
        return already("What was due on the order is written off.")
    return Blocker("Nothing is due on the order.", "Nothing to write off.")


def on_account(order: Order) -> Blocker | None:
    """It is on account."""
    if order.payment_terms == PaymentTerms.ON_ACCOUNT:
        return None
    reason = "The order is paid before it is released."
    if order.status not in OPEN:
        return Blocker(reason, "Nothing: its payment terms are settled.")
    return Blocker(reason, "Set the payment terms to on account.", ("edit_contact",))


def something_to_hold(order: Order) -> Blocker | None:
    """It is a draft, placed or processing."""
    if order.status in OPEN:
        return None
    return Blocker(f"The order is {order.status}; a hold would hold nothing.", "Nothing to do.")


def has_open_hold(order: Order) -> Blocker | None:
    """It has a hold that was not lifted."""
    if any(hold.lifted_at is None for hold in order.holds.all()):
        return None
    return already("The order has no open hold.")


def still_open(order: Order) -> Blocker | None:
    """It is a draft, placed or processing."""
    if order.status in OPEN:
        return None
    return Blocker(
        f"The order is {order.status}; its contact, addresses and terms are settled.",
        "Nothing: notes, tags and metadata can still change.",
    )


def over_or_cancellable(order: Order) -> Blocker | None:
    """It is cancelled or completed, or nothing of it has left."""
    if order.status in {OrderStatus.CANCELLED, OrderStatus.COMPLETED}:
        return None
    if order.status in {OrderStatus.SHIPPED, OrderStatus.DELIVERED}:
        return Blocker(f"The order is {order.status} and not completed.", "Complete the order first.", ("complete",))
    left = nothing_has_left(order)
    return left and Blocker(left.reason, "First: ship, then complete; a completed order can be deleted.", ("ship",))


def nothing_to_give_back(order: Order) -> Blocker | None:
    """No money would be left to give back."""
    owed = order.captured - order.refunded if order.status in OPEN else -order.due
    if owed <= 0:
        return None
    money = format_money(owed, order.currency)
    return Blocker(f"{money} is to be given back to the customer.", f"Refund {money} first.", ("refund",))


def nothing_being_captured(order: Order) -> Blocker | None:
    """No card is being charged for it."""
    if not order.is_being_captured:
        return None
    return Blocker(
        "A gateway was asked to capture money of a card and has not answered yet.",
        "Wait until it is known what became of that; what is captured has to be given back first.",
    )
