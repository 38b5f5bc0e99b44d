"""Whatever may happen to an order, against a model of plain dicts: same numbers, same refusals, no dead end."""

from __future__ import annotations

import datetime as dt
import itertools
from collections import Counter
from uuid import UUID

import pytest
from django.utils import timezone
from hypothesis import strategies as st
from hypothesis.stateful import (
    initialize,
    invariant,
    precondition,
    rule,
)

from core.transitions import declared
from inventory.actions import NewVariant, StockItem, adjust, create_location, create_product, receive, scrap
from inventory.models import StockLevel, Variant
from inventory.queries import stock_discrepancies
from orders import actions, derivation
from orders.actions import NewLine, NewOrder
from orders.models import Order
from orders.payments.models import LedgerEntry
from orders.queries import verification
from orders.statuses import MOST_KEPT
from shipping import actions as shipping
from shipping.models import Shipment
from tests.factories.core import a_client
from tests.factories.orders import ACTOR, ADDRESS, TOTAL, a_placed_order, assert_everything_adds_up, versions
from tests.machines import OfOneOrder, lives

PRICES = (250, 1_000)
OPEN = {"draft", "placed", "processing"}
OVER = {"cancelled", "completed"}
HERE = {"pending", "packed"}
AWAY = {"dispatched", "in_transit", "failed"}
MONEY = ("charged", "captured", "refunded", "credited", "written_off")
UNITS = ("cancelled", "reserved", "backordered", "shipped", "delivered", "undelivered", "returned")
_turns = itertools.count(1)

skus = st.integers(0, 1)
picks = st.integers(0, 9)
few = st.integers(1, 4)


