"""Whatever may happen to an order that is paid by cards, against a model of plain dicts: the shop and the cards' bank
hold the same, nothing is taken twice or for no order, and everything under way comes to an end.
"""

from __future__ import annotations

import datetime as dt
import json
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any, ClassVar
from uuid import UUID

import pytest
import time_machine
from django.conf import settings
from django.db import connection
from django.db.models import Sum, prefetch_related_objects
from django.test import Client as Browser
from django.utils import timezone
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant

from books.models import PostingLine
from core.actors import Actor
from core.models import Client
from deploy.fakes.gateway import HEADER, SECRET, Books, FakeGateway, signature
from inventory.queries import stock_discrepancies
from orders import actions, derivation
from orders.models import Order
from orders.payments import sending
from orders.payments.gateways import GatewayUnavailable
from orders.payments.models import PaymentNotice
from orders.payments.sending import send_attempt, sweep_attempts
from orders.queries import verification
from orders.settlement.reconciling import reconcile
from orders.tasks import expire_authorisations
from shipping import actions as shipping
from stored_value.models import StoredValue
from tests.factories.customers import a_customer
from tests.factories.gateways import ADAPTER, DEAF, ONCE, a_gateway, settings_of
from tests.factories.inventory import stock_up
from tests.factories.orders import ACTOR, ADDRESS, new_order, versions
from tests.factories.staff import a_person
from tests.factories.stored_value import a_gift_card_and_code, a_store_credit
from tests.factories.storefronts import a_storefront
from tests.machines import OfChances, OfOneOrder, lives, may
from tests.orders.payments.card_model import LASTS, MONEY, OPEN, STORED, UNDER_WAY, Row, Shop

SKUS = ("A", "B")
CARDS = ("tok_ok", "tok_ok", "tok_action", "tok_broken", "tok_declined", "tok_no_refund")
ANSWERS = ("heard", "heard", "heard", "heard", "lost", "down", "refused")
"""What becomes of the answer to what is sent."""

picks = st.integers(0, 9)
skus = st.integers(0, 1)
few = st.integers(1, 3)
parts = st.sampled_from([0, 100, 50, 50, 30, 110])
"""Percent of what is left; 0: all of it, by saying nothing."""
stored = st.sampled_from(STORED)
back_to = st.sampled_from(["original", "original", *STORED])
answers = st.sampled_from(ANSWERS)
then = st.sampled_from([*ANSWERS, "", "", ""])
"""The answer to what was just asked for; empty: the relay has yet to send it."""


@dataclass(frozen=True)
class Place:
    """A storefront with a customer who has a gift card and store credit. `once`: its gateway captures once."""

    client: Client
    customer_id: UUID
    code: str
    stored: Mapping[str, UUID]

    @classmethod
    def make(cls, *, on_authorised: bool) -> Place:
        client = a_storefront(release_on_authorised=on_authorised)
        customer = a_customer(client)
        card, code = a_gift_card_and_code(client, amount=700)
        credit = a_store_credit(customer, amount=500)
        return cls(client, customer.pk, code, {"gift_card": card.pk, "store_credit": credit.pk})


