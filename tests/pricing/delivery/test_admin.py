"""The console's pages of delivery methods."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from pricing.delivery.choosing import RateRule
from pricing.delivery.models import DeliveryMethod, DeliveryRate
from pricing.delivery.queries import rates_of
from tests.factories.core import a_client
from tests.factories.delivery import a_method, a_rate
from tests.factories.inventory import a_location
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
    rows,
    told,
)
from tests.factories.watching import nothing_changes

pytestmark = pytest.mark.django_db

LABEL = "pricing.deliverymethod"


@pytest.fixture
def browser() -> Browser:
    return browser_of(a_superuser())


def press(browser: Browser, method: DeliveryMethod, name: str, /, **data: Any) -> Any:
    address = button(LABEL, method.pk, name)
    return browser.post(address, {**as_opened(browser, address), **data}, follow=True)


def one_row(**fields: Any) -> dict[str, Any]:
    return rows(**{name: [value] for name, value in fields.items()})


def test_a_method_is_added_and_edited(browser: Browser) -> None:
    client, here = a_client("North"), a_location("HERE")
    form = {
        "client": str(client.pk), "code": "SHOP", "name": "Collect", "kind": "pickup", "location": str(here.pk),
        "position": "5", "active": "on", "token": a_token(),
    }  # fmt: skip
    browser.post(list_button(LABEL, "add"), form)
    method = DeliveryMethod.objects.get()
    assert (method.client, method.code, method.location, method.position) == (client, "SHOP", here, 5)
    press(browser, method, "edit", name="Collect it", location=str(here.pk), min_days="0", max_days="1", position="7")
    method.refresh_from_db()
    assert (method.name, method.location, method.min_days, method.max_days) == ("Collect it", here, 0, 1)
    assert (method.position, method.active, method.version) == (7, False, 2)


def test_what_the_action_refuses_is_told_at_its_field(browser: Browser) -> None:
    client = a_client("North")
    form = {"client": str(client.pk), "code": "A", "name": "A", "kind": "pickup", "position": "5", "token": a_token()}
    with nothing_changes():
        page: Any = browser.post(list_button(LABEL, "add"), form)
    assert page.context["form"].errors == {"location": ["Goods are picked up at a location."]}


def test_rates_are_set_as_people_write_them(browser: Browser) -> None:
    method = a_method(a_client(), "DHL", a_rate(900))
    fields = rows(
        countries=["de, at", "DE"], postal_prefixes=["", "274 98; 25"], weight_over=["", "0.25"],
        weight_up_to=["5", "1.5"], currency=["EUR", "EUR"], price=["4.90", "12"], free_from=["50", ""],
        amount_below=["", "90.00"],
    )  # fmt: skip
    press(browser, method, "set-rates", **fields)
    assert rates_of(DeliveryMethod.objects.get()) == [
        RateRule("EUR", 490, ("AT", "DE"), weight_up_to=5_000, free_from=5_000),
        RateRule("EUR", 1_200, ("DE",), postal_prefixes=("25", "27498"), weight_over=250, weight_up_to=1_500,
                 amount_below=9_000),
    ]  # fmt: skip


def test_rates_that_are_sent_as_they_were_shown_stay_as_they_are(browser: Browser) -> None:
    rates = (
        a_rate(490, countries=("AT", "DE"), weight_up_to=5_001, free_from=5_000),
        a_rate(900, "JPY", countries=("JP",), region="Hokkaidō", postal_prefixes=("06", "07"), amount_from=1_000),
    )
    method = a_method(a_client(), "DHL", *rates)
    page: Any = browser.get(button(LABEL, method.pk, "set-rates"))
    shown = [{name: row[name].value() for name in row.fields} for row in page.context["form"].rows.initial_forms]
    data = rows(**{name: ["" if row[name] is None else row[name] for row in shown] for name in shown[0]})
    before = list(DeliveryRate.objects.values()), DeliveryMethod.objects.values().get()
    press(browser, method, "set-rates", **data)
    assert (list(DeliveryRate.objects.values()), DeliveryMethod.objects.values().get()) == before


@pytest.mark.parametrize(
    ("row", "field"),
    [
        ({"currency": "JPY", "price": "4.5"}, "price"),
        ({"currency": "EUR", "price": "5", "free_from": "0.001"}, "free_from"),
        ({"currency": "EUR", "price": "5", "countries": "Germany"}, "countries"),
        ({"currency": "EUR", "price": "5", "region": "Kent"}, "countries"),
        ({"currency": "EUR", "price": "5", "weight_over": "5", "weight_up_to": "5"}, "weight_up_to"),
        ({"currency": "EUR", "price": "0", "free_from": "5"}, "free_from"),
        ({"currency": "EUR"}, "price"),
    ],
)
def test_a_wrong_row_is_told_at_its_field_and_stays_typed(browser: Browser, row: dict[str, str], field: str) -> None:
    method = a_method(a_client(), "DHL", a_rate(900))
    address = button(LABEL, method.pk, "set-rates")
    opened = as_opened(browser, address)
    with nothing_changes():
        page: Any = browser.post(address, {**opened, **one_row(**row)})
    (sent,) = page.context["form"].rows.forms[:1]
    assert list(sent.errors) == [field]
    assert {name: sent[name].value() for name in row} == row


def test_a_method_s_page_has_a_table_for_each_zone_in_five_statements(browser: Browser) -> None:
    here = a_location("HERE")
    rates = [
        a_rate(490, countries=("DE",), weight_up_to=5_000, free_from=5_000), a_rate(900, countries=("AT", "CH")),
        a_rate(990, countries=("DE",), weight_over=5_000, amount_from=1_000, amount_below=9_000),
    ]  # fmt: skip
    method = a_method(a_client("North"), "SHOP", *rates, kind="pickup", location_id=here.pk, min_days=1, max_days=2)
    browser.get(object_page(LABEL, method.pk))
    with CaptureQueriesContext(connection) as statements:
        page: Any = browser.get(object_page(LABEL, method.pk))
    tables = {panel.title: panel.rows for panel in page.context["panels"] if panel.headers}
    assert tables == {
        "Rates: zone DE": [
            ("Up to 5 kg", "Any", "4.90 EUR", "50.00 EUR"),
            ("Over 5 kg", "From 10.00 EUR below 90.00 EUR", "9.90 EUR", None),
        ],
        "Rates: zone AT, CH": [("Any", "Any", "9.00 EUR", None)],
    }
    assert "1 to 2 days" in told(page)
    assert len(statements) == 5


def test_the_list_shows_what_is_offered_and_asks_what_it_would_cost(browser: Browser) -> None:
    a_method(a_client("North"), "DHL", a_rate(), name="DHL parcel", min_days=2, max_days=2)
    page = told(browser.get(list_page(LABEL)))
    assert "DHL parcel" in page
    assert "2 days" in page
    assert "What would it cost?" in page


def ask(browser: Browser, **asked: Any) -> Any:
    return browser.get(reverse("admin:pricing_deliverymethod_try", query=asked))


def test_trying_tells_what_each_method_costs_or_why_it_is_not_offered(browser: Browser) -> None:
    client = a_client("North")
    a_method(client, "DHL", a_rate(490, countries=("DE",), weight_up_to=5_000), name="DHL", min_days=1, max_days=3)
    a_method(client, "UPS", a_rate(countries=("FR",)), name="UPS")
    asked = {
        "client": client.pk,
        "country": "DE",
        "postal_code": "10115",
        "weight": "2.5",
        "currency": "EUR",
        "amount": "20",
    }
    with nothing_changes():
        page = ask(browser, **asked)
    offered, not_offered = page.context["panels"]
    assert offered.rows == [("DHL", "4.90 EUR", "1 to 3 days", "zone DE, up to 5 kg")]
    assert not_offered.rows == [("UPS", "It doesn't go to DE.")]
    assert ask(browser, **{**asked, "weight": "5.001"}).context["panels"][0].rows == []


def test_what_cannot_be_tried_is_told_at_its_field(browser: Browser) -> None:
    client = a_client("North")
    page = ask(browser, client=client.pk, weight="heavy", currency="JPY", amount="0.5")
    assert page.status_code == 400
    assert sorted(page.context["try_form"].errors) == ["amount", "weight"]
    assert ask(browser).status_code == 200


def test_who_may_not_see_methods_may_not_try_them() -> None:
    nobody, agent = browser_of(a_person()), browser_of(a_person("support_agent"))
    assert ask(nobody).status_code == 403
    assert ask(agent).status_code == 200
    method = a_method(a_client(), "DHL")
    with nothing_changes():
        assert agent.post(button(LABEL, method.pk, "set-rates")).status_code == 403


def test_a_rate_has_a_page_of_its_own(browser: Browser) -> None:
    a_method(a_client(), "DHL", a_rate(490, countries=("DE",), weight_up_to=5_000, free_from=5_000))
    page = told(browser.get(object_page("pricing.deliveryrate", DeliveryRate.objects.get().pk)))
    assert "DHL: zone DE" in page
    assert "Up to 5 kg" in page
    assert "zone DE" in told(browser.get(list_page("pricing.deliveryrate", q="DHL")))
