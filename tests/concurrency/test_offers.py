"""Limits of offers under racing threads. Each race has a control that runs with the protection off, and must fail."""

from __future__ import annotations

import functools
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator

import pytest
from django.db import OperationalError, connection

from core.models import Client
from core.transactions import action
from orders.models import Order
from pricing.actions import OfferTerms, update_offer
from pricing.errors import OfferLimitTooLow
from pricing.offers.models import Offer, OfferBuyerCount, OfferCode, OfferCount, OfferUse
from pricing.queries import offers_off
from tests.concurrency.racing import race
from tests.factories.core import CAUSE, a_client
from tests.factories.offers import ACTOR, Asked, a_code, an_offer, an_order_of, give_back, orders_of, use

pytestmark = pytest.mark.django_db(transaction=True)

THREADS = 40
LIMIT = 5


@pytest.fixture
def client() -> Client:
    return a_client("North")


def tally(outcomes: list) -> dict[str, int]:
    return dict(Counter("used" if outcome is None else type(outcome).__name__ for outcome in outcomes))


def used() -> int:
    return OfferCount.objects.get().used


def test_an_offer_that_five_may_use_is_used_by_five_of_forty(client: Client) -> None:
    offer = an_offer(client, total_limit=LIMIT)

    outcomes = race(
        [functools.partial(use, order, Asked.of(offer)) for order in orders_of(client.pk, THREADS)], threads=THREADS
    )

    assert tally(outcomes) == {"used": LIMIT, "OfferUsedUp": THREADS - LIMIT}
    assert (used(), OfferUse.objects.count()) == (LIMIT, LIMIT)
    assert offers_off() == []


def test_without_the_ledger_s_trigger_more_use_it(client: Client, no_counting: None) -> None:
    offer = an_offer(client, total_limit=LIMIT)

    race(
        [functools.partial(_read_then_write, order, offer) for order in orders_of(client.pk, THREADS)], threads=THREADS
    )

    assert OfferUse.objects.count() > LIMIT


def test_who_reads_before_writing_is_refused_by_the_database_alone(client: Client) -> None:
    offer = an_offer(client, total_limit=LIMIT)

    race(
        [functools.partial(_read_then_write, order, offer) for order in orders_of(client.pk, THREADS)], threads=THREADS
    )

    assert (used(), OfferUse.objects.count()) == (LIMIT, LIMIT)


def test_a_code_for_one_order_is_used_by_one_of_forty(client: Client) -> None:
    offer = an_offer(client, automatic=False)
    a_code(offer, "ONCE", use_limit=1)

    outcomes = race(
        [functools.partial(use, order, Asked.of(offer, "once")) for order in orders_of(client.pk, THREADS)],
        threads=THREADS,
    )

    assert tally(outcomes) == {"used": 1, "OfferUsedUp": THREADS - 1}
    assert OfferCode.objects.get().used == 1
    assert offers_off() == []


def test_each_customer_uses_an_offer_twice_and_no_more(client: Client) -> None:
    offer = an_offer(client, limit_per_customer=2)
    buyers = ["customer:1", "customer:2"]

    outcomes = race(
        [
            functools.partial(use, order, Asked.of(offer), buyer=buyers[number % 2])
            for number, order in enumerate(orders_of(client.pk, THREADS))
        ],
        threads=THREADS,
    )

    assert tally(outcomes) == {"used": 4, "OfferUsedUp": THREADS - 4}
    assert dict(OfferBuyerCount.objects.values_list("buyer_key", "used")) == dict.fromkeys(buyers, 2)
    assert offers_off() == []


def test_one_order_that_asks_twenty_times_at_once_is_counted_once(client: Client) -> None:
    offer, order = an_offer(client, total_limit=LIMIT), an_order_of(client.pk)

    outcomes = race([functools.partial(use, order, Asked.of(offer), buyer="customer:1")] * 20, threads=20)

    assert (tally(outcomes), used()) == ({"used": 20}, 1)


