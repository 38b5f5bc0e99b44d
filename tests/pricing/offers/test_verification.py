"""The self-check of offers: it names what is wrong, each kind of it, and repairs nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from core.ids import new_id
from core.models import Client, Event
from orders.models import Order
from pricing.offers.models import Offer, OfferBuyerCount, OfferCode, OfferCount, OfferUse
from pricing.queries import offers_off
from tests.factories.core import CAUSE, a_client
from tests.factories.offers import Asked, an_offer, an_order_of, give_back, use

pytestmark = pytest.mark.django_db


@contextmanager
def triggers_off(table: str) -> Iterator[None]:
    """What only a superuser can do."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        yield
        cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


@pytest.fixture
def client() -> Client:
    return a_client("North")


@pytest.fixture
def offer(client: Client) -> Offer:
    """Used by three orders, of which one gave it back."""
    offer = an_offer(client, codes=("HELLO", "OTHER"), total_limit=9, limit_per_customer=3)
    for number in range(3):
        order = an_order_of(client.pk)
        use(order, Asked.of(offer, "HELLO"), buyer=f"customer:{number}")
    give_back(order)
    return offer


def found() -> list[tuple[str, int | None, int | None]]:
    return [(each.what, each.stored, each.expected) for each in offers_off()]


def test_sound_counters_are_found_sound(offer: Offer) -> None:
    assert OfferCount.objects.get().used == 2
    assert offers_off() == []


def test_a_count_that_its_uses_contradict_is_named_and_left_alone(offer: Offer) -> None:
    with triggers_off("pricing_offercount"):
        OfferCount.objects.update(used=1)
    assert [str(each) for each in offers_off()] == ["offer SPRING: used is 1, the ledger says 2"]
    assert OfferCount.objects.get().used == 1


def test_a_count_that_is_gone_is_named(offer: Offer) -> None:
    with triggers_off("pricing_offercount"):
        OfferCount.objects.all().delete()
    assert found() == [("at most", None, 9), ("at most each", None, 3), ("used", None, 2)]


def test_limits_that_differ_from_the_offer_s_are_named(offer: Offer) -> None:
    with triggers_off("pricing_offercount"):
        OfferCount.objects.update(at_most=None, at_most_each=4)
    assert found() == [("at most", None, 9), ("at most each", 4, 3)]
    assert offers_off()[0].source == "the offer"


def test_a_code_s_and_a_buyer_s_count_that_uses_contradict_are_named(offer: Offer) -> None:
    code = OfferCode.objects.get(code="OTHER")
    with triggers_off("pricing_offercode"):
        OfferCode.objects.filter(pk=code.pk).update(used=1)
    with triggers_off("pricing_offerbuyercount"):
        OfferBuyerCount.objects.filter(buyer_key="customer:0").update(used=0)
        OfferBuyerCount.objects.filter(buyer_key="customer:1").delete()
        OfferBuyerCount.objects.create(offer=offer, buyer_key="nobody", used=1)
    assert found() == [
        ("used of buyer customer:0", 0, 1),
        ("used of buyer customer:1", 0, 1),
        ("used of buyer nobody", 1, 0),
        (f"used of code {code.pk}", 1, 0),
    ]


def test_a_use_that_was_forged_or_is_gone_is_named(offer: Offer) -> None:
    forged, gone = OfferUse.objects.filter(buyer_key__in=["customer:0", "customer:1"]).order_by("buyer_key")
    with triggers_off("pricing_offeruse"):
        OfferUse.objects.filter(pk=forged.pk).update(change=-1, turn=2)
        OfferUse.objects.filter(pk=gone.pk).delete()
    told = found()
    assert (f"use of order {forged.order_id} at version 1", -1, 1) in told
    assert (f"use of order {gone.order_id} at version 1", 0, 1) in told
    assert ("used", 2, -1) in told


def test_a_planted_use_is_named_even_though_its_counters_follow_it(client: Client, offer: Offer) -> None:
    order = new_id()
    code = OfferCode.objects.get(code="HELLO")
    OfferUse.objects.create(
        client=client, offer=offer, code=code, order_id=order, buyer_key="b", turn=1, change=1, **CAUSE
    )
    assert found() == [(f"use of order {order} at version 1", 1, 0)]
    assert offers_off()[0].source == "its event"


def test_a_use_by_another_code_than_its_event_tells_is_named(offer: Offer) -> None:
    use_ = OfferUse.objects.get(buyer_key="customer:0")
    other = OfferCode.objects.get(code="OTHER")
    with triggers_off("pricing_offeruse"):
        OfferUse.objects.filter(pk=use_.pk).update(code=other)
    assert (f"use of order {use_.order_id} at version 1 by its code", 1, 0) in found()


def test_an_event_without_a_use_is_named(client: Client, offer: Offer) -> None:
    order: Order = an_order_of(client.pk)
    Event.objects.create(
        type="offer.used", subject_type="order", subject_id=order.pk, version=1, actor_kind="system",
        actor_id="test", actor_name="test", data={"offers": [{"offer_id": str(offer.pk), "code_id": None}]},
    )  # fmt: skip
    assert found() == [(f"use of order {order.pk} at version 1", 0, 1)]


@pytest.mark.django_db(transaction=True)
def test_the_command_names_it_and_fails(offer: Offer, capsys: pytest.CaptureFixture[str]) -> None:
    with triggers_off("pricing_offercount"):
        OfferCount.objects.update(used=1)
    with pytest.raises(CommandError, match="do not add up"):
        call_command("verify")
    assert "offer SPRING: used is 1, the ledger says 2" in capsys.readouterr().out
