"""What the database itself refuses of tax tables, whoever asks."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from django.db import connection

from taxes.models import TaxRate, percent
from tests.factories.taxes import a_tax_country, a_tax_rate
from tests.factories.watching import refused_by_the_database

pytestmark = pytest.mark.django_db


def run(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


COPY = """
INSERT INTO taxes_taxrate (id, version, country, region, postal_prefix, tax_class_id, name, rate, valid_from,
                           valid_until, created_at)
SELECT gen_random_uuid(), 1, {country}, {region}, {postal_prefix}, tax_class_id, {name}, {rate}, {valid_from},
       {valid_until}, created_at FROM taxes_taxrate
"""
COLUMNS = {
    "country": "country", "region": "region", "postal_prefix": "postal_prefix", "name": "name", "rate": "rate",
    "valid_from": "valid_from", "valid_until": "valid_until",
}  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "constraint"),
    [
        ({}, "tax_rate_once_at_a_time"),
        ({"name": "upper(name)", "region": "upper(region)"}, "tax_rate_once_at_a_time"),
        ({"valid_from": "'1999-01-01'", "valid_until": "valid_from"}, "tax_rate_once_at_a_time"),
        ({"rate": "1.000001", "name": "'x'"}, "tax_rate_from_0_to_1"),
        ({"rate": "-0.000001", "name": "'x'"}, "tax_rate_from_0_to_1"),
        ({"country": "'de'"}, "tax_rate_country_code"),
        ({"postal_prefix": "'bt'"}, "tax_rate_postal_prefix"),
        ({"postal_prefix": "'BT 1'"}, "tax_rate_postal_prefix"),
        ({"name": "''"}, "tax_rate_has_a_name"),
        ({"name": "'x'", "valid_until": "valid_from - 2"}, "tax_rate_ends_after_it_begins"),
    ],
)
def test_a_rate_that_cannot_be_is_refused(changed: dict[str, str], constraint: str) -> None:
    a_tax_rate(region="by", name="vat")
    with refused_by_the_database(constraint):
        run(COPY.format(**COLUMNS | changed))


def test_rates_of_other_days_names_and_places_go_together() -> None:
    a_tax_rate(region="by", name="vat")
    for changed in (
        {"valid_from": "'1999-01-01'", "valid_until": "valid_from - 1"},
        {"name": "'another'"},
        {"region": "''"},
        {"country": "'AT'"},
        {"postal_prefix": "'80'"},
    ):
        run(COPY.format(**COLUMNS | changed) + " WHERE name = 'vat' AND region = 'by' AND valid_until IS NULL LIMIT 1")
    assert TaxRate.objects.count() == 6


@pytest.mark.parametrize(
    "values",
    [
        "rate = 0.2", "name = 'Other'", "region = 'BY'", "postal_prefix = '8'", "country = 'AT'",
        "valid_from = valid_from + 1", "tax_class_id = (SELECT id FROM taxes_taxclass WHERE code = 'zero')",
    ],
)  # fmt: skip
def test_a_rate_that_began_is_not_rewritten(values: str) -> None:
    a_tax_rate()
    with refused_by_the_database("a tax rate that began stays as it is"):
        run(f"UPDATE taxes_taxrate SET {values}")


@pytest.mark.parametrize("valid_until", ["CURRENT_DATE - 3", "'2021-01-01'"])
def test_an_end_is_not_moved_into_the_past(valid_until: str) -> None:
    a_tax_rate()
    with refused_by_the_database("the end of a tax rate is not moved in the past"):
        run(f"UPDATE taxes_taxrate SET valid_until = {valid_until}")


@pytest.mark.parametrize("valid_until", ["NULL", "CURRENT_DATE + 3"])
def test_nor_out_of_it(valid_until: str) -> None:
    a_tax_rate(valid_until=dt.date(2021, 1, 1))
    with refused_by_the_database("the end of a tax rate is not moved in the past"):
        run(f"UPDATE taxes_taxrate SET valid_until = {valid_until}")


@pytest.mark.parametrize("statement", ["DELETE FROM taxes_taxrate", "DELETE FROM taxes_taxcountry"])
def test_neither_rates_nor_countries_are_deleted(statement: str) -> None:
    a_tax_rate()
    with refused_by_the_database("Cannot delete rows"):
        run(statement)


@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        ("rounding = 'up'", "tax_country_rounding_known"),
        ("country = 'de'", "tax_country_code"),
        ("country = 'AT'", "taxes_taxcountry_country"),
    ],
)
def test_a_country_that_cannot_be_is_refused(values: str, constraint: str) -> None:
    a_tax_country("AT")
    country = a_tax_country("DE")
    with refused_by_the_database(constraint):
        run(f"UPDATE taxes_taxcountry SET {values} WHERE id = '{country.pk}'")


@pytest.mark.parametrize(
    ("rate", "shown"), [("0.190000", "19 %"), ("0", "0 %"), ("0.081", "8.1 %"), ("1", "100 %"), ("0.09975", "9.975 %")]
)
def test_a_rate_is_shown_as_people_write_it(rate: str, shown: str) -> None:
    assert percent(Decimal(rate)) == shown
