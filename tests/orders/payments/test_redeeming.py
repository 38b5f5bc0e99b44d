"""Paying with gift cards and store credit, and giving back to them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from core.actors import Actor
from core.errors import AuthorityExceeded, InvalidInput
from core.ids import new_id
from core.models import Client, Event
from core.operations import OperationRefused, explain
from customers.models import Customer
from orders.actions import cancel_order, place_draft, record_payment, redeem_gift_card, redeem_store_credit
from orders.errors import PaymentTooLarge, RefundTooLarge
from orders.models import Order
from orders.operations import REDEEM_STORE_CREDIT
from orders.payments.actions import refund_payment
from orders.payments.models import LedgerEntry, Payment
from orders.queries.verification import discrepancies_of
from stored_value.actions import adjust, disable, expire
from stored_value.errors import BalanceTooLow, StoredValueUnusable
from stored_value.models import StoredValue, StoredValueEntry
from stored_value.queries import stored_value_discrepancies
from tests.factories.core import a_client, cause, timeline
from tests.factories.customers import a_customer
from tests.factories.orders import (
    ACTOR,
    TOTAL,
    a_draft,
    a_placed_order,
    assert_everything_adds_up,
    enter,
    ledger,
    pay,
    reload,
)
from tests.factories.staff import a_person
from tests.factories.stored_value import a_gift_card_and_code, a_store_credit, moves, plant
from tests.factories.watching import refused, refused_by_the_database

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)


@pytest.fixture
def shop() -> Client:
    return a_client()


@pytest.fixture
def customer(shop: Client) -> Customer:
    return a_customer(shop)


@pytest.fixture
def order(shop: Client, customer: Customer) -> Order:
    """Of TOTAL, which is 27.50 EUR."""
    return a_placed_order(shop, customer_id=customer.pk)


def fresh(stored: StoredValue) -> StoredValue:
    return StoredValue.objects.get(pk=stored.pk)


def last_event(order: Order) -> dict[str, Any]:
    data: dict[str, Any] = Event.objects.filter(subject_id=order.pk).latest("version").data
    return data


def refund(order: Order, payment: Payment, amount: int, **options: Any) -> Payment:
    return refund_payment(order.pk, payment.pk, **{"amount": amount, "actor": ACTOR, **options})


class TestGiftCards:
    def test_a_card_pays_all_that_is_due(self, shop: Client, order: Order) -> None:
        card, code = a_gift_card_and_code(shop, 5_000)
        payment = redeem_gift_card(order.pk, code=code.lower().replace("-", " "), actor=ACTOR)
        stored = reload(order)
        assert (payment.method, payment.status, payment.amount) == ("gift_card", "captured", TOTAL)
        assert (payment.stored_value_id, payment.reference) == (card.pk, "")
        assert (stored.due, stored.payment_status, stored.captured) == (0, "paid", TOTAL)
        assert (fresh(card).balance, moves(card)) == (5_000 - TOTAL, [("issue", 5_000), ("redeem", -TOTAL)])
        assert ledger(order) == [("charged", TOTAL), ("authorised", TOTAL), ("captured", TOTAL)]
        entry = StoredValueEntry.objects.get(kind="redeem")
        assert (entry.order_id, entry.payment_id, entry.version) == (order.pk, payment.pk, 2)
        assert timeline(card.pk) == ["stored_value.issued", "stored_value.redeemed"]
        assert last_event(order) == {
            "payment_id": str(payment.pk), "method": "gift_card", "amount": TOTAL, "stored_value_id": str(card.pk),
            "money": {"authorised": TOTAL, "captured": TOTAL},
        }  # fmt: skip
        assert_everything_adds_up()
        assert stored_value_discrepancies() == []

    def test_a_card_with_less_pays_what_is_on_it_and_the_rest_is_paid_otherwise(
        self, shop: Client, order: Order
    ) -> None:
        card, code = a_gift_card_and_code(shop, 1_000)
        assert redeem_gift_card(order.pk, code=code, actor=ACTOR).amount == 1_000
        assert (reload(order).payment_status, fresh(card).balance) == ("part_paid", 0)
        _, other_code = a_gift_card_and_code(shop, 1_000)
        redeem_gift_card(order.pk, code=other_code, actor=ACTOR)
        record_payment(order.pk, method="cash", amount=TOTAL - 2_000, actor=ACTOR)
        assert reload(order).payment_status == "paid"
        assert_everything_adds_up()

    def test_one_card_pays_in_parts_and_for_several_orders(self, shop: Client, order: Order) -> None:
        card, code = a_gift_card_and_code(shop, 1_000)
        other = a_placed_order(shop)
        for each, amount in ((order, 300), (order, 200), (other, 400)):
            redeem_gift_card(each.pk, code=code, amount=amount, actor=ACTOR)
        assert fresh(card).balance == 100
        assert_everything_adds_up()

    def test_more_than_is_on_it_is_refused_with_what_there_is(self, shop: Client, order: Order) -> None:
        _, code = a_gift_card_and_code(shop, 1_000)
        with refused(BalanceTooLow) as caught:
            redeem_gift_card(order.pk, code=code, amount=1_001, actor=ACTOR)
        assert caught.value.context == {"balance": 1_000}

    def test_an_empty_card_is_refused(self, shop: Client, order: Order) -> None:
        card, code = a_gift_card_and_code(shop, 1_000)
        adjust(card.pk, amount=-1_000, note="Gone", actor=ACTOR)
        with refused(BalanceTooLow) as caught:
            redeem_gift_card(order.pk, code=code, actor=ACTOR)
        assert caught.value.detail == "Nothing is left on the gift card."

    def test_more_than_is_due_is_refused(self, shop: Client, order: Order) -> None:
        _, code = a_gift_card_and_code(shop)
        with refused(PaymentTooLarge):
            redeem_gift_card(order.pk, code=code, amount=TOTAL + 1, actor=ACTOR)

    @pytest.mark.parametrize("amount", [0, -5])
    def test_no_amount_is_refused(self, shop: Client, order: Order, amount: int) -> None:
        _, code = a_gift_card_and_code(shop)
        with refused(InvalidInput):
            redeem_gift_card(order.pk, code=code, amount=amount, actor=ACTOR)

    @pytest.mark.parametrize("typed", ["", "x", "0000-0000-0000-0000-0000"])
    def test_an_unknown_code_is_refused(self, order: Order, typed: str) -> None:
        with refused(InvalidInput) as caught:
            redeem_gift_card(order.pk, code=typed, actor=ACTOR)
        assert [(each.pointer, each.code) for each in caught.value.errors] == [("/code", "unknown_gift_card")]

    def test_another_storefront_s_card_is_as_good_as_unknown(self, order: Order) -> None:
        _, code = a_gift_card_and_code(a_client())
        with refused(InvalidInput):
            redeem_gift_card(order.pk, code=code, actor=ACTOR)

    def test_a_disabled_an_expired_and_a_foreign_card_are_refused(self, shop: Client, order: Order) -> None:
        disabled, disabled_code = a_gift_card_and_code(shop)
        disable(disabled.pk, reason="Lost", actor=ACTOR)
        expired, expired_code = a_gift_card_and_code(shop, expires_on=timezone.localdate())
        StoredValue.objects.filter(pk=expired.pk).update(expires_on=dt.date(2026, 1, 31))
        _, foreign_code = a_gift_card_and_code(shop, currency="GBP")
        for code, said in (
            (disabled_code, "The gift card is disabled."),
            (expired_code, "The gift card expired; its last day was 2026-01-31."),
            (foreign_code, "The gift card is in GBP, and the order in EUR."),
        ):
            with refused(StoredValueUnusable) as caught:
                redeem_gift_card(order.pk, code=code, actor=ACTOR)
            assert caught.value.detail == said

    def test_a_draft_and_a_paid_order_take_none(self, shop: Client, order: Order) -> None:
        _, code = a_gift_card_and_code(shop)
        draft = a_draft(shop)
        with refused(OperationRefused):
            redeem_gift_card(draft.pk, code=code, actor=ACTOR)
        redeem_gift_card(order.pk, code=code, actor=ACTOR)
        with refused(OperationRefused) as caught:
            redeem_gift_card(order.pk, code=code, actor=ACTOR)
        assert caught.value.detail == "Nothing is due on the order."
        place_draft(draft.pk, actor=ACTOR)
        redeem_gift_card(draft.pk, code=code, amount=100, actor=ACTOR)

    def test_it_is_not_recorded_by_hand(self, order: Order) -> None:
        for method in ("gift_card", "store_credit"):
            with refused(InvalidInput):
                record_payment(order.pk, method=method, amount=5, actor=ACTOR)


class TestStoreCredit:
    def test_pays_with_what_the_customer_has(self, order: Order, customer: Customer) -> None:
        credit = a_store_credit(customer, amount=800)
        payment = redeem_store_credit(order.pk, actor=ACTOR)
        assert (payment.method, payment.amount, payment.stored_value_id) == ("store_credit", 800, credit.pk)
        assert fresh(credit).balance == 0
        assert_everything_adds_up()

    def test_of_another_customer_or_currency_is_none(self, shop: Client, order: Order, customer: Customer) -> None:
        a_store_credit(a_customer(shop, "bob@example.com"))
        a_store_credit(customer, currency="GBP")
        with refused(BalanceTooLow) as caught:
            redeem_store_credit(order.pk, actor=ACTOR)
        assert caught.value.detail == "The customer has no store credit in EUR."
        blocker = explain(reload(order), REDEEM_STORE_CREDIT)
        assert blocker is not None
        assert blocker.reason == "The customer has no store credit in EUR to pay with."

    def test_is_foreseen_where_there_is_some(self, order: Order, customer: Customer) -> None:
        credit = a_store_credit(customer)
        assert explain(reload(order), REDEEM_STORE_CREDIT) is None
        disable(credit.pk, reason="Fraud", actor=ACTOR)
        assert explain(reload(order), REDEEM_STORE_CREDIT) is not None
        with refused(StoredValueUnusable):
            redeem_store_credit(order.pk, actor=ACTOR)

    def test_a_guest_has_none(self, shop: Client) -> None:
        guest = a_placed_order(shop)
        with refused(OperationRefused) as caught:
            redeem_store_credit(guest.pk, actor=ACTOR)
        assert caught.value.detail == "The order is a guest's; store credit belongs to a customer."


class TestRefunds:
    def test_what_a_card_paid_goes_back_to_it(self, shop: Client, order: Order) -> None:
        card, code = a_gift_card_and_code(shop, 5_000)
        payment = redeem_gift_card(order.pk, code=code, actor=ACTOR)
        refund(order, payment, 1_000, note="Scratched")
        assert fresh(card).balance == 5_000 - TOTAL + 1_000
        assert last_event(order) == {
            "payment_id": str(payment.pk), "amount": 1_000, "to": "gift_card", "stored_value_id": str(card.pk),
            "refund_id": None, "money": {"refunded": 1_000},
        }  # fmt: skip
        refund(order, payment, TOTAL - 1_000)
        assert (fresh(card).balance, reload(order).payment_status) == (5_000, "refunded")
        assert [kind for kind, _ in moves(card)] == ["issue", "redeem", "give_back", "give_back"]
        assert_everything_adds_up()
        assert stored_value_discrepancies() == []

    def test_no_more_than_it_paid(self, shop: Client, order: Order) -> None:
        _, code = a_gift_card_and_code(shop, 1_000)
        payment = redeem_gift_card(order.pk, code=code, actor=ACTOR)
        with refused(RefundTooLarge):
            refund(order, payment, 1_001)

    def test_also_to_a_disabled_card_which_stays_so(self, shop: Client, order: Order) -> None:
        card, code = a_gift_card_and_code(shop, TOTAL)
        payment = redeem_gift_card(order.pk, code=code, actor=ACTOR)
        disable(card.pk, reason="Lost", actor=ACTOR)
        refund(order, payment, TOTAL)
        assert (fresh(card).status, fresh(card).balance) == ("disabled", TOTAL)

    def test_what_an_expired_card_gets_back_can_be_spent_for_ninety_days(self, shop: Client, order: Order) -> None:
        today = timezone.localdate()
        card, code = a_gift_card_and_code(shop, 5_000, expires_on=today)
        payment = redeem_gift_card(order.pk, code=code, actor=ACTOR)
        StoredValue.objects.filter(pk=card.pk).update(expires_on=today - 400 * DAY)
        expire(card.pk, today=today, actor=ACTOR)
        refund(order, payment, TOTAL)
        stored = fresh(card)
        assert (stored.balance, stored.expires_on, stored.status) == (TOTAL, today + 90 * DAY, "active")
        assert Event.objects.filter(subject_id=card.pk).latest("version").data["expires_on"] == str(stored.expires_on)
        assert expire(card.pk, today=today, actor=ACTOR) is False
        redeem_gift_card(a_placed_order(shop).pk, code=code, actor=ACTOR)

    @pytest.mark.parametrize(("left", "then"), [(30, 90), (90, 90), (200, 200)])
    def test_a_card_that_is_good_for_longer_stays_so(self, shop: Client, order: Order, left: int, then: int) -> None:
        today = timezone.localdate()
        card, code = a_gift_card_and_code(shop, 5_000, expires_on=today + left * DAY)
        refund(order, redeem_gift_card(order.pk, code=code, actor=ACTOR), 5)
        assert fresh(card).expires_on == today + then * DAY

    def test_what_was_paid_in_any_way_can_become_store_credit(
        self, shop: Client, order: Order, customer: Customer
    ) -> None:
        card, code = a_gift_card_and_code(shop, 1_000)
        by_card = redeem_gift_card(order.pk, code=code, actor=ACTOR)
        in_cash = record_payment(order.pk, method="cash", amount=TOTAL - 1_000, actor=ACTOR)
        refund(order, in_cash, 600, as_store_credit=True)
        refund(order, by_card, 400, as_store_credit=True)
        refund(order, in_cash, 50)
        credit = StoredValue.objects.get(kind="store_credit")
        assert (credit.customer_id, credit.balance, fresh(card).balance) == (customer.pk, 1_000, 0)
        assert moves(credit) == [("give_back", 600), ("give_back", 400)]
        assert reload(order).refunded == 1_050
        assert_everything_adds_up()
        assert stored_value_discrepancies() == []

    def test_a_guest_s_cannot(self, shop: Client) -> None:
        guest = a_placed_order(shop)
        payment = pay(guest)
        with refused(InvalidInput) as caught:
            refund(guest, payment, 5, as_store_credit=True)
        assert [each.pointer for each in caught.value.errors] == ["/as_store_credit"]

    def test_the_limit_of_refunds_holds_for_both(self, shop: Client) -> None:
        order = a_placed_order(shop, units={"A": 30}, customer_id=a_customer(shop, "carl@example.com").pk)
        _, code = a_gift_card_and_code(shop, 7_500)
        payment = redeem_gift_card(order.pk, code=code, actor=ACTOR)
        agent = Actor.staff(a_person("support_agent"))
        for as_store_credit in (True, False):
            with refused(AuthorityExceeded):
                refund(order, payment, 5_001, actor=agent, as_store_credit=as_store_credit)

    def test_a_cancelled_order_is_owed_and_refunded_to_the_card(self, shop: Client, order: Order) -> None:
        card, code = a_gift_card_and_code(shop, TOTAL)
        payment = redeem_gift_card(order.pk, code=code, actor=ACTOR)
        cancel_order(order.pk, reason="Mistake", actor=ACTOR)
        assert (reload(order).due, fresh(card).balance) == (-TOTAL, 0)
        refund(order, payment, TOTAL)
        assert (reload(order).due, fresh(card).balance) == (0, TOTAL)
        assert_everything_adds_up()


class TestTheDatabase:
    """What it refuses if the code above is wrong."""

    @pytest.fixture
    def paid(self, shop: Client, order: Order) -> Payment:
        _, code = a_gift_card_and_code(shop, 5_000)
        return redeem_gift_card(order.pk, code=code, actor=ACTOR)

    def ends(self) -> None:
        """What is asked as a transaction ends."""
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")

    @pytest.mark.parametrize("method", ["gift_card", "store_credit"])
    def test_a_payment_of_stored_value_names_it(self, order: Order, method: str) -> None:
        with refused_by_the_database("payment_names_the_stored_value_of_its_method"):
            Payment.objects.create(order=order, method=method, amount=5)

    def test_and_no_other_payment_does(self, paid: Payment) -> None:
        with refused_by_the_database("payment_names_the_stored_value_of_its_method"):
            Payment.objects.create(
                order_id=paid.order_id, method="cash", amount=5, stored_value_id=paid.stored_value_id
            )

    def test_what_it_names_never_changes(self, paid: Payment) -> None:
        with refused_by_the_database("Cannot update"):
            Payment.objects.filter(pk=paid.pk).update(stored_value=None)

    def test_nothing_is_captured_that_was_not_taken(self, paid: Payment) -> None:
        payment = Payment.objects.create(
            order_id=paid.order_id, method="gift_card", amount=5, stored_value_id=paid.stored_value_id
        )
        payment.authorise()
        payment.save()
        payment.capture(at=timezone.now())
        payment.save()
        with refused_by_the_database("is what its entries say"):
            enter(payment, authorised=5, captured=5)
            self.ends()

    def test_nothing_is_refunded_that_was_not_given_back(self, paid: Payment) -> None:
        with refused_by_the_database("is what its entries say"):
            enter(paid, refunded=5)
            self.ends()

    def test_what_agrees_is_let_through(self, paid: Payment) -> None:
        card = StoredValue.objects.get(kind="gift_card")
        enter(paid, refunded=5)
        plant(card, "give_back", 5, order_id=paid.order_id, payment_id=paid.pk)
        self.ends()


class TestVerification:
    @pytest.fixture
    def paid(self, shop: Client, order: Order) -> Payment:
        _, code = a_gift_card_and_code(shop, 5_000)
        payment = refund(order, redeem_gift_card(order.pk, code=code, actor=ACTOR), 100)
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        return payment

    def found(self, order: Order) -> list[str]:
        orders = list(Order.objects.filter(pk=order.pk).prefetch_related("lines", "payments"))
        return [each.what for each in discrepancies_of(orders)]

    @contextmanager
    def as_superuser(self) -> Iterator[None]:
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            for constraint in StoredValueEntry._meta.constraints:
                cursor.execute(f"ALTER TABLE stored_value_storedvalueentry DROP CONSTRAINT IF EXISTS {constraint.name}")
            cursor.execute("SET LOCAL session_replication_role = replica")
            yield
            cursor.execute("SET LOCAL session_replication_role = DEFAULT")

    def test_what_agrees_is_not_named(self, order: Order, paid: Payment) -> None:
        assert self.found(order) == []

    @pytest.mark.parametrize(("kind", "amount"), [("redeem", -7), ("give_back", 7)])
    def test_a_planted_entry_is_named_at_the_order(self, order: Order, paid: Payment, kind: str, amount: int) -> None:
        card = StoredValue.objects.get(kind="gift_card")
        plant(card, kind, amount, order_id=order.pk, payment_id=paid.pk)
        what = "redeemed for" if kind == "redeem" else "given back from"
        assert self.found(order) == [f"{what} payment {paid.pk}"]

    def test_so_is_one_of_a_payment_that_is_none(self, order: Order, paid: Payment) -> None:
        payment_id = new_id()
        card = StoredValue.objects.get(kind="gift_card")
        plant(card, "redeem", -7, order_id=order.pk, payment_id=payment_id)
        assert self.found(order) == [f"redeemed for payment {payment_id}"]

    @pytest.mark.parametrize("kind", ["redeem", "give_back"])
    def test_an_altered_or_deleted_entry_is_named(self, order: Order, paid: Payment, kind: str) -> None:
        with self.as_superuser():
            StoredValueEntry.objects.filter(kind=kind).update(amount=9)
        assert len(self.found(order)) == 1
        with self.as_superuser():
            StoredValueEntry.objects.filter(kind=kind)._raw_delete("default")
        assert len(self.found(order)) == 1

    def test_a_payment_that_names_another_card_is_named(self, order: Order, shop: Client, paid: Payment) -> None:
        other, _ = a_gift_card_and_code(shop)
        with self.as_superuser():
            Payment.objects.filter(pk=paid.pk).update(stored_value=other)
        assert self.found(order) == [f"stored value of payment {paid.pk}"]

    def test_a_capture_without_anything_taken_is_named(self, order: Order, paid: Payment) -> None:
        with self.as_superuser():
            LedgerEntry.objects.create(order=order, payment=paid, kind="captured", amount=7, **cause())
        assert self.found(order)