class Life(OfOneOrder):
    """One order of two lines, from one location; each example has its own shop."""

    @initialize(
        draft=st.booleans(),
        on_account=st.booleans(),
        quantities=st.tuples(few, few),
        policies=st.tuples(st.sampled_from(["refuse", "backorder"]), st.sampled_from(["refuse", "preorder"])),
    )
    def order_something(
        self, draft: bool, on_account: bool, quantities: tuple[int, int], policies: tuple[str, str]
    ) -> None:
        turn = next(_turns)
        self.place_ = create_location(code=f"L{turn}", name="Here", actor=ACTOR)
        variants = [
            NewVariant(f"SKU-{turn}-{n}", f"A {n}", {"EUR": price}, stock_policy=policies[n])
            for n, price in enumerate(PRICES)
        ]
        create_product(name="Goods", variants=variants, actor=ACTOR)
        self.variants = list(Variant.objects.filter(sku__in=[v.sku for v in variants]).order_by("sku"))
        receive([StockItem(v.pk, self.place_.pk, 4) for v in self.variants], actor=ACTOR)
        make = actions.create_draft if draft else actions.place_order
        new = NewOrder(
            currency="EUR",
            lines=[NewLine(v.sku, count) for v, count in zip(variants, quantities, strict=True)],
            payment_terms="on_account" if on_account else "prepaid",
            shipping_address=ADDRESS,
        )
        order = make(new, client_id=a_client().pk, actor=ACTOR)
        self.pk = order.pk
        self.line_ids = [line.pk for line in order.lines.all()]
        self.quantities = quantities
        self.waits = [policy != "refuse" for policy in policies]
        self.on_account = on_account
        self.total = sum(price * count for price, count in zip(PRICES, quantities, strict=True))
        self.status = "draft" if draft else "placed"
        self.expires = draft
        self.deleted = False
        self.money = dict.fromkeys(MONEY, 0) | {"charged": 0 if draft else self.total}
        self.credit = 0
        self.units = [dict.fromkeys(UNITS, 0) | {"reserved": count} for count in quantities]
        self.credited = [0, 0]
        self.on_hand = [4, 4]
        self.holds: list[UUID] = []
        self.lifted: list[UUID] = []
        self.packed_once: set[UUID] = set()
        self.restocked: dict[UUID, bool] = {}
        self.payments: dict[UUID, list[int]] = {}
        self.parcels: dict[UUID, tuple[str, Counter[int]]] = {}

    # What the model knows

    @property
    def due(self) -> int:
        money = self.money
        return money["charged"] - money["credited"] - money["written_off"] - money["captured"] + money["refunded"]

    def sum_of(self, counter: str) -> int:
        return sum(line[counter] for line in self.units)

    def to_ship(self, sku: int) -> int:
        return self.quantities[sku] - self.units[sku]["cancelled"] - self.units[sku]["shipped"]

    def free(self, sku: int) -> int:
        return self.on_hand[sku] - self.units[sku]["reserved"]

    def under_way(self) -> int:
        return self.sum_of("shipped") - self.sum_of("delivered") - self.sum_of("undelivered")

    def packed(self, sku: int) -> int:
        return sum(held[sku] for status, held in self.parcels.values() if status == "packed")

    def can_reserve(self, wanted: list[int]) -> bool:
        return all(count <= self.free(sku) or self.waits[sku] for sku, count in enumerate(wanted))

    def _reserve(self, wanted: list[int]) -> None:
        for sku, count in enumerate(wanted):
            got = min(count, self.free(sku))
            self.units[sku]["reserved"] += got
            self.units[sku]["backordered"] = count - got

    def can_cancel(self) -> bool:
        return self.status in OPEN and not self.deleted and self.sum_of("shipped") == 0

    # Its life

    @rule()
    def place(self) -> None:
        missing = [self.to_ship(sku) - self.units[sku]["reserved"] for sku in range(2)]
        if self.attempt(
            self.status == "draft" and not self.deleted and self.can_reserve(missing),
            lambda: actions.place_draft(self.pk, actor=ACTOR),
            done=self.status not in {"draft", "cancelled"},
        ):
            self.status, self.expires = "placed", False
            self.money["charged"] += self.total
            self._reserve(missing)

    @rule()
    def let_the_reservation_expire(self) -> None:
        later = timezone.now() + dt.timedelta(days=1)
        assert actions.expire_reservation(self.pk, now=later, actor=ACTOR) == self.expires
        if self.expires:
            self.expires = False
            for line in self.units:
                line.update(reserved=0, backordered=0)

    @rule()
    def release(self) -> None:
        whole = all(self.units[sku]["reserved"] >= self.to_ship(sku) for sku in range(2))
        settled = self.due <= 0 or self.on_account
        if self.attempt(
            self.status == "placed" and not self.deleted and not self.holds and settled and whole,
            lambda: actions.release_order(self.pk, actor=ACTOR),
            done=self.status not in {"draft", "placed", "cancelled"},
        ):
            self.status = "processing"

    @rule()
    def release_part(self) -> None:
        settled = self.due <= 0 or self.on_account
        in_part = self.sum_of("reserved") > 0 and self.sum_of("backordered") > 0
        if self.attempt(
            self.status == "placed" and not self.deleted and not self.holds and settled and in_part,
            lambda: actions.release_part(self.pk, actor=ACTOR),
            done=self.status not in {"draft", "placed", "cancelled"},
        ):
            self.status = "processing"

    @rule()
    def cancel(self) -> None:
        if self.attempt(
            self.can_cancel(),
            lambda: actions.cancel_order(self.pk, reason="No", actor=ACTOR),
            done=self.status == "cancelled",
        ):
            self._cancelled()

    def _cancelled(self) -> None:
        self.status, self.expires = "cancelled", False
        self.credit = self.money["charged"] - self.money["credited"] - self.money["written_off"]
        self.money["credited"] += self.credit
        for line, quantity in zip(self.units, self.quantities, strict=True):
            line.update(cancelled=quantity, reserved=0, backordered=0)

    @rule()
    def reopen(self) -> None:
        if self.attempt(
            self.status == "cancelled" and not self.deleted and self.can_reserve(list(self.quantities)),
            lambda: actions.reopen_order(self.pk, actor=ACTOR),
            done=self.status == "placed",
        ):
            self.status = "placed"
            self.money["credited"] -= self.credit
            self.money["charged"] = self.total
            for line in self.units:
                line["cancelled"] = 0
            self._reserve(list(self.quantities))

    @rule()
    def complete(self) -> None:
        if self.attempt(
            self.status in {"shipped", "delivered"} and not self.under_way(),
            lambda: actions.complete_order(self.pk, actor=ACTOR),
            done=self.status == "completed",
        ):
            self.status = "completed"

    @precondition(lambda self: self.status in OVER)
    @rule()
    def delete(self) -> None:
        if self.attempt(
            not self.deleted and self.due >= 0,
            lambda: actions.delete_order(self.pk, actor=ACTOR),
            done=self.deleted,
        ):
            self.deleted = True

    # Its money and its holds

    @rule(all_of_it=st.booleans(), amount=st.integers(1, 3_000), more=st.booleans())
    def pay(self, all_of_it: bool, amount: int, more: bool) -> None:
        amount = self.due if all_of_it and self.due > 0 else amount
        kept = self.money["captured"] - self.money["refunded"]
        payment = self.attempt(
            self.status != "draft"
            and not self.deleted
            and kept + amount <= MOST_KEPT * self.total
            and (more or amount <= self.due),
            lambda: actions.record_payment(self.pk, method="cash", amount=amount, allow_overpayment=more, actor=ACTOR),
        )
        if payment:
            self.payments[payment.pk] = [amount, 0]
            self.money["captured"] += amount

    @precondition(lambda self: self.payments)
    @rule(pick=picks, all_of_it=st.booleans(), amount=st.integers(1, 3_000))
    def refund(self, pick: int, all_of_it: bool, amount: int) -> None:
        payment, (captured, refunded) = list(self.payments.items())[pick % len(self.payments)]
        amount = captured - refunded if all_of_it and captured > refunded else amount
        if self.attempt(
            not self.deleted and amount <= captured - refunded,
            lambda: actions.refund_payment(self.pk, payment, amount=amount, actor=ACTOR),
        ):
            self.payments[payment][1] += amount
            self.money["refunded"] += amount

    @rule(sku=skus, count=few, goodwill=st.sampled_from([0, 0, 100]), everything=st.booleans())
    def refund_items(self, sku: int, count: int, goodwill: int, everything: bool) -> None:
        wanted = [0, 0]
        wanted[sku] = count
        left_to_credit = [each - done for each, done in zip(self.quantities, self.credited, strict=True)]
        wanted = left_to_credit if everything else wanted
        asks = any(wanted) or goodwill > 0
        left = self.money["charged"] - self.money["credited"] - self.money["written_off"]
        total = sum(PRICES[each] * units for each, units in enumerate(wanted)) + goodwill
        credited = left if asks and (total > left or wanted == left_to_credit) else total
        back = max(credited - self.due, 0)
        asked = actions.Asked(
            [actions.UnitsAsked(self.line_ids[sku], count)] if not everything else (),
            goodwill=goodwill,
            everything=everything,
        )
        if self.attempt(
            self.status != "draft"
            and not self.deleted
            and all(units <= most for units, most in zip(wanted, left_to_credit, strict=True))
            and (left > 0 if asks else self.due < 0)
            and (not goodwill or total <= left),
            lambda: actions.refund_items(self.pk, asked=asked, reason="other", actor=ACTOR),
        ):
            self.credited = [done + units for done, units in zip(self.credited, wanted, strict=True)]
            self.money["credited"] += credited
            self._give_back(min(back, credited) if asks else back)

    def _give_back(self, amount: int) -> None:
        """The newest payment first."""
        self.money["refunded"] += amount
        for payment in reversed(self.payments.values()):
            part = min(amount, payment[0] - payment[1])
            payment[1] += part
            amount -= part
        assert amount == 0

    @rule()
    def write_off(self) -> None:
        due = self.due
        if self.attempt(
            due > 0 and not self.deleted,
            lambda: actions.write_off_balance(self.pk, note="Gone", actor=ACTOR),
            done=not self.deleted and self.money["written_off"] > 0,
        ):
            self.money["written_off"] += due

    @rule()
    def hold(self) -> None:
        hold = self.attempt(
            self.status in OPEN and not self.deleted and not self.holds,
            lambda: actions.place_hold(self.pk, reason="other", actor=ACTOR),
            done=bool(self.holds),
        )
        if hold:
            self.holds.append(hold.pk)

    @precondition(lambda self: self.holds)
    @rule()
    def lift(self) -> None:
        hold = self.holds[-1]
        if self.attempt(not self.deleted, lambda: actions.lift_hold(self.pk, hold, actor=ACTOR)):
            self.lifted.append(self.holds.pop())

    @precondition(lambda self: self.lifted)
    @rule()
    def lift_again(self) -> None:
        self.attempt(False, lambda: actions.lift_hold(self.pk, self.lifted[-1], actor=ACTOR), done=True)

    # Its goods

    @rule(sku=skus)
    def lose_what_is_free(self, sku: int) -> None:
        if self.free(sku):
            scrap([StockItem(self.variants[sku].pk, self.place_.pk, self.free(sku))], actor=ACTOR)
            self.on_hand[sku] = self.units[sku]["reserved"]

    @rule(sku=skus, count=few)
    def restock(self, sku: int, count: int) -> None:
        receive([StockItem(self.variants[sku].pk, self.place_.pk, count)], actor=ACTOR)
        self.on_hand[sku] += count

    @rule()
    def serve(self) -> None:
        missing = [line["backordered"] for line in self.units]
        served = sum(min(count, self.free(sku)) for sku, count in enumerate(missing))
        assert actions.serve_backorders(self.pk, actor=ACTOR).units == served
        self._reserve(missing)

    @rule(sku=skus, count=st.integers(0, 4))
    def find(self, sku: int, count: int) -> None:
        """Counted fewer than are reserved: what is in no packed parcel waits again."""
        line = self.units[sku]
        over = max(line["reserved"] - count, 0)
        at_work = self.status == "processing"
        possible = over <= line["reserved"] - min(self.packed(sku) if at_work else 0, line["reserved"])
        variant, place = self.variants[sku].pk, self.place_.pk
        self.attempt(possible, lambda: adjust(variant, place, to=count, note="Counted", actor=ACTOR))
        if possible:
            self.on_hand[sku] = count
            line["reserved"] -= over
            line["backordered"] += over

    @rule()
    def open_shipments(self) -> None:
        opened = shipping.open_shipments(self.pk, actor=ACTOR)
        if self.status != "processing":
            assert opened == []
            return
        left = Counter({sku: line["reserved"] for sku, line in enumerate(self.units)})
        for parcel, (status, held) in self.parcels.items():
            if status in HERE and held <= left:
                left -= held
            elif status in HERE:
                self.parcels[parcel] = ("cancelled", held)
        assert [self._contents(shipment) for shipment in opened] == ([+left] if +left else [])
        self.parcels.update({shipment.pk: ("pending", +left) for shipment in opened})

    @rule()
    def hear_of_the_cancellation(self) -> None:
        shipping.cancel_shipments_of(self.pk, actor=ACTOR)
        if self.status == "cancelled":
            for parcel, (status, held) in self.parcels.items():
                self.parcels[parcel] = ("cancelled" if status in HERE else status, held)

    def _contents(self, shipment: Shipment) -> Counter[int]:
        rows = shipment.lines.values_list("order_line_id", "quantity")
        return Counter({self.line_ids.index(line): quantity for line, quantity in rows})

    def _parcel(self, pick: int) -> tuple[UUID, str, Counter[int]]:
        parcel, (status, held) = list(self.parcels.items())[pick % len(self.parcels)]
        return parcel, status, held

    @precondition(lambda self: self.parcels)
    @rule(pick=picks, sku=skus)
    def split(self, pick: int, sku: int) -> None:
        parcel, status, held = self._parcel(pick)
        part = self.attempt(
            status == "pending" and held[sku] > 0 and held.total() > 1,
            lambda: shipping.split_shipment(parcel, {self.line_ids[sku]: 1}, actor=ACTOR),
        )
        if part:
            self.parcels[parcel] = (status, held - Counter({sku: 1}))
            self.parcels[part.pk] = ("pending", Counter({sku: 1}))

    @precondition(lambda self: self.parcels)
    @rule(pick=picks)
    def pack(self, pick: int) -> None:
        parcel, status, held = self._parcel(pick)
        if self.attempt(
            status == "pending" and self.status == "processing",
            lambda: shipping.pack_shipment(parcel, actor=ACTOR),
            done=parcel in self.packed_once and status in {"packed", "dispatched", "in_transit", "delivered"},
        ):
            self.packed_once.add(parcel)
            self.parcels[parcel] = ("packed", held)

    @precondition(lambda self: self.parcels)
    @rule(pick=picks)
    def dispatch(self, pick: int) -> None:
        parcel, status, held = self._parcel(pick)
        if self.attempt(
            status in HERE and self.status == "processing" and not self.holds and self._reserves(held),
            lambda: shipping.dispatch_shipment(parcel, carrier="Royal Mail", actor=ACTOR),
            done=status in {"dispatched", "in_transit", "delivered"},
        ):
            self.parcels[parcel] = ("dispatched", held)
            for sku, count in held.items():
                self.units[sku]["reserved"] -= count
                self.units[sku]["shipped"] += count
                self.on_hand[sku] -= count
            if not any(self.to_ship(sku) for sku in range(2)):
                self.status = "shipped"

    def _reserves(self, held: Counter[int]) -> bool:
        return all(count <= self.units[sku]["reserved"] for sku, count in held.items())

    @precondition(lambda self: self.parcels)
    @rule(pick=picks)
    def fail(self, pick: int) -> None:
        parcel, status, held = self._parcel(pick)
        if self.attempt(
            status in {"dispatched", "in_transit"},
            lambda: shipping.mark_failed(parcel, reason="Rain", actor=ACTOR),
            done=status == "failed",
        ):
            self.parcels[parcel] = ("failed", held)

    @precondition(lambda self: self.parcels)
    @rule(pick=picks)
    def try_again(self, pick: int) -> None:
        parcel, status, held = self._parcel(pick)
        if self.attempt(
            status in {"dispatched", "failed"},
            lambda: shipping.mark_in_transit(parcel, actor=ACTOR),
            done=status == "in_transit",
        ):
            self.parcels[parcel] = ("in_transit", held)

    @precondition(lambda self: self.parcels)
    @rule(pick=picks)
    def deliver(self, pick: int) -> None:
        parcel, status, held = self._parcel(pick)
        if self.attempt(
            status in AWAY, lambda: shipping.deliver_shipment(parcel, actor=ACTOR), done=status == "delivered"
        ):
            self._arrived(parcel, "delivered", held)

    @precondition(lambda self: self.parcels)
    @rule(pick=picks, restock=st.booleans())
    def return_to_sender(self, pick: int, restock: bool) -> None:
        parcel, status, held = self._parcel(pick)
        if self.attempt(
            status in AWAY,
            lambda: shipping.return_to_sender(parcel, restock=restock, actor=ACTOR),
            done=self.restocked.get(parcel) == restock,
        ):
            self.restocked[parcel] = restock
            self._arrived(parcel, "returned", held)
            for sku, count in held.items():
                self.on_hand[sku] += count if restock else 0

    def _arrived(self, parcel: UUID, how: str, held: Counter[int]) -> None:
        self.parcels[parcel] = (how, held)
        counter = "delivered" if how == "delivered" else "undelivered"
        for sku, count in held.items():
            self.units[sku][counter] += count
        if self.status == "shipped" and not self.under_way() and self.sum_of("delivered"):
            self.status = "delivered"

    # What holds after every step

    @invariant()
    def the_database_agrees(self) -> None:
        if not hasattr(self, "pk"):
            return
        order = Order.objects.prefetch_related("lines", "payments").get(pk=self.pk)
        lines = list(order.lines.all())
        assert (order.status, order.is_deleted, order.due) == (self.status, self.deleted, self.due)
        assert {name: getattr(order, name) for name in MONEY} == self.money
        assert [{name: getattr(line, name) for name in UNITS} for line in lines] == self.units
        assert [line.credited for line in lines] == self.credited
        paid = {each.pk: [each.captured, each.refunded] for each in order.payments.all()}
        assert paid == self.payments
        assert order.payment_status == derivation.payment_status(order)
        assert order.fulfilment_status == derivation.fulfilment_status(lines)
        assert order.return_status == derivation.return_status(lines)
        assert versions(order) == list(range(1, order.version + 1))
        shipments = Shipment.objects.filter(order_id=self.pk).prefetch_related("lines")
        assert {each.pk: (each.status, self._contents(each)) for each in shipments} == self.parcels

    @invariant()
    def the_ledgers_add_up(self) -> None:
        if not hasattr(self, "pk"):
            return
        levels = StockLevel.objects.filter(variant__in=self.variants).order_by("variant__sku")
        assert [(level.on_hand, level.reserved) for level in levels] == [
            (self.on_hand[sku], self.units[sku]["reserved"]) for sku in range(2)
        ]
        posted: Counter[str] = Counter()
        for kind, amount in LedgerEntry.objects.filter(order_id=self.pk).values_list("kind", "amount"):
            posted[kind] += amount
        assert posted.pop("authorised", 0) == self.money["captured"]
        assert +posted == +Counter(self.money)
        orders = list(Order.objects.filter(pk=self.pk).prefetch_related("lines", "payments"))
        assert verification.discrepancies_of(orders) == []

    def teardown(self) -> None:
        try:
            if hasattr(self, "pk"):
                self._comes_to_an_end()
        finally:
            super().teardown()

    def _comes_to_an_end(self) -> None:
        """From wherever it got, the order can be brought to an end, and everything still adds up."""
        if self.status not in OVER:
            assert any(self.status in move.sources for move in declared(Order).values())
            self._end()
        assert self.status in OVER
        self.the_database_agrees()
        self.the_ledgers_add_up()
        assert stock_discrepancies() == []
        assert list(verification.postings_off(list(Order.objects.filter(pk=self.pk)))) == []

    def _end(self) -> None:
        """Cancelled while nothing has left; else the rest is sent and delivered, and the order completed."""
        if self.can_cancel():
            self.cancel()
            return
        while self.holds:
            self.lift()
        for sku, line in enumerate(self.units):
            if line["backordered"]:
                self.restock(sku, line["backordered"])
        self.serve()
        self.open_shipments()
        for pick in range(len(self.parcels)):
            if self._parcel(pick)[1] in HERE:
                self.dispatch(pick)
            if self._parcel(pick)[1] in AWAY:
                self.deliver(pick)
        self.complete()


@pytest.mark.machine
@pytest.mark.django_db
def test_an_order_lives_as_a_model_of_dicts_says_and_always_comes_to_an_end() -> None:
    lives(Life, quick=8)


@pytest.mark.django_db
def test_what_was_written_off_before_a_cancellation_stays_so_when_the_order_is_reopened_and_adds_up() -> None:
    order = a_placed_order()
    actions.write_off_balance(order.pk, note="Gone", actor=ACTOR)
    actions.cancel_order(order.pk, reason="No", actor=ACTOR)
    assert_everything_adds_up()
    reopened = actions.reopen_order(order.pk, actor=ACTOR)
    assert (reopened.due, reopened.charged, reopened.credited, reopened.written_off) == (0, TOTAL, 0, TOTAL)
    assert_everything_adds_up()
