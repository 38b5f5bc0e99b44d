"""One customer's credit under racing orders on account: the limit holds, and what is owed is counted once.

The controls run with the account's lock off: then the database alone refuses; with its refusal off too, nobody does.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from functools import partial

import pytest
from django.db import IntegrityError, connection

from customers.actions import open_credit
from customers.errors import CreditLimitExceeded
from customers.models import CreditAccount, Customer
from customers.queries import credit_in
from orders.actions import cancel_order, place_order, record_payment
from orders.actions.credit import take_credit_of
from orders.actions.place import placing
from orders.models import Order
from orders.queries.verification import credit_off
from tests.concurrency.racing import at_once, race
from tests.factories.core import a_client
from tests.factories.customers import a_credit_account, a_customer
from tests.factories.inventory import stock_up
from tests.factories.orders import ACTOR, TOTAL, UNITS, assert_everything_adds_up, new_order

pytestmark = pytest.mark.django_db(transaction=True)

THREADS = 10


@pytest.fixture
def ann() -> Customer:
    stock_up({sku: 4 * THREADS * units for sku, units in UNITS.items()})
    return a_customer(a_client("North"))


def place_on_account(customer: Customer, units: dict[str, int] | None = None) -> Order:
    new = new_order(units, customer_id=customer.pk, payment_terms="on_account")
    return place_order(new, client_id=customer.client_id, actor=ACTOR)


def of_one_sku_each(customer: Customer) -> list[Callable[[], Order]]:
    """Two orders of the same total that have no stock in common, so that neither waits for the other's."""
    return [partial(place_on_account, customer, units) for units in ({"A": 4}, {"B": 1})]


ONE = 4 * 250
"""What each of them costs in cents."""


def owed() -> int:
    return CreditAccount.objects.get().owed


def kinds(outcomes: list[object]) -> dict[str, int]:
    names = [type(outcome).__name__ for outcome in outcomes]
    return {name: names.count(name) for name in sorted(set(names))}


def test_racing_orders_share_the_limit_and_none_goes_beyond(ann: Customer) -> None:
    a_credit_account(ann, 4 * ONE + 1)

    outcomes: list[object] = list(race(of_one_sku_each(ann) * THREADS, threads=THREADS))

    assert kinds(outcomes) == {"CreditLimitExceeded": 2 * THREADS - 4, "Order": 4}
    assert (owed(), Order.objects.count()) == (4 * ONE, 4)
    assert credit_off() == []
    assert_everything_adds_up()


def test_placing_paying_and_cancelling_at_once_adds_up(ann: Customer) -> None:
    a_credit_account(ann, 100 * TOTAL)
    orders = [place_on_account(ann) for _ in range(6)]
    acts: list[Callable[[], object]] = [
        *[partial(place_on_account, ann)] * 5,
        *(partial(record_payment, order.pk, method="cash", amount=100, actor=ACTOR) for order in orders[:3] * 2),
        *(partial(cancel_order, order.pk, reason="Not wanted", actor=ACTOR) for order in orders[3:]),
    ]

    outcomes = at_once(*acts)

    assert [outcome for outcome in outcomes if isinstance(outcome, Exception)] == []
    assert owed() == 8 * TOTAL - 600
    assert credit_off() == []
    assert_everything_adds_up()


def test_orders_that_are_placed_as_the_account_is_opened_are_all_owed(ann: Customer) -> None:
    opening = partial(
        open_credit, client_id=ann.client_id, customer_id=ann.pk, currency="EUR", limit=100 * TOTAL, actor=ACTOR
    )

    outcomes = at_once(*[partial(place_on_account, ann)] * 4, opening, *[partial(place_on_account, ann)] * 4)

    assert kinds(outcomes) == {"CreditAccount": 1, "Order": 8}
    assert owed() == 8 * TOTAL
    assert credit_off() == []


@pytest.fixture
def no_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    """The protection off: both orders have asked before either is committed, and no account is locked."""
    both_asked, ask = threading.Barrier(2), take_credit_of

    def ask_and_wait(order: Order, *, needed: bool | None = None) -> None:
        ask(order, needed=needed)
        both_asked.wait(10)

    monkeypatch.setattr("customers.actions.credit._locked_for_order", credit_in)
    monkeypatch.setattr(placing, "take_credit_of", ask_and_wait)


def test_control_without_the_lock_the_database_alone_stops_the_second(ann: Customer, no_lock: None) -> None:
    a_credit_account(ann, ONE)

    outcomes = at_once(*of_one_sku_each(ann))

    (failed,) = [outcome for outcome in outcomes if not isinstance(outcome, Order)]
    assert isinstance(failed, IntegrityError)
    assert "an order on account goes beyond the credit of its customer" in str(failed)
    assert (owed(), Order.objects.count()) == (ONE, 1)


@pytest.fixture
def no_refusal() -> Iterator[None]:
    """The protection off: the trigger counts, and refuses nothing."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_get_functiondef(tgfoid) FROM pg_trigger WHERE tgname LIKE 'pgtrigger_order_counts_what_is_owed%'"
        )
        (definition,) = cursor.fetchone()
        assert definition.count("IF beyond AND") == 1
        cursor.execute(definition.replace("IF beyond AND", "IF false AND"))
        yield
        cursor.execute(definition)


def test_control_without_lock_and_refusal_the_limit_is_passed(ann: Customer, no_lock: None, no_refusal: None) -> None:
    a_credit_account(ann, ONE)

    outcomes = at_once(*of_one_sku_each(ann))

    assert kinds(outcomes) == {"Order": 2}
    assert owed() == 2 * ONE


def test_the_lock_alone_turns_the_second_into_a_refusal(ann: Customer, no_refusal: None) -> None:
    a_credit_account(ann, ONE)

    outcomes = at_once(*of_one_sku_each(ann))

    (refusal,) = [outcome for outcome in outcomes if not isinstance(outcome, Order)]
    assert isinstance(refusal, CreditLimitExceeded)
    assert owed() == ONE
