"""A storefront's page in the console."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from core.models import Client
from storefronts.models import StorefrontSettings
from tests.factories.core import a_client
from tests.factories.staff import (
    a_person,
    a_superuser,
    as_opened,
    browser_of,
    button,
    list_page,
    object_page,
    told,
)
from tests.factories.storefronts import EVERY_SETTING, a_storefront, sells
from tests.factories.watching import nothing_changes

pytestmark = pytest.mark.django_db

PAGE = "storefronts.storefront"


@pytest.fixture
def browser() -> Browser:
    return browser_of(a_superuser())


def press(browser: Browser, client: Client, name: str, **data: Any) -> Any:
    address = button(PAGE, client.pk, name)
    return browser.post(address, {**as_opened(browser, address), **data}, follow=True)


def test_a_page_tells_what_holds_without_settings(browser: Browser) -> None:
    page = told(browser.get(object_page(PAGE, a_client("North").pk)))
    assert "Defaults" in page
    assert "Currencies Not set: any currency Orders in another currency are refused" in page
    assert "Minutes that a draft keeps stock Not set: the server's setting" in page
    assert "Prices include tax No " in page
    assert "Tax provider table" in page


def test_a_page_tells_each_setting_as_people_read_it(browser: Browser) -> None:
    client = a_storefront("North", **EVERY_SETTING)
    page = told(browser.get(object_page(PAGE, client.pk)))
    for words in (
        "Settings of its own", "Time zone Europe/Zurich", "Country of the seller Switzerland",
        "Currencies CHF, EUR", "Countries sold to Austria, Switzerland, Germany", "Prices include tax Yes",
        "Rounding for cash CHF 0.05", "Terms of sale Sold as seen. No credit.", "Sender's name Harbour & Sons",
        "Days for returns 30 days", "Minutes that a draft keeps stock 45 minutes",
        "Prefix of order numbers HF-, as in #HF-100001",
        "Sourcing rules 1. nearest: Locations in the buyer's country send first, those with the most similar postcode "
        "before others. 2. reserve_for_shop_floor: What each location keeps for its shop floor is never sent",
        "Changed: time zone, country, region, currencies",
    ):  # fmt: skip
        assert words in page, words
    assert "Not set" not in page


FORMS: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    (
        "edit-markets",
        {"time_zone": "Europe/Zurich", "country": "CH", "region": "ZH", "currencies": "eur chf", "countries": "DE,AT"},
        {
            "time_zone": "Europe/Zurich", "country": "CH", "region": "ZH", "currencies": ["CHF", "EUR"],
            "countries": ["AT", "DE"],
        },
    ),
    (
        "edit-taxes",
        {"prices_include_tax": "on", "tax_provider": "table", "cash_rounding": "chf 0.05, SEK 1; JPY 10"},
        {"prices_include_tax": True, "tax_provider": "table", "cash_rounding": {"CHF": 5, "SEK": 100, "JPY": 10}},
    ),
    (
        "edit-orders",
        {"hold_minutes": "45", "number_prefix": "HF-"},
        {"hold_minutes": 45, "number_prefix": "HF-"},
    ),
    (
        "edit-mails",
        {"mail_from": "Orders@HARBOUR.example", "mail_name": "Harbour", "reply_to": ""},
        {"mail_from": "Orders@harbour.example", "mail_name": "Harbour", "reply_to": ""},
    ),
    (
        "edit-terms",
        {"terms": "As seen.\r\nNo credit.", "terms_url": "https://a.example", "return_days": "", "return_policy": "x"},
        {"terms": "As seen.\nNo credit.", "terms_url": "https://a.example", "return_days": None, "return_policy": "x"},
    ),
    (
        "edit-documents",
        {"language": "fr", "letterhead": "Harbour\r\nQuay 1", "e_invoice": "on", "vat_id": "de 123 456 789"},
        {"language": "fr", "letterhead": "Harbour\nQuay 1", "e_invoice": True, "vat_id": "DE123456789"},
    ),
    (
        "edit-sourcing",
        {"sourcing": "nearest\n\nreserve_for_shop_floor\n"},
        {
            "sourcing": [
                {"rule": "nearest", "parameters": {}},
                {"rule": "reserve_for_shop_floor", "parameters": {}},
            ]
        },
    ),
]  # fmt: skip


@pytest.mark.parametrize(("name", "typed", "kept"), FORMS, ids=[name for name, *_ in FORMS])
def test_each_group_of_settings_has_its_form(
    name: str, typed: dict[str, Any], kept: dict[str, Any], browser: Browser
) -> None:
    client = a_client("North")
    page = press(browser, client, name, **typed)
    assert "North sells so from now on. Orders stay as they were placed." in told(page)
    row = StorefrontSettings.objects.get(client=client)
    assert {setting: getattr(row, setting) for setting in kept} == kept


@pytest.mark.parametrize(
    ("name", "typed", "says"),
    [
        ("edit-markets", {"currencies": "EUR DEM"}, "DEM: no currency of today (ISO 4217)."),
        ("edit-markets", {"countries": "Germany"}, "GERMANY: no country (ISO 3166, two letters)."),
        ("edit-markets", {"region": "CA"}, "A region is one of a country: name that too."),
        ("edit-taxes", {"tax_provider": "table", "cash_rounding": "CHF 5 Rappen"}, "written as CHF 0.05."),
        ("edit-taxes", {"tax_provider": "table", "cash_rounding": "CHF 0.005"}, "CHF has 2 digits after the point."),
        ("edit-orders", {"number_prefix": "HF1"}, "A prefix is letters, digits and"),
        ("edit-mails", {"mail_from": "orders@härbour.example"}, "This is no e-mail address in ASCII"),
        ("edit-terms", {"terms_url": "harbour.example"}, "This is no address of a page"),
        ("edit-sourcing", {"sourcing": "cheapest"}, "There is no rule cheapest, but priority, nearest,"),
        ("edit-sourcing", {"sourcing": "nearest units=2"}, "There is no rule nearest units=2, but priority, nearest,"),
    ],
)
def test_what_it_cannot_be_is_said_at_its_field_and_stays_typed(
    name: str, typed: dict[str, Any], says: str, browser: Browser
) -> None:
    client = a_client("North")
    with nothing_changes():
        page = press(browser, client, name, **typed)
    assert page.status_code == 400
    assert says in told(page)
    wrong = next(value for field, value in typed.items() if field != "tax_provider")
    assert wrong in page.content.decode()


def test_a_form_opened_before_another_s_change_of_the_same_settings_is_asked_again(browser: Browser) -> None:
    client = a_storefront(hold_minutes=45)
    address = button(PAGE, client.pk, "edit-orders")
    opened = as_opened(browser, address)
    sells(client, hold_minutes=60)
    with nothing_changes():
        page: Any = browser.post(address, {**opened, "hold_minutes": "45", "number_prefix": "HF-"})
    assert page.status_code == 409
    assert 'value="HF-"' in page.content.decode()
    assert "Minutes that a draft keeps stock 45 60" in told(page)


def test_a_change_of_other_settings_is_in_nobodys_way(browser: Browser) -> None:
    client = a_storefront(hold_minutes=45)
    address = button(PAGE, client.pk, "edit-orders")
    opened = as_opened(browser, address)
    sells(client, mail_name="Harbour")
    browser.post(address, {**opened, "hold_minutes": "45", "number_prefix": "HF-"})
    row = StorefrontSettings.objects.get()
    assert (row.number_prefix, row.mail_name, row.version) == ("HF-", "Harbour", 3)


def test_storefronts_alone_are_listed(browser: Browser) -> None:
    a_storefront("North", currencies=["EUR"], country="DE")
    other = a_client("Parcels", kind="carrier")
    page = told(browser.get(list_page(PAGE)))
    assert "North Live Germany EUR" in page
    assert "Parcels" not in page
    assert browser.get(object_page(PAGE, other.pk)).status_code == 302
    assert "North" in told(browser.get(list_page(PAGE, q="North")))


def test_a_client_s_page_leads_to_how_it_sells(browser: Browser) -> None:
    client, carrier = a_client(), a_client(kind="carrier")
    assert object_page(PAGE, client.pk) in browser.get(object_page("core.client", client.pk)).content.decode()
    assert "How it sells" not in told(browser.get(object_page("core.client", carrier.pk)))


def test_who_may_see_may_not_always_change() -> None:
    client = a_client()
    for role, may in {
        "support_agent": False,
        "warehouse": False,
        "finance": False,
        "auditor": False,
        "manager": True,
    }.items():
        browser = browser_of(a_person(role))
        page = browser.get(object_page(PAGE, client.pk))
        assert page.status_code == 200
        assert ("Edit e-mails" in told(page)) is may, role
        if not may:
            with nothing_changes():
                assert browser.post(button(PAGE, client.pk, "edit-mails")).status_code == 403


def test_a_page_takes_as_many_statements_with_settings_as_without(browser: Browser) -> None:
    counts = []
    for client in (a_client(), a_storefront(**EVERY_SETTING)):
        browser.get(object_page(PAGE, client.pk))
        with CaptureQueriesContext(connection) as captured:
            browser.get(object_page(PAGE, client.pk))
        counts.append(len(captured))
    assert counts[0] == counts[1] <= 6