def test_what_is_given_back_while_others_ask_is_used_again_and_never_twice(client: Client) -> None:
    offer = an_offer(client, total_limit=LIMIT)
    holders = orders_of(client.pk, LIMIT)
    for order in holders:
        use(order, Asked.of(offer))

    outcomes = race(
        [
            *(functools.partial(give_back, order) for order in holders),
            *(functools.partial(use, order, Asked.of(offer)) for order in orders_of(client.pk, 30)),
        ],
        threads=35,
    )

    assert set(tally(outcomes)) <= {"used", "OfferUsedUp"}
    assert used() == tally(outcomes)["used"] - LIMIT <= LIMIT
    assert offers_off() == []


def test_a_limit_that_is_lowered_meanwhile_holds(client: Client) -> None:
    offer = an_offer(client, total_limit=30)
    attempts: list[Callable[[], object]] = [
        functools.partial(use, order, Asked.of(offer)) for order in orders_of(client.pk, 39)
    ]
    attempts.insert(20, functools.partial(update_offer, offer.pk, OfferTerms(total_limit=8), actor=ACTOR))

    outcomes = race(attempts, threads=THREADS)

    count = OfferCount.objects.get()
    lowered = not any(isinstance(outcome, OfferLimitTooLow) for outcome in outcomes)
    assert count.at_most == (8 if lowered else 30)
    assert count.used <= (count.at_most or 0)
    assert offers_off() == []


def test_orders_that_use_the_same_offers_in_any_order_do_not_deadlock(client: Client) -> None:
    offers = [an_offer(client, f"O{number}", codes=(f"CODE-{number}",)) for number in range(8)]
    asked = [Asked.of(offer, f"CODE-{number}") for number, offer in enumerate(offers)]
    draw = random.Random(7)  # noqa: S311

    orders = orders_of(client.pk, 120)
    outcomes = race(
        [functools.partial(use, order, *draw.sample(asked, 4), buyer="customer:1") for order in orders], threads=20
    )
    again = race([functools.partial(give_back, order) for order in draw.sample(orders, 120)], threads=20)

    assert tally(outcomes) == tally(again) == {"used": 120}
    assert set(OfferCount.objects.values_list("used", flat=True)) == {0}
    assert offers_off() == []


def test_without_the_order_of_locks_there_are_deadlocks(client: Client) -> None:
    one, two = an_offer(client, "ONE"), an_offer(client, "TWO")
    both_have_one = threading.Barrier(2)
    first, second = orders_of(client.pk, 2)

    outcomes = race(
        [
            functools.partial(_one_by_one, order, pair, both_have_one)
            for order, pair in ((first, (one, two)), (second, (two, one)))
        ],
        threads=2,
    )

    assert [type(outcome) for outcome in outcomes if outcome is not None] == [OperationalError]


def _read_then_write(order: Order, offer: Offer) -> None:
    """Uses the offer as one does who trusts what was read a moment ago."""
    if OfferUse.objects.filter(offer=offer).count() >= LIMIT:
        return
    time.sleep(0.01)
    OfferUse.objects.create(
        client_id=order.client_id, offer=offer, order_id=order.pk, buyer_key=f"order:{order.pk}", turn=1, change=1,
        **CAUSE,
    )  # fmt: skip


@action
def _one_by_one(order: Order, offers: tuple[Offer, Offer], both_have_one: threading.Barrier) -> None:
    for turn, offer in enumerate(offers):
        if turn:
            both_have_one.wait(10)
        OfferUse.objects.create(
            client_id=order.client_id, offer=offer, order_id=order.pk, buyer_key="customer:1", turn=1, change=1, **CAUSE
        )


@pytest.fixture
def no_counting() -> Iterator[None]:
    """The protection off: a use is entered whatever its offer's limit says."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE pricing_offeruse DISABLE TRIGGER USER")
        yield
        cursor.execute("ALTER TABLE pricing_offeruse ENABLE TRIGGER USER")
