"""What a refund credits, and how much money goes back for it. Pure: of an order and rows that are loaded."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from core.errors import InvalidInput
from core.money import format_money, share
from orders.models import Order, OrderLine
from orders.payments.models import Payment
from orders.pricing.models import DeliveryCharge
from orders.refunds.errors import CreditTooLarge, NothingToRefund
from orders.refunds.statuses import CreditKind


@dataclass(frozen=True)
class UnitsAsked:
    line_id: uuid.UUID
    quantity: int


@dataclass(frozen=True)
class Asked:
    """What somebody wants credited: units of lines, of the delivery charge and as goodwill so much, in minor units.

    `everything`: all units and all of the delivery that are left. `amount` of money goes back; None for as much as the
    order is overpaid by what it credits. With nothing to credit, what is overpaid already goes back.
    """

    lines: Sequence[UnitsAsked] = ()
    delivery: int = 0
    goodwill: int = 0
    everything: bool = False
    amount: int | None = None

    def document(self) -> dict[str, Any]:
        lines = [{"line_id": str(each.line_id), "quantity": each.quantity} for each in self.lines]
        return {
            "lines": lines, "delivery": self.delivery, "goodwill": self.goodwill, "everything": self.everything,
            "amount": self.amount,
        }  # fmt: skip

    @classmethod
    def of(cls, document: dict[str, Any]) -> Asked:
        lines = [UnitsAsked(uuid.UUID(each["line_id"]), each["quantity"]) for each in document["lines"]]
        return cls(**{**document, "lines": lines})


@dataclass(frozen=True)
class Credit:
    """One thing that is credited. `begin`: how many units of the line, or how much of the delivery, were before."""

    kind: CreditKind
    amount: int
    line: OrderLine | None = None
    delivery: DeliveryCharge | None = None
    quantity: int = 0
    begin: int = 0


@dataclass(frozen=True)
class Worked:
    """What a refund comes to: what is credited, and how much goes back of which payment."""

    credits: Sequence[Credit]
    parts: Sequence[tuple[Payment, int]]

    @property
    def credited(self) -> int:
        return sum(each.amount for each in self.credits)

    @property
    def amount(self) -> int:
        return sum(amount for _, amount in self.parts)


def work_out(
    order: Order, deliveries: Sequence[DeliveryCharge], payments: Sequence[Payment], asked: Asked, *, under_way: int
) -> Worked:
    """What it comes to now; the first of the payments give back first. `under_way` is what gateways give back already.

    Raises CreditTooLarge, NothingToRefund, InvalidInput for a line that isn't the order's.
    """
    made_of = credits_of(order, deliveries, asked)
    credited = sum(each.amount for each in made_of)
    amount = money_back(order, credited, asked.amount, under_way=under_way)
    if not credited and not amount:
        raise NothingToRefund(
            "This credits nothing, and nothing is overpaid.", unblock="Say which units, delivery or goodwill."
        )
    return Worked(made_of, list(_parts(payments, amount)))


def _parts(payments: Sequence[Payment], amount: int) -> Iterator[tuple[Payment, int]]:
    for payment in payments:
        part = min(amount, payment.refundable)
        amount -= part
        if part:
            yield payment, part


def credits_of(order: Order, deliveries: Sequence[DeliveryCharge], asked: Asked) -> list[Credit]:
    """What the order's customer need not pay, as parts that sum to it.

    Units have their exact share of their line's total. Once all is credited, or what is asked is more than is left of
    the charge, a balance makes it what is left. Raises InvalidInput for a line that isn't the order's, CreditTooLarge.
    """
    left = order.charged - order.credited - order.written_off
    lines, owed_delivery = _wanted(order, deliveries, asked)
    found = [*_goods(lines), *_delivery(order.currency, deliveries, owed_delivery)]
    if asked.goodwill:
        found.append(Credit(CreditKind.GOODWILL, asked.goodwill))
    total = sum(each.amount for each in found)
    if found and left == 0:
        raise CreditTooLarge("Everything that was charged is credited or written off.", unblock="Nothing to credit.")
    if asked.goodwill and total > left:
        raise CreditTooLarge(
            f"{format_money(total, order.currency)} is more than is left of what was charged, "
            f"which is {format_money(left, order.currency)}.",
            unblock="Ask for less goodwill.",
            left=left,
        )
    whole = _is_everything(order, deliveries, lines, owed_delivery)
    if found and total != left and (whole or total > left):
        found.append(Credit(CreditKind.BALANCE, left - total))
    return found


def money_back(order: Order, credited: int, asked: int | None, *, under_way: int) -> int:
    """What goes back: as asked, or all that the order is overpaid by once so much is credited and what is under way is
    given back.

    Raises CreditTooLarge for more than that.
    """
    overpaid = max(credited - order.due - under_way, 0)
    if asked is None:
        return min(overpaid, credited) if credited else overpaid
    if asked > overpaid:
        raise CreditTooLarge(
            f"With {format_money(credited, order.currency)} credited, {format_money(overpaid, order.currency)} "
            "is paid beyond what is owed.",
            unblock="Credit more, or give back less.",
            left=overpaid,
        )
    return asked


def _wanted(
    order: Order, deliveries: Sequence[DeliveryCharge], asked: Asked
) -> tuple[list[tuple[OrderLine, int]], int]:
    """Units by line, the same line once; and what of the delivery."""
    if asked.everything:
        if asked.lines or asked.delivery:
            raise InvalidInput.at("/everything", "not_both", "Say everything, or what: not both.")
        lines = [(line, line.to_credit) for line in order.lines.all() if line.to_credit]
        return lines, sum(each.to_credit for each in deliveries)
    by_id = {line.pk: line for line in order.lines.all()}
    units: dict[uuid.UUID, int] = {}
    for position, each in enumerate(asked.lines):
        if each.line_id not in by_id:
            raise InvalidInput.at(f"/lines/{position}/line_id", "unknown_line", "The order has no such line.")
        units[each.line_id] = units.get(each.line_id, 0) + each.quantity
    return [(by_id[line_id], quantity) for line_id, quantity in units.items()], asked.delivery


def _goods(lines: Sequence[tuple[OrderLine, int]]) -> Iterator[Credit]:
    for line, quantity in lines:
        if quantity > line.to_credit:
            raise CreditTooLarge(
                f"{line.to_credit} of {line.quantity} units of {line.sku} are left to credit.",
                unblock="Ask for fewer units.",
                line_id=str(line.pk),
                left=line.to_credit,
            )
        amount = share(line.total, line.quantity, line.credited, line.credited + quantity)
        yield Credit(CreditKind.GOODS, amount, line=line, quantity=quantity, begin=line.credited)


def _delivery(currency: str, deliveries: Sequence[DeliveryCharge], amount: int) -> Iterator[Credit]:
    left = sum(each.to_credit for each in deliveries)
    if amount > left:
        raise CreditTooLarge(
            f"{format_money(left, currency)} of the delivery charge is left to credit.",
            unblock="Ask for less of it.",
            left=left,
        )
    for each in deliveries:
        part = min(amount, each.to_credit)
        amount -= part
        if part:
            yield Credit(CreditKind.DELIVERY, part, delivery=each, begin=each.credited)


def _is_everything(
    order: Order, deliveries: Sequence[DeliveryCharge], lines: Sequence[tuple[OrderLine, int]], delivery: int
) -> bool:
    """Whether no unit and nothing of the delivery is left to credit after these."""
    units = sum(line.to_credit for line in order.lines.all()) - sum(quantity for _, quantity in lines)
    return units == 0 and sum(each.to_credit for each in deliveries) == delivery
