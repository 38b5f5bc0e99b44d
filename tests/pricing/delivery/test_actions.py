"""Delivery methods are made, changed and given rates, each once, and nothing that can't be is stored."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from core.errors import InvalidInput, NotFound, StaleVersion
from core.ids import new_id
from core.json import to_json
from core.models import Client, Event
from core.rulesets import mark_of
from core.versions import document_as_of
from inventory.actions import update_location
from pricing.delivery.actions import MOST_RATES, change_method, create_method, set_rates
from pricing.delivery.choosing import RateRule
from pricing.delivery.errors import DeliveryMethodExists
from pricing.delivery.models import DeliveryMethod, DeliveryRate
from pricing.delivery.queries import method_rules, rates_of
from pricing.delivery.versions import method_content
from taxes.models import TaxClass
from tests.factories.core import a_client, timeline
from tests.factories.delivery import ACTOR, a_method, a_rate
from tests.factories.inventory import a_location
from tests.factories.watching import nothing_changes, refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def client() -> Client:
    return a_client()


def problems(error: Any) -> list[tuple[str, str]]:
    return [(each.pointer, each.code) for each in error.value.errors]


# Methods


def test_a_method_is_made_and_told_of(client: Client) -> None:
    method = a_method(client, "DHL", name="DHL parcel", carrier="DHL", min_days=1, max_days=3)
    stored = DeliveryMethod.objects.get()
    assert (stored.code, stored.kind, stored.carrier, stored.min_days, stored.max_days) == (
        "DHL",
        "parcel",
        "DHL",
        1,
        3,
    )
    assert (stored.position, stored.active, stored.prices_include_tax, stored.version) == (100, True, False, 1)
    assert timeline(method.pk) == ["delivery_method.created"]
    event = Event.objects.get(subject_id=method.pk)
    assert (event.data, event.client_id) == ({"code": "DHL", "kind": "parcel"}, client.pk)


def test_a_code_is_one_method_s_of_its_storefront_in_any_letter_case(client: Client) -> None:
    method = a_method(client, "DHL")
    with refused(DeliveryMethodExists) as error:
        a_method(client, "dhl")
    assert error.value.context == {"method_id": str(method.pk)}
    a_method(a_client(), "DHL")
    assert DeliveryMethod.objects.count() == 2


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"kind": "pickup"}, [("/location_id", "required")]),
        ({"kind": "pickup", "location_id": new_id()}, [("/location_id", "unknown_location")]),
        ({"location_id": new_id()}, [("/location_id", "not_a_pickup")]),
        ({"tax_class_id": new_id()}, [("/tax_class_id", "unknown_tax_class")]),
        ({"min_days": 1}, [("/max_days", "required")]),
        ({"max_days": 1}, [("/min_days", "required")]),
        ({"min_days": 3, "max_days": 2}, [("/max_days", "out_of_range")]),
        ({"min_days": 3, "max_days": 366}, [("/max_days", "out_of_range")]),
    ],
)
def test_a_method_that_cannot_be_is_refused(client: Client, fields: dict[str, Any], told: list[Any]) -> None:
    with refused(InvalidInput) as error:
        a_method(client, **fields)
    assert problems(error) == told


def test_a_method_is_changed_and_the_same_again_changes_nothing(client: Client) -> None:
    method, reduced = a_method(client), TaxClass.objects.create(code="books", name="Books")
    changes: Any = {"name": "Express", "min_days": 1, "max_days": 1, "tax_class_id": reduced.pk, "active": False}
    change_method(method.pk, changes, actor=ACTOR, expected_version=1)
    with nothing_changes():
        change_method(method.pk, changes, actor=ACTOR)
    method.refresh_from_db()
    assert (method.name, method.tax_class, method.active, method.version) == ("Express", reduced, False, 2)
    event = Event.objects.get(subject_id=method.pk, version=2)
    assert event.data == {"code": "STANDARD", "changed": ["name", "min_days", "max_days", "tax_class_id", "active"]}


def test_a_pickup_moves_to_another_location_and_keeps_one(client: Client) -> None:
    here, there = a_location("HERE"), a_location("THERE")
    method = a_method(client, kind="pickup", location_id=here.pk)
    change_method(method.pk, {"location_id": there.pk}, actor=ACTOR)
    assert DeliveryMethod.objects.get().location_id == there.pk
    with refused(InvalidInput):
        change_method(method.pk, {"location_id": None}, actor=ACTOR)


@pytest.mark.parametrize("change", ["method", "rates"])
def test_another_storefront_s_method_is_not_found_and_an_old_version_stale(client: Client, change: str) -> None:
    method, other = a_method(client), a_client()

    def act(method_id: uuid.UUID, **how: Any) -> None:
        if change == "method":
            change_method(method_id, {"name": "Mine"}, actor=ACTOR, **how)
        else:
            set_rates(method_id, [a_rate()], actor=ACTOR, **how)

    with refused(NotFound):
        act(method.pk, client_id=other.pk)
    with refused(NotFound):
        act(new_id())
    with refused(StaleVersion):
        act(method.pk, expected_version=7)
    act(method.pk, client_id=client.pk, expected_version=1)


# Rates


def test_rates_are_replaced_whole_and_the_same_again_change_nothing(client: Client) -> None:
    method = a_method(client, "DHL", a_rate(900), a_rate(100, "JPY"))
    new = [a_rate(500, countries=("DE", "AT", "DE"), weight_up_to=5_000), a_rate(1_200, countries=("CH",))]
    set_rates(method.pk, new, actor=ACTOR)
    with nothing_changes():
        set_rates(method.pk, new, actor=ACTOR)
    method.refresh_from_db()
    kept = [RateRule("EUR", 500, ("AT", "DE"), weight_up_to=5_000), RateRule("EUR", 1_200, ("CH",))]
    assert (rates_of(method), method.version) == (kept, 3)
    assert timeline(method.pk) == ["delivery_method.created", "delivery_method.rates_set", "delivery_method.rates_set"]
    assert Event.objects.get(subject_id=method.pk, version=3).data == {"code": "DHL", "rates": 2}


def test_zones_are_stored_in_one_notation(client: Client) -> None:
    method = a_method(
        client, "UK", a_rate(countries=("GB",), region=" Kent ", postal_prefixes=("me 4", "-", "ME4", "CT"))
    )
    (rate,) = rates_of(method)
    assert (rate.region, rate.postal_prefixes) == ("Kent", ("CT", "ME4"))


def test_a_method_may_lose_all_its_rates(client: Client) -> None:
    method = a_method(client, "DHL", a_rate())
    set_rates(method.pk, [], actor=ACTOR)
    assert not DeliveryRate.objects.exists()


def test_a_currency_that_was_withdrawn_since_stays_and_no_other_comes(client: Client) -> None:
    method = a_method(client, "DHL", a_rate())
    DeliveryRate.objects.update(currency="HRK")
    set_rates(method.pk, [a_rate(300, "HRK"), a_rate()], actor=ACTOR)
    with refused(InvalidInput) as error:
        set_rates(method.pk, [a_rate(300, "BGN")], actor=ACTOR)
    assert problems(error) == [("/rates/0/currency", "unknown_currency")]


@pytest.mark.parametrize(
    ("rate", "told"),
    [
        (a_rate(-1), ("price", "out_of_range")),
        (a_rate(10**15 + 1), ("price", "out_of_range")),
        (a_rate(countries=("XX",)), ("countries", "unknown_country")),
        (a_rate(countries=("de",)), ("countries", "unknown_country")),
        (a_rate(region="Kent"), ("countries", "one_country")),
        (a_rate(countries=("DE", "AT"), postal_prefixes=("1",)), ("countries", "one_country")),
        (a_rate(countries=("DE",), postal_prefixes=("Ä",)), ("postal_prefixes", "invalid")),
        (a_rate(countries=("DE",), postal_prefixes=("1" * 11,)), ("postal_prefixes", "invalid")),
        (a_rate(weight_over=-1), ("weight_over", "out_of_range")),
        (a_rate(weight_over=5, weight_up_to=5), ("weight_up_to", "empty_range")),
        (a_rate(weight_up_to=10**9), ("weight_up_to", "empty_range")),
        (a_rate(amount_from=5, amount_below=5), ("amount_below", "empty_range")),
        (a_rate(amount_from=50, free_from=50), ("free_from", "without_effect")),
        (a_rate(amount_below=50, free_from=50), ("free_from", "without_effect")),
        (a_rate(0, free_from=50), ("free_from", "without_effect")),
    ],
)
def test_a_rate_that_cannot_be_is_refused_by_its_place(client: Client, rate: RateRule, told: tuple[str, str]) -> None:
    method = a_method(client, "DHL", a_rate())
    with refused(InvalidInput) as error:
        set_rates(method.pk, [a_rate(900), rate], actor=ACTOR)
    assert problems(error) == [(f"/rates/1/{told[0]}", told[1])]


def test_a_method_has_no_more_rates_than_can_be_edited(client: Client) -> None:
    method = a_method(client)
    with refused(InvalidInput) as error:
        set_rates(method.pk, [a_rate(price) for price in range(MOST_RATES + 1)], actor=ACTOR)
    assert problems(error) == [("/rates", "max_length")]
    set_rates(method.pk, [a_rate(price) for price in range(MOST_RATES)], actor=ACTOR)


# What is read


def test_the_rules_of_a_storefront_are_its_active_methods_in_order_in_two_statements(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    reduced = TaxClass.objects.create(code="books", name="Books")
    here = a_location("HERE")
    a_method(client, "LATER", a_rate(900), a_rate(800), position=200, tax_class_id=reduced.pk)
    a_method(client, "FIRST", a_rate(700), position=1, prices_include_tax=True, min_days=1, max_days=2)
    a_method(client, "SHOP", kind="pickup", location_id=here.pk)
    a_method(client, "OFF", a_rate(), active=False)
    a_method(a_client(), "OTHERS", a_rate())
    update_location(here.pk, {"active": False}, actor=ACTOR)
    with django_assert_num_queries(2):
        first, shop, later = method_rules(client.pk)
    assert (first.code, first.includes_tax, first.tax_class, first.min_days, first.max_days) == (
        "FIRST",
        True,
        "",
        1,
        2,
    )
    assert (shop.code, shop.location_id, shop.location_code, shop.location_active) == ("SHOP", here.pk, "HERE", False)
    assert (later.tax_class, [rate.price for rate in later.rates]) == ("books", [900, 800])


def test_whatever_a_rule_depends_on_renews_the_mark(client: Client) -> None:
    here, marks = a_location("HERE"), [mark_of("prices")]
    method = a_method(client, kind="pickup", location_id=here.pk)
    marks.append(mark_of("prices"))
    change_method(method.pk, {"name": "Shop"}, actor=ACTOR)
    marks.append(mark_of("prices"))
    set_rates(method.pk, [a_rate()], actor=ACTOR)
    marks.append(mark_of("prices"))
    DeliveryRate.objects.update(price=7)
    marks.append(mark_of("prices"))
    update_location(here.pk, {"active": False}, actor=ACTOR)
    marks.append(mark_of("prices"))
    assert len(set(marks)) == 6
    set_rates(method.pk, [a_rate(7)], actor=ACTOR)
    assert mark_of("prices") == marks[-1]


def test_each_version_s_document_says_what_the_method_was_then(client: Client) -> None:
    method = a_method(client, "DHL", a_rate(500, countries=("DE",)))
    change_method(method.pk, {"carrier": "DHL"}, actor=ACTOR)
    set_rates(method.pk, [], actor=ACTOR)
    method.refresh_from_db()
    found = [document_as_of("delivery_method", method.pk, version) for version in (1, 2, 3, 4)]
    said: list[Any] = [row.document for row in found if row is not None]
    assert [(each["carrier"], len(each["rates"])) for each in said] == [("", 0), ("", 1), ("DHL", 1), ("DHL", 0)]
    assert said[3] == to_json(method_content(method, []))
    assert said[1]["rates"][0]["countries"] == ["DE"]


def test_a_method_s_storefront_and_code_are_given_once(client: Client) -> None:
    wanted: Any = {"name": "DHL"}
    create_method(client_id=client.pk, code="DHL", kind="parcel", settings=wanted, actor=ACTOR)
    with pytest.raises(TypeError, match="has no code"):
        change_method(DeliveryMethod.objects.get().pk, {"code": "X"}, actor=ACTOR)  # type: ignore[typeddict-unknown-key]
