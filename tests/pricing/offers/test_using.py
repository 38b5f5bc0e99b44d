"""An order uses offers and gives them back."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.ids import new_id
from core.models import Client, Event
from core.transactions import UnitOfWorkError
from orders.models import Order
from pricing.actions import use_offers
from pricing.errors import OfferUsedUp
from pricing.offers.models import Offer, OfferBuyerCount, OfferCode, OfferCount, OfferUse
from pricing.queries import buyer_key, offers_off
from tests.factories.core import a_client, timeline
from tests.factories.offers import ACTOR, Asked, a_code, an_offer, an_order_of, give_back, use
from tests.factories.watching import nothing_changes, refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def client() -> Client:
    return a_client("North")


@pytest.fixture
def order(client: Client) -> Order:
    return an_order_of(client.pk)


def counted() -> dict[str, int]:
    return dict(OfferCount.objects.values_list("offer__code", "used"))


def test_a_use_is_counted_of_offer_code_and_buyer_and_told_on_the_order(client: Client, order: Order) -> None:
    spring, free = an_offer(client, codes=("HELLO",)), an_offer(client, "FREE", "free_delivery")
    use(order, Asked.of(spring, "hello"), Asked.of(free, "FREE"), buyer="customer:1")
    assert counted() == {"SPRING": 1, "FREE": 1}
    assert OfferCode.objects.get().used == 1
    assert list(OfferBuyerCount.objects.values_list("buyer_key", "used")) == [("customer:1", 1)] * 2
    event = Event.objects.get(subject_id=order.pk)
    assert (event.type, event.version) == ("offer.used", 1)
    code = spring.codes.get()
    told = {(each["offer_id"], each["code_id"]) for each in event.data["offers"]}
    assert told == {(str(spring.pk), str(code.pk)), (str(free.pk), None)}
    uses = OfferUse.objects.all()
    assert {(each.client_id, each.order_id, each.version, each.turn, each.change, each.actor) for each in uses} == {
        (client.pk, order.pk, 1, 1, 1, ACTOR)
    }
    assert "customer:1" not in str(event.data)
    assert offers_off() == []


def test_an_offer_that_the_order_uses_already_is_not_counted_again(client: Client, order: Order) -> None:
    spring, free = an_offer(client, codes=("HELLO",), total_limit=1), an_offer(client, "FREE", "free_delivery")
    use(order, Asked.of(spring, "HELLO"))
    with nothing_changes():
        use(order, Asked.of(spring, "HELLO"))
    use(order, Asked.of(spring, "HELLO"), Asked.of(free))
    assert counted() == {"SPRING": 1, "FREE": 1}
    assert timeline(order.pk) == ["offer.used", "offer.used"]


def test_what_is_given_back_others_can_use(client: Client, order: Order) -> None:
    spring = an_offer(client, codes=("HELLO",), total_limit=1, limit_per_customer=1)
    use(order, Asked.of(spring, "HELLO"), buyer="customer:1")
    give_back(order)
    with nothing_changes():
        give_back(order)
    assert (counted(), OfferCode.objects.get().used, OfferBuyerCount.objects.get().used) == ({"SPRING": 0}, 0, 0)
    other = an_order_of(client.pk)
    use(other, Asked.of(spring, "HELLO"), buyer="customer:1")
    with refused(OfferUsedUp):
        use(order, Asked.of(spring, "HELLO"), buyer="customer:2")
    give_back(other)
    use(order, Asked.of(spring, "HELLO"), buyer="customer:2")
    assert timeline(order.pk) == ["offer.used", "offer.given_back", "offer.used"]
    assert list(OfferUse.objects.filter(order_id=order.pk).order_by("turn").values_list("turn", "change")) == [
        (1, 1), (2, -1), (3, 1),
    ]  # fmt: skip
    assert offers_off() == []


def test_no_offers_take_no_statement_and_record_nothing(order: Order) -> None:
    with nothing_changes():
        use(order)
        give_back(order)


def test_several_offers_take_one_statement(client: Client, order: Order) -> None:
    offers = [an_offer(client, f"O{number}", codes=(f"CODE{number}",)) for number in range(5)]
    with CaptureQueriesContext(connection) as captured:
        use(order, *(Asked.of(offer, f"CODE{number}") for number, offer in enumerate(offers)))
    assert len([each for each in captured.captured_queries if "pricing_" in each["sql"]]) == 1
    with CaptureQueriesContext(connection) as captured:
        give_back(order)
    assert len([each for each in captured.captured_queries if "pricing_" in each["sql"]]) == 1


def test_what_is_used_up_is_named_and_nothing_of_the_order_is_counted(client: Client, order: Order) -> None:
    free, spring = an_offer(client, "FREE", "free_delivery"), an_offer(client, total_limit=1)
    use(an_order_of(client.pk), Asked.of(spring))
    with refused(OfferUsedUp) as error:
        use(order, Asked.of(free), Asked.of(spring))
    assert error.value.context == {"offer_id": str(spring.pk), "limit_of": "offer"}
    assert error.value.detail == "The offer Offer SPRING has been used as often as it may be."


def test_a_code_and_a_customer_have_limits_of_their_own(client: Client, order: Order) -> None:
    offer = an_offer(client, automatic=False, limit_per_customer=1)
    a_code(offer, "ONCE", use_limit=1)
    a_code(offer, "OFTEN")
    use(an_order_of(client.pk), Asked.of(offer, "ONCE"), buyer="customer:1")
    with refused(OfferUsedUp) as error:
        use(order, Asked.of(offer, "ONCE"), buyer="customer:2")
    assert error.value.context["limit_of"] == "code"
    with refused(OfferUsedUp) as error:
        use(order, Asked.of(offer, "OFTEN"), buyer="customer:1")
    assert error.value.context["limit_of"] == "customer"
    use(order, Asked.of(offer, "OFTEN"), buyer="customer:2")


def test_a_limit_per_customer_that_comes_later_counts_what_was_used_before(client: Client, order: Order) -> None:
    offer = an_offer(client)
    use(an_order_of(client.pk), Asked.of(offer), buyer="customer:1")
    Offer.objects.update(limit_per_customer=1)
    with refused(OfferUsedUp):
        use(order, Asked.of(offer), buyer="customer:1")


def test_offers_are_used_by_an_action_alone(client: Client, order: Order) -> None:
    with nothing_changes(), pytest.raises(UnitOfWorkError):
        use_offers([Asked.of(an_offer_that_is_not())], order=order, buyer_key="customer:1", actor=ACTOR)


def an_offer_that_is_not() -> Offer:
    return Offer(pk=new_id(), label="None")


# By what a buyer is known


def test_a_guest_is_known_by_a_keyed_hash_of_the_folded_email() -> None:
    north, south, order = new_id(), new_id(), new_id()
    key = buyer_key(north, customer_id=None, email=" Ann@Example.com", order_id=order)
    assert key == buyer_key(north, customer_id=None, email="ann@example.COM", order_id=new_id())
    assert key != buyer_key(south, customer_id=None, email="ann@example.com", order_id=order)
    assert key.startswith("guest:")
    assert (len(key), "ann" in key.lower()) == (70, False)


def test_another_secret_makes_other_guests(settings: object) -> None:
    north = new_id()
    before = buyer_key(north, customer_id=None, email="ann@example.com", order_id=north)
    settings.SECRET_KEY = "another"  # type: ignore[attr-defined]
    assert buyer_key(north, customer_id=None, email="ann@example.com", order_id=north) != before


def test_a_customer_is_known_by_id_and_nobody_by_the_order() -> None:
    client, customer, order = new_id(), new_id(), new_id()
    assert buyer_key(client, customer_id=customer, email="a@b.c", order_id=order) == f"customer:{customer}"
    assert buyer_key(client, customer_id=None, email="", order_id=order) == f"order:{order}"
