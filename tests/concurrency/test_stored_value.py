"""One gift card under racing threads over several orders: what is on it is spent once.

The controls run with the card's lock off: then the database alone refuses, and with its CHECK off too, nobody does.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from functools import partial

import pytest
from django.db import IntegrityError, connection, transaction

from core.ids import new_id
from core.models import Client
from orders.actions import redeem_gift_card, refund_payment
from orders.models import Order
from orders.payments.models import Payment
from stored_value.actions import adjust, expire, give_store_credit
from stored_value.errors import BalanceTooLow
from stored_value.models import StoredValue, StoredValueEntry
from stored_value.queries import stored_value_discrepancies
from tests.concurrency.racing import at_once, race
from tests.factories.core import a_client, cause
from tests.factories.customers import a_customer
from tests.factories.inventory import stock_up
from tests.factories.orders import ACTOR, TOTAL, UNITS, a_placed_order, assert_everything_adds_up
from tests.factories.stored_value import a_gift_card_and_code, moves

pytestmark = pytest.mark.django_db(transaction=True)

THREADS = 20


def orders_of(client: Client, count: int) -> list[Order]:
    stock_up({sku: count * units for sku, units in UNITS.items()})
    return [a_placed_order(client) for _ in range(count)]


def balance_of(card: StoredValue) -> int:
    return StoredValue.objects.get(pk=card.pk).balance


def paid() -> int:
    return sum(Payment.objects.values_list("captured", flat=True))


def test_twenty_threads_spend_a_card_over_several_orders_once() -> None:
    client = a_client()
    card, code = a_gift_card_and_code(client, 4 * TOTAL + 500)
    orders = orders_of(client, 5)
    attempts = [partial(redeem_gift_card, order.pk, code=code, amount=500, actor=ACTOR) for order in orders * 8]

    outcomes = race(attempts, threads=THREADS)

    captured = [outcome for outcome in outcomes if isinstance(outcome, Payment)]
    assert {type(outcome).__name__ for outcome in outcomes} <= {"Payment", "BalanceTooLow", "PaymentTooLarge"}
    assert len(captured) == (4 * TOTAL + 500) // 500 == 23
    assert (balance_of(card), paid()) == (4 * TOTAL + 500 - 23 * 500, 23 * 500)
    assert sum(amount for _, amount in moves(card)) == balance_of(card)
    assert stored_value_discrepancies() == []
    assert_everything_adds_up()


def test_twenty_threads_that_each_want_all_of_it_get_it_once() -> None:
    client = a_client()
    card, code = a_gift_card_and_code(client, TOTAL)
    orders = orders_of(client, THREADS)

    outcomes = at_once(*[partial(redeem_gift_card, order.pk, code=code, actor=ACTOR) for order in orders])

    assert [type(outcome) for outcome in outcomes].count(Payment) == 1
    assert [type(outcome) for outcome in outcomes].count(BalanceTooLow) == THREADS - 1
    assert (balance_of(card), paid()) == (0, TOTAL)
    assert_everything_adds_up()


def spend_unlocked(card: StoredValue, both_asked: threading.Barrier) -> None:
    with transaction.atomic():
        read = StoredValue.objects.get(pk=card.pk)
        both_asked.wait(10)
        StoredValueEntry.objects.create(
            client_id=read.client_id, stored_value=read, kind="redeem", amount=-read.balance, order_id=new_id(),
            payment_id=new_id(), **cause(),
        )  # fmt: skip


def test_control_without_the_lock_the_database_alone_stops_the_second() -> None:
    card, _ = a_gift_card_and_code(a_client(), 1_000)
    both_asked = threading.Barrier(2)

    outcomes = at_once(*[partial(spend_unlocked, card, both_asked)] * 2)

    (failed,) = [outcome for outcome in outcomes if outcome is not None]
    assert isinstance(failed, IntegrityError)
    assert "stored_value_balance_not_below_nothing" in str(failed)
    assert balance_of(card) == 0


@pytest.fixture
def no_balance_constraint() -> Iterator[None]:
    """The protection off: nothing keeps a balance from falling below nothing."""
    name = "stored_value_balance_not_below_nothing"
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = %s", [name])
        (definition,) = cursor.fetchone()
        cursor.execute(f"ALTER TABLE stored_value_storedvalue DROP CONSTRAINT {name}")
        yield
        with transaction.atomic():
            cursor.execute("SET LOCAL session_replication_role = replica")
            cursor.execute("DELETE FROM stored_value_storedvalueentry")
            cursor.execute("DELETE FROM stored_value_storedvalue")
        cursor.execute(f"ALTER TABLE stored_value_storedvalue ADD CONSTRAINT {name} {definition}")


def test_control_without_lock_and_constraint_it_is_spent_twice(no_balance_constraint: None) -> None:
    card, _ = a_gift_card_and_code(a_client(), 1_000)
    both_asked = threading.Barrier(2)

    assert at_once(*[partial(spend_unlocked, card, both_asked)] * 2) == [None, None]

    assert balance_of(card) == -1_000


def test_redeeming_refunding_adjusting_and_expiring_in_turns_adds_up() -> None:
    client = a_client()
    card, code = a_gift_card_and_code(client, 2 * TOTAL)
    orders = orders_of(client, 4)
    payments = [redeem_gift_card(order.pk, code=code, amount=1_000, actor=ACTOR) for order in orders[:2]]
    acts: list[Callable[[], object]] = [
        *(partial(redeem_gift_card, order.pk, code=code, amount=100, actor=ACTOR) for order in orders * 2),
        *(partial(refund_payment, each.order_id, each.pk, amount=70, actor=ACTOR) for each in payments * 3),
        *[partial(adjust, card.pk, amount=-30, note="Less", actor=ACTOR)] * 3,
        *[partial(expire, card.pk, today=card.created_at.date(), actor=ACTOR)] * 3,
    ]

    outcomes = at_once(*acts)

    assert [outcome for outcome in outcomes if isinstance(outcome, Exception)] == []
    assert balance_of(card) == 2 * TOTAL - 2 * 1_000 - 8 * 100 + 6 * 70 - 3 * 30
    assert stored_value_discrepancies() == []
    assert_everything_adds_up()


def test_the_first_credit_of_a_customer_that_many_give_at_once_is_one() -> None:
    customer = a_customer(a_client())
    give = partial(
        give_store_credit, client_id=customer.client_id, customer_id=customer.pk, currency="EUR", amount=50, actor=ACTOR
    )

    outcomes = at_once(*[give] * THREADS)

    assert {type(outcome) for outcome in outcomes} == {StoredValue}
    assert StoredValue.objects.get().balance == THREADS * 50
    assert stored_value_discrepancies() == []
