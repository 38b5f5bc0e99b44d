"""What the calculation reads of offers."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from core.errors import NotFound
from core.models import Client
from pricing.offers.evaluating import OfferLine, evaluate
from pricing.offers.queries import Uses, automatic_offers, offer_of, offers_of_codes, uses_of
from tests.factories.core import a_client
from tests.factories.inventory import a_variant
from tests.factories.offers import Asked, a_code, an_offer, an_order_of, use

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)


@pytest.fixture
def client() -> Client:
    return a_client("North")


def test_automatic_offers_are_those_that_run_or_will_in_their_order(
    client: Client, django_assert_num_queries: Any
) -> None:
    now, mug, pen = timezone.now(), a_variant("MUG"), a_variant("PEN")
    an_offer(client, "SECOND", variant_ids=[mug.pk], product_ids=[pen.product_id])
    an_offer(client, "FIRST", "amount", priority=1, starts_at=now + DAY, total_limit=3)
    an_offer(client, "OFF", active=False)
    an_offer(client, "ENDED", ends_at=now - DAY)
    an_offer(client, "CODED", codes=("HELLO",))
    an_offer(a_client("South"), "OTHERS")
    with django_assert_num_queries(1):
        first, second = automatic_offers(client.pk)
    assert (first.code, first.priority, first.amounts, first.total_limit, first.limited) == (
        "FIRST", 1, {"EUR": 500}, 3, True,
    )  # fmt: skip
    assert (second.code, second.percentage, second.limited, second.asked_by) == ("SECOND", Decimal(10), False, "")
    assert (second.variant_ids, second.product_ids) == (frozenset([mug.pk]), frozenset([pen.product_id]))


def test_offers_are_found_by_their_codes_in_any_letter_case(client: Client, django_assert_num_queries: Any) -> None:
    offer = an_offer(client, automatic=False, ends_at=timezone.now() - DAY, limit_per_customer=1)
    a_code(offer, "Hello", use_limit=2)
    a_code(offer, "BYE")
    an_offer(a_client("South"), codes=("HELLO",))
    use(an_order_of(client.pk), Asked.of(offer, "hello"))
    with django_assert_num_queries(1):
        bye, hello = offers_of_codes(client.pk, ["hELLO", "bye", "nothing"])
    assert (hello.id, hello.asked_by, hello.code_limit, hello.code_used, hello.used) == (offer.pk, "Hello", 2, 1, 1)
    assert (bye.asked_by, bye.code_limit, bye.code_used) == ("BYE", None, 0)
    with django_assert_num_queries(0):
        assert offers_of_codes(client.pk, []) == []


def test_how_often_limited_offers_were_used_is_one_statement_and_none_without_them(
    client: Client, django_assert_num_queries: Any
) -> None:
    limited, free = an_offer(client, "LIMITED", total_limit=5), an_offer(client, "FREE", "free_delivery")
    for buyer in ("customer:1", "customer:1", "customer:2"):
        use(an_order_of(client.pk), Asked.of(limited), Asked.of(free), buyer=buyer)
    rules = automatic_offers(client.pk)
    with django_assert_num_queries(1):
        assert uses_of(rules, "customer:1") == Uses({limited.pk: 3}, {limited.pk: 2})
    with django_assert_num_queries(0):
        assert uses_of([rule for rule in rules if rule.id == free.pk], "customer:1") == Uses()


def test_what_was_read_is_evaluated(client: Client) -> None:
    mug = a_variant()
    an_offer(client, "AUTO", variant_ids=[mug.pk], total_limit=1)
    an_offer(client, "CODED", "amount", codes=("HELLO",))
    lines = [OfferLine("1", mug.pk, mug.product_id, 2, 5_000)]
    codes = ["hello", "nope"]
    rules = [*automatic_offers(client.pk), *offers_of_codes(client.pk, codes)]
    applied, refused = evaluate(lines, rules, currency="EUR", at=timezone.now(), codes=codes)
    assert [(each.code, each.by_line) for each in applied] == [("AUTO", {"1": 1_000}), ("HELLO", {"1": 500})]
    assert [(each.code, each.reason) for each in refused] == [("nope", "unknown_code")]
    use(an_order_of(client.pk), *applied, buyer="customer:1")
    uses = uses_of(rules, "customer:1")
    applied, _ = evaluate(
        lines, rules, currency="EUR", at=timezone.now(), codes=codes, used=uses.by_all, customer_uses=uses.by_buyer
    )
    assert [each.code for each in applied] == ["HELLO"]


def test_another_storefront_s_offer_is_not_found(client: Client) -> None:
    offer = an_offer(a_client("South"))
    with pytest.raises(NotFound):
        offer_of(client.pk, offer.pk)
