"""What the database refuses of offers and their uses, whoever writes."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.db import connection

from core.ids import new_id
from core.models import Client
from core.rulesets import mark_of
from pricing.offers.models import Offer, OfferBuyerCount, OfferCode, OfferCount, OfferTarget, OfferUse
from tests.factories.core import CAUSE, a_client
from tests.factories.inventory import a_variant
from tests.factories.offers import NEEDED, Asked, a_code, an_offer, an_order_of, use
from tests.factories.watching import refused_by_the_database

pytestmark = pytest.mark.django_db


@pytest.fixture
def client() -> Client:
    return a_client("North")


def insert_use(offer: Offer, **fields: Any) -> OfferUse:
    """As somebody does who knows no action."""
    given = {
        "client_id": offer.client_id, "order_id": new_id(), "buyer_key": "customer:1", "turn": 1, "change": 1, **CAUSE,
    }  # fmt: skip
    return OfferUse.objects.create(**{**given, "offer": offer, **fields})


@pytest.mark.parametrize(
    ("kind", "fields", "constraint"),
    [
        ("percentage", {"percentage": None}, "offer_percentage_fits_its_kind"),
        ("percentage", {"percentage": 0}, "offer_percentage_fits_its_kind"),
        ("percentage", {"percentage": Decimal("100.01")}, "offer_percentage_fits_its_kind"),
        ("amount", {"percentage": 10}, "offer_percentage_fits_its_kind"),
        ("amount", {"amounts": {}}, "offer_amounts_fit_its_kind"),
        ("amount", {"amounts": {"EUR": 0}}, "offer_amounts_fit_its_kind"),
        ("amount", {"amounts": {"EUR": -1}}, "offer_amounts_fit_its_kind"),
        ("amount", {"amounts": {"EUR": 1.5}}, "offer_amounts_fit_its_kind"),
        ("amount", {"amounts": {"EUR": "5"}}, "offer_amounts_fit_its_kind"),
        ("amount", {"amounts": {"EUR": 10**15 + 1}}, "offer_amounts_fit_its_kind"),
        ("amount", {"amounts": {"eur": 5}}, "offer_amounts_fit_its_kind"),
        ("amount", {"amounts": [5]}, "offer_amounts_fit_its_kind"),
        ("free_delivery", {"amounts": {"EUR": 5}}, "offer_amounts_fit_its_kind"),
        ("buy_x_get_y", {"buy_quantity": 0}, "offer_quantities_fit_its_kind"),
        ("buy_x_get_y", {"get_quantity": None}, "offer_quantities_fit_its_kind"),
        ("percentage", {"buy_quantity": 1, "get_quantity": 1}, "offer_quantities_fit_its_kind"),
        ("percentage", {"minimum_amounts": {"EUR": 0}}, "offer_minimum_amounts_are_amounts"),
        ("percentage", {"total_limit": 0}, "offer_limits_allow_one_use"),
        ("percentage", {"limit_per_customer": 0}, "offer_limits_allow_one_use"),
        ("percentage", {"label": "A\nB"}, "core_is_line|pricing_offer"),
    ],
)
def test_an_offer_says_what_its_kind_needs_and_nothing_else(
    client: Client, kind: str, fields: dict[str, Any], constraint: str
) -> None:
    offer = an_offer(client, kind=kind)
    column, value = next(iter(fields.items()))
    with refused_by_the_database(constraint):
        if column == "label":
            with connection.cursor() as cursor:
                cursor.execute("UPDATE pricing_offer SET label = %s", [value])
        Offer.objects.filter(pk=offer.pk).update(**fields)


def test_an_offer_of_an_unknown_kind_is_refused(client: Client) -> None:
    with refused_by_the_database("offer_kind_known|offer_percentage"):
        Offer.objects.create(client=client, code="X", label="X", kind="gift")


def test_an_offer_does_not_end_before_it_starts(client: Client) -> None:
    an_offer(client)
    with refused_by_the_database("offer_ends_after_it_starts"):
        Offer.objects.update(starts_at="2026-02-01T00:00Z", ends_at="2026-01-01T00:00Z")


@pytest.mark.parametrize("column", ["client_id", "code", "kind", "automatic", "created_at"])
def test_what_an_offer_is_never_changes(client: Client, column: str) -> None:
    an_offer(client)
    other = {
        "client_id": a_client("South").pk, "code": "OTHER", "kind": "amount", "automatic": False,
        "created_at": "2026-01-01T00:00Z",
    }  # fmt: skip
    with refused_by_the_database("Cannot update rows"):
        Offer.objects.update(**{column: other[column]})


def test_codes_are_once_per_storefront_in_any_letter_case(client: Client) -> None:
    offer = an_offer(client, codes=("Hello",))
    with refused_by_the_database("offer_code_once_per_storefront"):
        OfferCode.objects.create(client=client, offer=offer, code="hELLO")
    with refused_by_the_database("offer_code_of_its_own_once_per_storefront"):
        Offer.objects.create(client=client, code="spring", label="X", kind="free_delivery")
    assert an_offer(a_client("South"), codes=("HELLO",)).codes.get().code == "HELLO"


@pytest.mark.parametrize("code", ["", "ab", "a b", "ÄPFEL", "x" * 41])
def test_a_code_can_be_typed_on_any_keyboard(client: Client, code: str) -> None:
    offer = an_offer(client, automatic=False)
    with refused_by_the_database("offer_code_can_be_typed|too long"), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO pricing_offercode (id, client_id, offer_id, code, used, active, created_at) "
            "VALUES (gen_random_uuid(), %s, %s, %s, 0, true, now())",
            [client.pk, offer.pk, code],
        )


def test_a_code_is_of_an_offer_of_its_storefront_that_takes_codes(client: Client) -> None:
    anothers, automatic = an_offer(a_client("South"), automatic=False), an_offer(client, automatic=True)
    for offer in (anothers, automatic):
        with refused_by_the_database("a code is of an offer"):
            OfferCode.objects.create(client=client, offer=offer, code="ABC")


def test_a_code_stays_with_its_offer(client: Client) -> None:
    an_offer(client, codes=("ABC",))
    other = an_offer(client, "OTHER", automatic=False)
    with refused_by_the_database("Cannot update rows"):
        OfferCode.objects.update(offer=other)
    with refused_by_the_database("Cannot update rows"):
        OfferCode.objects.update(code="XYZ")
    with refused_by_the_database("Cannot delete rows"):
        OfferCode.objects.all().delete()
    with refused_by_the_database("Cannot delete rows"):
        Offer.objects.filter(pk=other.pk)._raw_delete("default")


def test_a_target_is_a_product_or_a_variant_once(client: Client) -> None:
    variant = a_variant()
    offer = an_offer(client, variant_ids=[variant.pk])
    for fields in ({}, {"product_id": variant.product_id, "variant": variant}):
        with refused_by_the_database("offer_target_is_a_product_or_a_variant"):
            OfferTarget.objects.create(offer=offer, **fields)
    with refused_by_the_database("offer_target_variant_once"):
        OfferTarget.objects.create(offer=offer, variant=variant)


# Counters move by uses alone


def test_counters_are_written_by_no_hand(client: Client) -> None:
    offer = an_offer(client, codes=("ABC",), total_limit=5)
    use(an_order_of(client.pk), Asked.of(offer, "ABC"))
    for rows in (OfferCount.objects.all(), OfferBuyerCount.objects.all()):
        with refused_by_the_database("only by inserting a use"):
            rows.update(used=0)
        with refused_by_the_database("only by inserting a use"):
            rows.delete()
    with refused_by_the_database("only by inserting a use"):
        OfferCode.objects.update(used=0)
    with refused_by_the_database("only by inserting a use"):
        OfferCount.objects.update(at_most=None)
    with refused_by_the_database("only by inserting a use"):
        OfferBuyerCount.objects.create(offer=offer, buyer_key="x")
    with refused_by_the_database("only by inserting a use"):
        OfferCode.objects.create(client=client, offer=offer, code="DEF", used=1)


def test_uses_are_for_ever(client: Client) -> None:
    offer = an_offer(client)
    insert_use(offer)
    with refused_by_the_database("Cannot update or delete rows"):
        OfferUse.objects.update(change=-1)
    with refused_by_the_database("Cannot update or delete rows"):
        OfferUse.objects.all().delete()


def test_a_use_by_raw_sql_is_counted_and_held_to_the_limit(client: Client) -> None:
    offer = an_offer(client, total_limit=2)
    for _ in range(2):
        insert_use(offer)
    assert offer.count.used == 2
    with refused_by_the_database("used up"):
        insert_use(offer, buyer_key="customer:2")


def test_many_uses_in_one_statement_are_held_to_the_limit(client: Client) -> None:
    offer = an_offer(client, total_limit=2)
    rows = [
        OfferUse(client=client, offer=offer, order_id=new_id(), buyer_key=f"b{n}", turn=1, change=1, **CAUSE)
        for n in range(3)
    ]
    with refused_by_the_database("used up"):
        OfferUse.objects.bulk_create(rows)
    OfferUse.objects.bulk_create(rows[:2])
    assert OfferCount.objects.get().used == 2


def test_the_limits_of_a_code_and_of_a_customer_hold_by_raw_sql(client: Client) -> None:
    offer = an_offer(client, automatic=False, limit_per_customer=2)
    single, other = a_code(offer, "ONCE", use_limit=1), a_code(offer, "OFTEN")
    insert_use(offer, code=single)
    with refused_by_the_database("used up"):
        insert_use(offer, code=single, buyer_key="customer:2")
    insert_use(offer, code=other)
    with refused_by_the_database("used up"):
        insert_use(offer, code=other)
    assert dict(OfferCode.objects.values_list("code", "used")) == {"ONCE": 1, "OFTEN": 1}


def test_a_limit_is_never_under_what_is_in_use(client: Client) -> None:
    offer = an_offer(client, total_limit=5)
    for _ in range(3):
        insert_use(offer)
    with refused_by_the_database("offer_count_within_its_limit"):
        Offer.objects.update(total_limit=2)
    Offer.objects.update(total_limit=3, limit_per_customer=1)
    count = OfferCount.objects.get()
    assert (count.used, count.at_most, count.at_most_each) == (3, 3, 1)


def test_an_order_has_an_offer_once_and_gives_back_what_it_has(client: Client) -> None:
    offer, order = an_offer(client), new_id()
    with refused_by_the_database("gives back an offer as it used it"):
        insert_use(offer, order_id=order, turn=2, change=-1)
    insert_use(offer, order_id=order)
    with refused_by_the_database("offer_use_turns_once"):
        insert_use(offer, order_id=order)
    with refused_by_the_database("offer_use_and_return_take_turns"):
        insert_use(offer, order_id=order, turn=2, change=1)
    with refused_by_the_database("gives back an offer as it used it"):
        insert_use(offer, order_id=order, turn=2, change=-1, buyer_key="customer:2")
    with refused_by_the_database("offer_use_and_return_take_turns"):
        insert_use(offer, order_id=order, turn=0, change=-1)
    insert_use(offer, order_id=order, turn=2, change=-1)
    assert OfferCount.objects.get().used == 0
    insert_use(offer, order_id=order, turn=3, buyer_key="customer:2")
    assert dict(OfferBuyerCount.objects.values_list("buyer_key", "used")) == {"customer:1": 0, "customer:2": 1}


def test_a_use_is_of_an_offer_of_its_storefront_by_its_code(client: Client) -> None:
    offer, free = an_offer(client, codes=("ABC",)), an_offer(client, "FREE", "free_delivery")
    with refused_by_the_database("by one of its codes unless it is automatic"):
        insert_use(offer)
    with refused_by_the_database("by one of its codes unless it is automatic"):
        insert_use(free, code=offer.codes.get())
    with refused_by_the_database("by one of its codes unless it is automatic"):
        insert_use(free, client_id=a_client("South").pk)
    with refused_by_the_database("offer_use_names_its_buyer"):
        insert_use(free, buyer_key="")


def test_every_change_of_a_rule_renews_the_mark_and_no_use_does(client: Client) -> None:
    marks = [mark_of("prices")]
    offer = an_offer(client, codes=("ABC",))
    marks.append(mark_of("prices"))
    Offer.objects.update(priority=5)
    marks.append(mark_of("prices"))
    OfferTarget.objects.create(offer=offer, variant=a_variant())
    marks.append(mark_of("prices"))
    assert len(set(marks)) == 4
    use(an_order_of(client.pk), Asked.of(offer, "abc"))
    assert mark_of("prices") == marks[-1]


def test_each_kind_is_kept_as_it_was_said(client: Client) -> None:
    kinds = {kind: an_offer(client, kind.upper(), kind) for kind in NEEDED}
    for kind, needed in NEEDED.items():
        assert {name: getattr(kinds[kind], name) for name in needed} == needed
