"""What the database refuses of delivery methods and rates, whatever writes it."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection

from pricing.delivery.models import DeliveryMethod, DeliveryRate
from tests.factories.core import a_client
from tests.factories.delivery import a_method, a_rate
from tests.factories.inventory import a_location
from tests.factories.watching import refused_by_the_database

pytestmark = pytest.mark.django_db


def write(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.parametrize(
    ("columns", "refusal"),
    [
        ("location_id = (SELECT id FROM inventory_location)", "picked_up_somewhere"),
        ("code = 'OTHER'", "Cannot update"),
        ("kind = 'pickup'", "Cannot update"),
        ("client_id = gen_random_uuid()", "Cannot update"),
        ("min_days = 1", "promise_in_order"),
        ("max_days = 1", "promise_in_order"),
        ("min_days = 2, max_days = 1", "promise_in_order"),
        ("min_days = 1, max_days = 366", "promise_in_order"),
        ("name = E'two\\nlines'", "check"),
    ],
)
def test_a_method_that_cannot_be(columns: str, refusal: str) -> None:
    a_location()
    a_method(a_client())
    with refused_by_the_database(refusal):
        write(f"UPDATE pricing_deliverymethod SET {columns}")


def test_a_pickup_has_a_location_always() -> None:
    a_method(a_client(), kind="pickup", location_id=a_location().pk)
    with refused_by_the_database("picked_up_somewhere"):
        DeliveryMethod.objects.update(location=None)


def test_a_code_comes_once_in_any_letter_case() -> None:
    method = a_method(a_client(), "DHL")
    with refused_by_the_database("code_once_per_storefront"):
        DeliveryMethod.objects.create(client=method.client, code="dhl", name="x", kind="parcel")


def test_methods_are_kept() -> None:
    a_method(a_client())
    with refused_by_the_database("Cannot delete"):
        write("DELETE FROM pricing_deliverymethod")


@pytest.mark.parametrize(
    ("columns", "refusal"),
    [
        ("currency = 'eur'", "currency_code"),
        ("countries = '{de}'", "country_codes"),
        ("countries = '{DE,A}'", "country_codes"),
        ("countries = '{NULL}'", "country_codes"),
        ("postal_prefixes = '{27 4}'", "compact_postcodes"),
        ("postal_prefixes = '{a}'", "compact_postcodes"),
        ("postal_prefixes = '{NULL}'", "compact_postcodes"),
        ("postal_prefixes = '{1,NULL}'", "compact_postcodes"),
        ("postal_prefixes = '{\"\"}'", "compact_postcodes"),
        ("countries = '{}', region = 'Kent'", "narrows_one_country"),
        ("countries = '{DE,AT}', postal_prefixes = '{1}'", "narrows_one_country"),
        ("weight_over = -1", "weight_over"),
        ("weight_over = 5, weight_up_to = 5", "weights_not_empty"),
        ("weight_up_to = 1000000000", "weights_not_empty"),
        ("amount_from = -1", "amounts_not_empty"),
        ("amount_from = 5, amount_below = 5", "amounts_not_empty"),
        ("price = -1", "free_within_its_amounts"),
        ("price = 2000000000000000", "free_within_its_amounts"),
        ("price = 0, free_from = 5", "free_within_its_amounts"),
        ("amount_from = 5, free_from = 5", "free_within_its_amounts"),
        ("amount_below = 5, free_from = 5", "free_within_its_amounts"),
    ],
)
def test_a_rate_that_cannot_be(columns: str, refusal: str) -> None:
    a_method(a_client(), "DHL", a_rate(countries=("DE",)))
    with refused_by_the_database(refusal):
        write(f"UPDATE pricing_deliveryrate SET {columns}")


@pytest.mark.parametrize("prefixes", ["{}", "{1}", "{SW1A,27498}", '{"NULL"}', "{NULLS}"])
def test_postcodes_that_can_be(prefixes: str) -> None:
    a_method(a_client(), "DHL", a_rate(countries=("DE",)))
    write(f"UPDATE pricing_deliveryrate SET postal_prefixes = '{prefixes}'")


def test_a_place_in_the_table_is_one_rate_s() -> None:
    method = a_method(a_client(), "DHL", a_rate())
    with refused_by_the_database("once_per_place"):
        DeliveryRate.objects.create(method=method, position=1, currency="EUR", price=1)


def test_a_method_with_rates_is_what_they_are_of() -> None:
    rate: Any = DeliveryRate.objects.get(pk=a_method(a_client(), "DHL", a_rate()).rates.get().pk)
    assert (str(rate), str(rate.method)) == ("Rate 1", "DHL")
