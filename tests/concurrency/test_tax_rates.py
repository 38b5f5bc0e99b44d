"""Rates of one tax that race for the same days: one holds, and the database alone would see to it."""

from __future__ import annotations

from collections import Counter
from functools import partial

import pytest
from django.db import connection

from core.models import Event
from taxes.errors import TaxRateOverlaps
from taxes.models import TaxCountry, TaxRate
from tests.concurrency.racing import race
from tests.factories.taxes import a_tax_rate

pytestmark = pytest.mark.django_db(transaction=True)

RACING = 8


def outcomes() -> Counter[str]:
    """What became of RACING rates that differ by their percentage alone."""
    attempts = [partial(a_tax_rate, "DE", f"0.{number:02}") for number in range(10, 10 + RACING)]
    return Counter(type(outcome).__name__ for outcome in race(attempts, threads=RACING))


def test_of_rates_for_the_same_days_one_holds_and_the_others_are_told() -> None:
    assert outcomes() == {"TaxRate": 1, TaxRateOverlaps.__name__: RACING - 1}
    assert (TaxRate.objects.count(), TaxCountry.objects.count()) == (1, 1)
    assert Counter(Event.objects.values_list("type", flat=True)) == {"tax_country.created": 1, "tax_rate.created": 1}


def test_without_the_constraint_they_would_all_hold() -> None:
    """The control."""
    (constraint,) = (each for each in TaxRate._meta.constraints if each.name == "tax_rate_once_at_a_time")
    with connection.schema_editor() as editor:
        editor.remove_constraint(TaxRate, constraint)
    try:
        assert outcomes() == {"TaxRate": RACING}
    finally:
        with connection.cursor() as cursor:
            cursor.execute(
                "SET session_replication_role = replica; DELETE FROM taxes_taxrate; RESET session_replication_role"
            )
        with connection.schema_editor() as editor:
            editor.add_constraint(TaxRate, constraint)