class Cards(OfChances, OfOneOrder):
    """One order whose goods are there."""

    gateway: ClassVar[FakeGateway]
    webhook: ClassVar[Browser]
    places: ClassVar[Mapping[bool, Place]]
    nobody: ClassVar[Actor]
    """Somebody whose refunds a second person has to approve."""

    @initialize(quantities=st.tuples(few, few), on_authorised=st.booleans(), once=st.booleans())
    def order_something(self, quantities: tuple[int, int], on_authorised: bool, once: bool) -> None:
        self.clock = time_machine.travel(dt.datetime.now(dt.UTC), tick=True)
        self.time = self.clock.start()
        self.days = [timezone.localdate()]
        self.gateway.books = Books(url=self.gateway.url)
        self.adapter = ONCE if once else ADAPTER
        settings.PAYMENT_GATEWAYS = settings_of(self.gateway, adapter=self.adapter)
        self.place = self.places[on_authorised]
        goods = dict(zip(SKUS, quantities, strict=True))
        new = new_order(goods, customer_id=self.place.customer_id, shipping_address=ADDRESS)
        order = actions.place_order(new, client_id=self.place.client.pk, actor=ACTOR)
        self.pk = order.pk
        self.line_ids = [line.pk for line in order.lines.all()]
        self.shop = Shop(quantities, on_authorised=on_authorised, once=once)
        self.version = 0
        """Of the order as its rows were compared last."""
        self.parcels: dict[UUID, Counter[int]] = {}
        self.away: list[UUID] = []
        self.told: list[dict[str, Any]] = []
        self.noted: dict[tuple[UUID, str], bool] = {}

    # What is asked of cards

    @may(
        lambda self: self.shop.not_asked_for() > 0,
        card=st.sampled_from(CARDS),
        capture=st.sampled_from([False, False, True]),
        part=parts,
        answer=then,
        often=4,
    )
    def charge(self, card: str, capture: bool, part: int, answer: str) -> None:
        shop, left = self.shop, self.shop.not_asked_for()
        amount = _part_of(left, part)
        asked = left if amount is None else amount
        payment = self.attempt(
            not shop.deleted and shop.due > 0 and 1 <= asked <= left,
            lambda: actions.pay_by_card(self.pk, token=card, amount=amount, capture=capture, actor=ACTOR),
        )
        if payment:
            shop.charge(payment.pk, card, asked, capture=capture)
            self._send_newest(answer)

    @may(lambda self: self.shop.authorised, pick=picks, part=parts, answer=then, often=4)
    def capture(self, pick: int, part: int, answer: str) -> None:
        payment = _pick([each for each in self.shop.payments if each["authorised"] > each["captured"]], pick)
        left = payment["authorised"] - payment["captured"]
        amount = _part_of(left, part)
        asked = left if amount is None else amount
        if self.attempt(
            not self.shop.deleted and 1 <= asked <= min(left, left + self.shop.room) and not self.shop.is_busy(payment),
            lambda: actions.capture_payment_of(self.pk, payment["id"], amount=amount, actor=ACTOR),
        ):
            self.shop.ask(payment, "capture", asked)
            self._send_newest(answer)

    @may(lambda self: self.shop.authorised, pick=picks, answer=then)
    def void(self, pick: int, answer: str) -> None:
        payment = _pick(self.shop.payments, pick)
        left = payment["authorised"] - payment["captured"]
        if self.attempt(
            not self.shop.deleted and left > 0 and not self.shop.is_busy(payment),
            lambda: actions.void_payment(self.pk, payment["id"], actor=ACTOR),
        ):
            self.shop.ask(payment, "void", left)
            self._send_newest(answer)

    @may(cleared=st.booleans(), often=1)
    def let_a_week_pass(self, cleared: bool) -> None:
        self._pass_days(LASTS + 1)
        if cleared:
            self.let_go_what_ran_out()

    def _pass_days(self, days: int) -> None:
        self.time.shift(dt.timedelta(days=days))
        self.shop.day += days
        self.days.append(timezone.localdate())

    @may(lambda self: self.shop.expirable())
    def let_go_what_ran_out(self) -> None:
        over = self.shop.expirable()
        assert expire_authorisations() == len(over)
        for payment in over:
            self.shop.ask(payment, "void", payment["authorised"] - payment["captured"])

    # What is sent to the gateway, and heard of it

    @may(lambda self: self._requested(), pick=picks, answer=answers, often=4)
    def send(self, pick: int, answer: str) -> None:
        self._send(_pick(self._requested(), pick), answer)

    def _requested(self) -> list[Row]:
        return [each for each in self.shop.attempts if each["status"] == "requested"]

    def _send_newest(self, answer: str) -> None:
        """At once, as the relay does when nothing else waits."""
        if answer:
            self.the_database_agrees()
            self._send(self._requested()[-1], answer)

    def _send(self, attempt: Row, answer: str) -> None:
        """What the gateway refuses counts as declined, unless it was done before."""
        unheard = answer in {"lost", "down"} or (answer == "heard" and self._breaks(attempt))
        with self._answering(answer), pytest.raises(GatewayUnavailable) if unheard else nullcontext():
            send_attempt(attempt["id"])
        if answer in {"heard", "lost"}:
            self.shop.bank.do(attempt, self.shop.day)
        if not unheard:
            self.shop.settle(attempt, attempt["answer"] or "declined")

    def _breaks(self, attempt: Row) -> bool:
        """Whether the connection breaks as it is done."""
        return attempt["card"] == "tok_broken" and not attempt["answer"]

    @contextmanager
    def _answering(self, answer: str) -> Iterator[None]:
        adapter = DEAF if answer == "lost" else self.adapter
        settings.PAYMENT_GATEWAYS = settings_of(self.gateway, adapter=adapter)
        self.gateway.down, self.gateway.refuses = answer == "down", 422 if answer == "refused" else 0
        yield
        settings.PAYMENT_GATEWAYS = settings_of(self.gateway, adapter=self.adapter)
        self.gateway.down, self.gateway.refuses = False, 0

    @may(lambda self: len(self._requested()) < len(self.shop.attempts) and self.shop.under_way(), pick=picks, often=1)
    def send_again(self, pick: int) -> None:
        """What is known, or waits for the payer, is not sent any more."""
        attempt = _pick([each for each in self.shop.attempts if each["status"] != "requested"], pick)
        before = self.gateway.books.asked.copy()
        send_attempt(attempt["id"])
        assert self.gateway.books.asked == before

    @may(lambda self: self.shop.under_way() and len(self._acted()) < 2, down=st.sampled_from([False, False, True]))
    def sweep(self, down: bool) -> None:
        """In any order, so at most one payer has acted whom nobody has heard of."""
        asked = [] if down else sorted(self.shop.under_way(), key=lambda each: each["status"] == "needs_action")
        with self._answering("down" if down else "heard"):
            swept = sweep_attempts()
        for attempt in asked:
            unheard = self._breaks(attempt)
            outcome = self.shop.bank.do(attempt, self.shop.day)
            if not unheard:
                self.shop.settle(attempt, outcome)
        assert swept == sum(attempt["status"] not in UNDER_WAY for attempt in asked)

    def _acted(self) -> list[Row]:
        waiting = [each for each in self.shop.attempts if each["status"] == "needs_action"]
        return [each for each in waiting if each["answer"] != "needs_action"]

    @may(
        lambda self: any(each["answer"] == "needs_action" for each in self.shop.attempts),
        pick=picks,
        agrees=st.sampled_from([True, True, False]),
        often=4,
    )
    def act(self, pick: int, agrees: bool) -> None:
        """The payer, on the page of their bank."""
        self._act(_pick([each for each in self.shop.attempts if each["answer"] == "needs_action"], pick), agrees)

    def _act(self, attempt: Row, agrees: bool) -> None:
        page = f"{self.gateway.url}/action/{attempt['id']}" + ("" if agrees else "?refuse")
        urllib.request.urlopen(page, timeout=5).close()  # noqa: S310 - our own server
        self.shop.bank.act(attempt, self.shop.day, agrees=agrees)

    @may(lambda self: self.told and self.shop.under_way(), pick=st.integers(0, 30), times=st.integers(1, 2))
    def hear(self, pick: int, times: int) -> None:
        """Anything that the gateway ever answered: twice, late and out of order."""
        answer = self.told[-1 - pick % len(self.told)]
        for _ in range(times):
            self._hear(answer)

    def _hear(self, answer: dict[str, Any]) -> None:
        body = json.dumps(answer).encode()
        headers = {HEADER: signature(SECRET, body, int(time.time()))}
        path = "/webhooks/payments/fake/"
        assert self.webhook.post(path, body, content_type="application/json", headers=headers).status_code == 204
        attempt = next(each for each in self.shop.attempts if str(each["id"]) == answer["key"])
        was_news = self.shop.settle(attempt, answer["outcome"])
        self.noted.setdefault((attempt["id"], answer["outcome"]), was_news)

    # What is paid otherwise

    @may(
        lambda self: self.shop.due > 0,
        part=parts,
        more=st.sampled_from([False, False, True]),
        most=st.sampled_from([False] * 5 + [True]),
        often=2,
    )
    def pay_cash(self, part: int, more: bool, most: bool) -> None:
        shop, takes = self.shop, self.shop.room
        amount = max(takes, 1) if most else _part_of(max(shop.due, 1), part or 100) or 1
        payment = self.attempt(
            not shop.deleted and amount <= takes and (more or amount <= shop.due),
            lambda: actions.record_payment(self.pk, method="cash", amount=amount, allow_overpayment=more, actor=ACTOR),
        )
        if payment:
            shop.pay(payment.pk, "cash", amount)

    @may(lambda self: self.shop.due > 0, kind=stored, part=parts, often=1)
    def redeem(self, kind: str, part: int) -> None:
        shop = self.shop
        amount = _part_of(shop.stored[kind], part)
        taken = min(shop.due, shop.stored[kind]) if amount is None else amount
        payment = self.attempt(
            not shop.deleted and 0 < taken <= min(shop.due, shop.stored[kind]),
            lambda: self._redeem(kind, amount),
        )
        if payment:
            shop.pay(payment.pk, kind, taken)

    def _redeem(self, kind: str, amount: int | None) -> Any:
        if kind == "gift_card":
            return actions.redeem_gift_card(self.pk, code=self.place.code, amount=amount, actor=ACTOR)
        return actions.redeem_store_credit(self.pk, amount=amount, actor=ACTOR)

    @may(lambda self: self.shop.due > 0 and len(self.shop.attempts) > 5 and not self.shop.deleted, often=1)
    def write_off(self) -> None:
        due = self.shop.due
        actions.write_off_balance(self.pk, note="Gone", actor=ACTOR)
        self.shop.money["written_off"] += due

    # What is given back

    @may(
        lambda self: self.shop.kept,
        pick=picks,
        part=parts,
        as_credit=st.sampled_from([False, False, True]),
        answer=then,
        often=4,
    )
    def refund(self, pick: int, part: int, as_credit: bool, answer: str) -> None:
        shop = self.shop
        payment = _pick([each for each in shop.payments if each["captured"] > each["refunded"]], pick)
        left = payment["captured"] - payment["refunded"]
        asked = _part_of(left, part) or left
        if self.attempt(
            not shop.deleted and asked <= left and not shop.is_busy(payment),
            lambda: actions.refund_payment(
                self.pk, payment["id"], amount=asked, as_store_credit=as_credit, actor=ACTOR
            ),
        ):
            shop.give_back(payment, asked, "store_credit" if as_credit else "original")
            if payment["method"] == "card" and not as_credit:
                self._send_newest(answer)

    @may(
        lambda self: self.shop.left_of_charge > 0 or self.shop.due < 0,
        units=st.tuples(skus, skus),
        goodwill=st.sampled_from([0, 0, 100]),
        to=back_to,
        asks=st.booleans(),
    )
    def refund_items(self, units: tuple[int, int], goodwill: int, to: str, asks: bool) -> None:
        self._refund(list(units), goodwill, to, self.nobody if asks else ACTOR)

    def _refund(self, units: list[int], goodwill: int, to: str, actor: Actor) -> None:
        shop, alone = self.shop, actor == ACTOR
        asked = actions.Asked(
            [actions.UnitsAsked(line, count) for line, count in zip(self.line_ids, units, strict=True) if count],
            goodwill=goodwill,
        )
        card = self.place.stored["gift_card"] if to == "gift_card" else None
        worked = shop.work_out(units, goodwill)
        is_left = shop.left_of_charge > 0 or shop.due < 0
        possible = shop.can_carry_out(units, goodwill) if alone else worked is not None
        refund = self.attempt(
            not shop.deleted and is_left and possible,
            lambda: actions.refund_items(self.pk, asked=asked, reason="other", to=to, gift_card_id=card, actor=actor),
        )
        if refund:
            credited, back = worked or (0, 0)
            row = {"id": refund.pk, "status": "requested", "credited": credited, "amount": back, "back": 0}
            shop.refunds.append({**row, "units": units, "goodwill": goodwill, "to": to})
            if alone:
                shop.carry_out(shop.refunds[-1])

    @may(
        lambda self: any(each["status"] == "requested" for each in self.shop.refunds),
        pick=picks,
        by_the_same=st.sampled_from([False, False, True]),
    )
    def approve(self, pick: int, by_the_same: bool) -> None:
        shop, refund = self.shop, _pick(self.shop.refunds, pick)
        waits = refund["status"] == "requested"
        possible = waits and not shop.deleted and not by_the_same
        if self.attempt(
            possible and shop.can_carry_out(refund["units"], refund["goodwill"]),
            lambda: actions.approve_refund(self.pk, refund["id"], actor=self.nobody if by_the_same else ACTOR),
            done=not waits and refund["status"] != "rejected",
        ):
            shop.carry_out(refund)

    @may(lambda self: any(each["status"] == "requested" for each in self.shop.refunds), pick=picks)
    def reject(self, pick: int) -> None:
        refund = _pick(self.shop.refunds, pick)
        if self.attempt(
            refund["status"] == "requested" and not self.shop.deleted,
            lambda: actions.reject_refund(self.pk, refund["id"], reason="No", actor=ACTOR),
            done=refund["status"] == "rejected",
        ):
            refund["status"] = "rejected"

    # What becomes of the order

    @may(lambda self: self.shop.status == "placed", often=4)
    def release(self) -> None:
        shop = self.shop
        if self.attempt(
            shop.status == "placed" and not shop.deleted and shop.is_settled(),
            lambda: actions.release_order(self.pk, actor=ACTOR),
        ):
            shop.status = "processing"
            (parcel,) = shipping.open_shipments(self.pk, actor=ACTOR)
            self.parcels = {parcel.pk: Counter(dict(enumerate(shop.quantities)))}

    @may(lambda self: self.parcels, pick=picks, sku=skus)
    def split(self, pick: int, sku: int) -> None:
        parcel, held = list(self.parcels.items())[pick % len(self.parcels)]
        part = self.attempt(
            held[sku] > 0 and held.total() > 1,
            lambda: shipping.split_shipment(parcel, {self.line_ids[sku]: 1}, actor=ACTOR),
        )
        if part:
            self.parcels.update({parcel: held - Counter({sku: 1}), part.pk: Counter({sku: 1})})

    @may(lambda self: self.parcels, pick=picks, heard=st.booleans(), often=4)
    def dispatch(self, pick: int, heard: bool) -> None:
        parcel, held = list(self.parcels.items())[pick % len(self.parcels)]
        shipping.dispatch_shipment(parcel, carrier="Royal Mail", actor=ACTOR)
        del self.parcels[parcel]
        self.away.append(parcel)
        self.shop.dispatch(held)
        if heard:
            self.hear_of_parcels()

    @may(lambda self: self.away and self.shop.authorised)
    def hear_of_parcels(self) -> None:
        """As often as one likes."""
        actions.capture_shipped(self.pk, actor=ACTOR)
        self.shop.capture_what_left()

    @may(lambda self: self.shop.status == "shipped")
    def arrive(self) -> None:
        for parcel in self.away:
            shipping.deliver_shipment(parcel, actor=ACTOR)
        actions.complete_order(self.pk, actor=ACTOR)
        self.shop.status = "completed"

    @may(lambda self: self.shop.status in OPEN, often=1)
    def cancel(self) -> None:
        shop = self.shop
        if self.attempt(
            shop.can_cancel() and not shop.deleted,
            lambda: actions.cancel_order(self.pk, reason="No", actor=ACTOR),
        ):
            shop.cancel()
            self._hear_of_the_cancellation()

    def _hear_of_the_cancellation(self) -> None:
        shipping.cancel_shipments_of(self.pk, actor=ACTOR)
        self.parcels = {}

    @may(lambda self: self.shop.status == "cancelled" and not self.shop.deleted)
    def reopen(self) -> None:
        actions.reopen_order(self.pk, actor=ACTOR)
        self.shop.reopen()

    @may(lambda self: len(self.shop.attempts) > 5, often=1)
    def delete(self) -> None:
        shop = self.shop
        if self.attempt(
            not shop.deleted and shop.can_delete(),
            lambda: actions.delete_order(self.pk, actor=ACTOR),
            done=shop.deleted,
        ):
            if shop.status in OPEN:
                shop.cancel()
                self._hear_of_the_cancellation()
            shop.deleted = True

    # What holds after every step

    @invariant()
    def the_database_agrees(self) -> None:
        if not hasattr(self, "shop"):
            return
        shop, order = self.shop, Order.objects.get(pk=self.pk)
        assert (order.status, order.is_deleted, order.due) == (shop.status, shop.deleted, shop.due)
        assert {name: getattr(order, name) for name in MONEY} == shop.money
        assert order.authorised == shop.authorised
        assert order.payment_status == derivation.payment_status(order)
        if order.version != self.version:
            self.version = order.version
            self._compare_rows(order)

    def _compare_rows(self, order: Order) -> None:
        """Of everything that changes with an event of the order."""
        shop = self.shop
        prefetch_related_objects([order], "payments__attempts", "refunds")
        columns = ("id", "method", "status", "amount", "authorised", "captured", "refunded")
        payments = sorted(order.payments.all(), key=lambda each: each.pk)
        assert [[getattr(each, name) for name in columns] for each in payments] == [
            [each[name] for name in columns] for each in shop.payments
        ]
        self._compare_attempts(sorted((a for each in payments for a in each.attempts.all()), key=lambda a: a.pk))
        refunds = {each.pk: (each.status, each.credited, each.amount) for each in order.refunds.all()}
        assert refunds == {each["id"]: (each["status"], each["credited"], each["amount"]) for each in shop.refunds}
        balances = dict(StoredValue.objects.filter(pk__in=self.place.stored.values()).values_list("pk", "balance"))
        assert {kind: balances[pk] for kind, pk in self.place.stored.items()} == shop.stored
        self._compare_books()

    def _compare_books(self) -> None:
        lines = PostingLine.objects.filter(posting__subject_id=self.pk).order_by()
        sums: Counter[str] = Counter()
        for account, detail, amount in lines.values_list("account", "detail").annotate(Sum("amount")):
            sums[f"{account} {detail}".strip()] += amount
        cards = [each for each in self.shop.payments if each["method"] == "card"]
        kept = sum(each["captured"] - each["refunded"] + each["elsewhere"] for each in cards)
        assert (sums["receivable"], sums["cash card fake"], sums.total()) == (self.shop.due, kept, 0)

    def _compare_attempts(self, found: list[Any]) -> None:
        """In the order in which they were asked for, by which the model learns their ids."""
        assert [(a.payment_id, a.kind, a.status, a.amount, a.then_capture, a.refund_id) for a in found] == [
            (
                each["payment"]["id"], each["kind"], each["status"], each["amount"], each["then_capture"],
                each["refund"] and each["refund"]["id"],
            )
            for each in self.shop.attempts
        ]  # fmt: skip
        for attempt, each in zip(found, self.shop.attempts, strict=True):
            each["id"] = attempt.pk

    @invariant()
    def the_gateway_agrees(self) -> None:
        """It holds what the model's bank does, of this order alone, and what is known here is so there."""
        if not hasattr(self, "shop"):
            return
        bank, books = self.shop.bank, self.gateway.books
        columns = ("amount", "captured", "refunded", "voided")
        assert [[getattr(each, name) for name in columns] for each in books.charges.values()] == [
            [each[name] for name in columns] for each in bank.charges
        ]
        done = {str(each["id"]): each["answer"] for each in self.shop.attempts if each["answer"]}
        assert {key: answer["outcome"] for key, answer in books.answers.items()} == done
        assert {call["order_id"] for call in books.calls.values()} <= {str(self.pk)}
        self.told += [answer for answer in books.answers.values() if answer not in self.told]
        for payment in self.shop.payments:
            if payment["charge"] and not self.shop.is_busy(payment):
                self._compare_both_sides(payment, payment["charge"])

    def _compare_both_sides(self, payment: Row, charge: Row) -> None:
        given_back = payment["refunded"] - payment["elsewhere"]
        assert (payment["captured"], given_back) == (charge["captured"], charge["refunded"])
        if self.shop.day < charge["until"]:
            left = 0 if charge["voided"] else charge["amount"] - charge["captured"]
            assert payment["authorised"] - payment["captured"] == left

    # How it ends

    def teardown(self) -> None:
        try:
            if hasattr(self, "shop"):
                self._comes_to_an_end()
        finally:
            if hasattr(self, "clock"):
                self.clock.stop()
            super().teardown()

    def _comes_to_an_end(self) -> None:
        """Nothing stays under way or set aside, and nobody is owed money that can't be given back."""
        self._settle_all()
        self._pass_days(LASTS + 1)
        self.let_go_what_ran_out()
        self._settle_all()
        assert self.shop.authorised == 0
        self._end_the_order()
        self._settle_all()
        self._give_back_what_is_owed()
        assert self.shop.due >= 0
        self.delete()
        self._check()
        self._verify()

    def _check(self) -> None:
        self.the_database_agrees()
        self.the_gateway_agrees()

    def _settle_all(self) -> None:
        """Payers act in the end, every second of them agrees, and the gateway answers."""
        self._check()
        while asked := self.shop.under_way():
            self._settle(asked[0], agrees=len(asked) % 2 == 0)
            self._check()

    def _settle(self, attempt: Row, *, agrees: bool) -> None:
        if attempt["status"] == "requested":
            self._send(attempt, "heard")
            return
        if attempt["answer"] == "needs_action":
            self._act(attempt, agrees)
        self._hear(self.gateway.books.answers[str(attempt["id"])])

    def _end_the_order(self) -> None:
        if self.shop.status in OPEN and not self.shop.deleted:
            if self.shop.can_cancel():
                self.cancel()
            else:
                while self.parcels:
                    self.dispatch(0, heard=True)
        if self.shop.status == "shipped":
            self.arrive()

    def _give_back_what_is_owed(self) -> None:
        if self.shop.due < 0:
            self._refund([0, 0], 0, "store_credit", ACTOR)

    def _verify(self) -> None:
        """As the command does, and the night's reconciliation with the gateway."""
        for answer in self.told[-3:]:
            self._hear(answer)
        self.the_database_agrees()
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        orders = list(Order.objects.filter(pk=self.pk).prefetch_related("lines", "payments"))
        assert verification.discrepancies_of(orders) == []
        assert list(verification.postings_off(orders)) == []
        assert stock_discrepancies() == []
        assert versions(orders[0]) == list(range(1, orders[0].version + 1))
        notices = PaymentNotice.objects.values_list("attempt_id", "outcome", "was_news")
        assert {(attempt, outcome): news for attempt, outcome, news in notices} == self.noted
        for day in sorted(set(self.days)):
            told = reconcile("fake", day, actor=ACTOR)
            assert (told.missing, told.new) == (0, 0)


def _part_of(left: int, percent: int) -> int | None:
    """None to say nothing."""
    return max(left * percent // 100, 1) if percent else None


def _pick(found: list[Row], pick: int) -> Row:
    return found[pick % len(found)]


@pytest.mark.machine
@pytest.mark.django_db
def test_cards_and_their_bank_hold_what_a_model_of_dicts_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(sending, "FORGOTTEN", dt.timedelta())
    stock_up(dict.fromkeys(SKUS, 100))
    Cards.places = {each: Place.make(on_authorised=each) for each in (False, True)}
    Cards.nobody = Actor.staff(a_person(email="nobody@example.com"))
    Cards.webhook = Browser()
    with a_gateway() as Cards.gateway:
        lives(Cards, quick=4)
