"""Tax tables in the console."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from core.models import Role
from taxes.admin.parts import day
from taxes.models import TaxClass, TaxCountry, TaxRate
from tests.factories.staff import (
    a_person,
    a_superuser,
    a_token,
    as_opened,
    browser_of,
    button,
    list_button,
    list_page,
    object_page,
    told,
)
from tests.factories.taxes import a_tax_class, a_tax_country, a_tax_rate
from tests.factories.watching import nothing_changes

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser() -> Browser:
    return browser_of(a_superuser())


def press(browser: Browser, obj: Any, name: str, /, **data: Any) -> Any:
    address = button(obj._meta.label_lower, obj.pk, name)
    return browser.post(address, {**as_opened(browser, address), **data}, follow=True)


def in_days(count: int) -> dt.date:
    return timezone.localdate() + dt.timedelta(days=count)


RATE = {"tax_class_code": "standard", "name": "VAT", "percentage": "8.1", "valid_from": "2024-01-01"}


def test_a_country_is_added_with_its_rounding_and_its_rates_in_per_cent(browser: Browser) -> None:
    form = {"country": "CH", "rounding": "total", "token": a_token()}
    browser.post(list_button("taxes.taxcountry", "add"), form)
    page = told(press(browser, TaxCountry.objects.get(), "add-rate", **RATE))
    assert TaxRate.objects.values_list("country", "rate", "valid_from").get() == (
        "CH", Decimal("0.081"), dt.date(2024, 1, 1),
    )  # fmt: skip
    assert "VAT 8.1 % holds since 1 Jan 2024." in page
    assert "Standard rate VAT Everywhere 8.1 % since 1 Jan 2024 In force" in page
    assert "Classes without a rate Reduced rate, Zero rate" in page
    assert "Switzerland (CH) 8.1 % The total of each rate" in told(browser.get(list_page("taxes.taxcountry")))


def test_a_table_says_when_each_rate_holds(browser: Browser) -> None:
    a_tax_rate("US", "0.06", name="State tax", region="CA", valid_until=dt.date(2024, 12, 31))
    a_tax_rate("US", "0.0625", name="State tax", region="CA", valid_from=dt.date(2025, 1, 1), valid_until=in_days(9))
    a_tax_rate("US", "0.07", name="State tax", region="CA", valid_from=in_days(10))
    a_tax_rate("US", "0.0125", name="County tax", region="CA", postal_prefix="941")
    page = told(browser.get(object_page("taxes.taxcountry", TaxCountry.objects.get().pk)))
    assert "State tax CA 6 % 1 Jan 2020 to 31 Dec 2024 Ended" in page
    assert f"State tax CA 6.25 % 1 Jan 2025 to {day(in_days(9))} Ends" in page
    assert f"State tax CA 7 % from {day(in_days(10))} To come" in page
    assert "County tax CA, postal codes 941… 1.25 % since 1 Jan 2020 In force" in page


def test_a_country_without_a_rate_says_what_that_means(browser: Browser) -> None:
    page = told(browser.get(object_page("taxes.taxcountry", a_tax_country("NO").pk)))
    assert "None: what goes there is not taxed." in page


def test_a_rate_ends_and_says_until_when_it_held(browser: Browser) -> None:
    rate = a_tax_rate()
    page = told(press(browser, rate, "end", valid_until=str(in_days(3))))
    assert f"VAT 19 % holds 1 Jan 2020 to {day(in_days(3))}." in page
    assert f"Last day: {day(in_days(3))}" in page
    rate.refresh_from_db()
    assert rate.valid_until == in_days(3)


def test_a_rate_that_began_cannot_be_edited_and_its_page_says_why(browser: Browser) -> None:
    rate = a_tax_rate()
    page = told(browser.get(object_page("taxes.taxrate", rate.pk)))
    assert "It holds since 2020-01-01, and orders may have been taxed by it." in page
    with nothing_changes():
        press(browser, rate, "edit", **RATE)


def test_a_rate_to_come_is_edited_and_withdrawn(browser: Browser) -> None:
    rate = a_tax_rate("CH", valid_from=in_days(5))
    page = browser.get(button("taxes.taxrate", rate.pk, "edit")).content.decode()
    assert 'value="19"' in page
    press(browser, rate, "edit", **{**RATE, "valid_from": str(in_days(6))})
    rate.refresh_from_db()
    assert (rate.rate, rate.valid_from) == (Decimal("0.081"), in_days(6))
    assert "Withdrawn" in told(press(browser, rate, "end", valid_until=str(in_days(5))))


@pytest.mark.parametrize("changes", [{"percentage": "101"}, {"percentage": "8.12345"}, {"valid_until": "2023-12-31"}])
def test_a_wrong_rate_is_told_in_the_form_and_keeps_what_was_typed(browser: Browser, changes: dict[str, str]) -> None:
    country = a_tax_country("CH")
    with nothing_changes():
        response = press(browser, country, "add-rate", **{**RATE, "name": "Mehrwertsteuer", **changes})
    assert response.status_code == 400
    assert 'value="Mehrwertsteuer"' in response.content.decode()


def test_a_rate_that_overlaps_is_told_in_the_form(browser: Browser) -> None:
    a_tax_rate("CH", "0.077")
    with nothing_changes():
        response = press(browser, TaxCountry.objects.get(), "add-rate", **RATE)
    assert "VAT 7.7 % from 2020-01-01 is of the same name, class and place" in told(response)


def test_a_class_is_added_renamed_and_shows_its_rates(browser: Browser) -> None:
    form = {"code": "books", "name": "Books", "token": a_token()}
    browser.post(list_button("taxes.taxclass", "add"), form)
    books = TaxClass.objects.get(code="books")
    a_tax_rate("GB", "0", tax_class_code="books")
    page = told(press(browser, books, "edit", name="Printed books"))
    assert "Everywhere VAT 0 %" in page
    assert TaxClass.objects.get(code="books").name == "Printed books"


def test_rates_in_force_are_told_from_the_others(browser: Browser) -> None:
    a_tax_rate(name="Old tax", valid_until=dt.date(2021, 1, 1))
    a_tax_rate(name="New tax")
    in_force = told(browser.get(list_page("taxes.taxrate", in_force="yes")))
    not_in_force = told(browser.get(list_page("taxes.taxrate", in_force="no")))
    assert ("New tax" in in_force, "Old tax" in in_force) == (True, False)
    assert ("New tax" in not_in_force, "Old tax" in not_in_force) == (False, True)


def test_a_country_s_page_takes_as_many_statements_for_thirty_rates_as_for_one(browser: Browser) -> None:
    a_tax_rate(region="R")
    address = object_page("taxes.taxcountry", TaxCountry.objects.get().pk)

    def statements() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert browser.get(address).status_code == 200
        return len(captured)

    statements()
    few = statements()
    for number in range(29):
        a_tax_rate(region=f"R{number}", tax_class_code=["standard", "reduced", "zero"][number % 3])
    assert statements() == few


def test_support_sees_tax_tables_and_changes_none() -> None:
    assert Role.objects.filter(key="support_agent").exists()
    browser = browser_of(a_person("support_agent"))
    rate, tax_class = a_tax_rate(), a_tax_class()
    assert browser.get(object_page("taxes.taxrate", rate.pk)).status_code == 200
    with nothing_changes():
        for obj, name in [(rate, "end"), (rate, "edit"), (TaxCountry.objects.get(), "add-rate"), (tax_class, "edit")]:
            assert browser.post(button(obj._meta.label_lower, obj.pk, name)).status_code == 403
