"""What others read of a storefront: remembered by each process until something changes."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pytest_django import DjangoAssertNumQueries, Settings

from core.errors import NotFound
from core.ids import new_id
from core.rulesets import mark_of
from storefronts.errors import NotSold
from storefronts.queries import StorefrontRules, find_storefront, require_sold, settings_at, settings_of
from tests.factories.core import a_client
from tests.factories.storefronts import EVERY_SETTING, a_storefront, sells

pytestmark = pytest.mark.django_db


def test_without_settings_the_defaults_hold(settings: Settings) -> None:
    settings.TIME_ZONE, settings.DRAFT_RESERVATION_MINUTES = "Europe/Berlin", 17
    rules = settings_of(a_client().pk)
    assert rules == StorefrontRules()
    assert (rules.time_zone, rules.has_own_time, rules.hold_minutes) == ("Europe/Berlin", False, 17)
    assert (rules.currencies, rules.countries, rules.tax_provider) == ((), (), "table")
    assert (rules.prices_include_tax, rules.number_prefix, rules.return_days) == (False, "", None)


def test_what_is_set_is_read_whole() -> None:
    rules = settings_of(a_storefront(**EVERY_SETTING).pk)
    expected = {**EVERY_SETTING, "has_own_time": True, "sourcing": tuple(EVERY_SETTING["sourcing"])}
    expected |= {name: frozenset(expected[name]) for name in ("currencies", "countries")}
    assert rules == StorefrontRules(**expected)
    assert rules.zone == ZoneInfo("Europe/Zurich")


def test_it_is_read_once_and_again_after_a_change(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    client, other = a_storefront(hold_minutes=45), a_storefront(hold_minutes=50)
    settings_of(client.pk)
    with django_assert_num_queries(1):
        assert settings_of(client.pk).hold_minutes == 45
    mark = mark_of("prices")
    with django_assert_num_queries(0):
        assert settings_at(client.pk, mark).hold_minutes == 45
    sells(client, hold_minutes=60)
    with django_assert_num_queries(2):
        assert settings_of(client.pk).hold_minutes == 60
    assert settings_of(other.pk).hold_minutes == 50


@pytest.mark.parametrize(
    ("currency", "country", "told"),
    [
        ("EUR", "DE", []),
        ("EUR", "", []),
        ("USD", "DE", [("/currency", "currency_not_sold")]),
        ("EUR", "US", [("/shipping_address/country", "country_not_sold")]),
        ("USD", "US", [("/currency", "currency_not_sold"), ("/shipping_address/country", "country_not_sold")]),
    ],
)
def test_what_is_not_sold_is_told_with_what_is(currency: str, country: str, told: list[tuple[str, str]]) -> None:
    rules = StorefrontRules(currencies={"EUR", "CHF"}, countries={"DE", "AT"})
    if not told:
        require_sold(rules, currency=currency, country=country)
        return
    with pytest.raises(NotSold) as caught:
        require_sold(rules, currency=currency, country=country)
    assert [(each.pointer, each.code) for each in caught.value.errors] == told
    assert (caught.value.status, caught.value.code) == (400, "invalid_input")


def test_a_long_list_of_what_is_sold_is_told_in_part() -> None:
    rules = StorefrontRules(countries={f"{first}{second}" for first in "ABCDE" for second in "ABCDE"})
    with pytest.raises(NotSold) as caught:
        require_sold(rules, currency="EUR", country="ZZ")
    assert caught.value.detail.endswith("DD, DE and 5 more.")


def test_a_storefront_that_names_nothing_sells_everything_everywhere() -> None:
    require_sold(StorefrontRules(), currency="JPY", country="AQ")


@pytest.mark.parametrize(
    ("given", "sender"),
    [
        ({}, "shop@server.example"),
        ({"mail_from": "orders@harbour.example"}, "orders@harbour.example"),
        ({"mail_name": "Harbour"}, "Harbour <shop@server.example>"),
        ({"mail_name": "A, B", "mail_from": "orders@harbour.example"}, '"A, B" <orders@harbour.example>'),
        ({"mail_name": "Café"}, "=?utf-8?b?Q2Fmw6k=?= <shop@server.example>"),
    ],
)
def test_mails_come_from_whom_the_storefront_names(given: dict[str, Any], sender: str, settings: Settings) -> None:
    settings.DEFAULT_FROM_EMAIL = "shop@server.example"
    assert StorefrontRules(**given).sender == sender


def test_the_server_s_own_name_stands_beside_its_own_address_alone(settings: Settings) -> None:
    settings.DEFAULT_FROM_EMAIL = "The shop <shop@server.example>"
    assert StorefrontRules().sender == "The shop <shop@server.example>"
    assert StorefrontRules(mail_from="orders@harbour.example").sender == "orders@harbour.example"


def test_a_day_is_that_of_the_storefront_s_zone() -> None:
    late = dt.datetime(2026, 5, 3, 23, 30, tzinfo=dt.UTC)
    assert StorefrontRules(time_zone="Asia/Tokyo").day_of(late) == dt.date(2026, 5, 4)
    assert StorefrontRules(time_zone="America/Los_Angeles").day_of(late) == dt.date(2026, 5, 3)
    assert StorefrontRules(hold_minutes=90).held_until(late) == dt.datetime(2026, 5, 4, 1, 0, tzinfo=dt.UTC)


def test_a_storefront_is_found_by_itself_and_by_whoever_sees_all(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    client = a_storefront(country="DE")
    with django_assert_num_queries(1):
        assert find_storefront(client.pk, owner=None).settings.country == "DE"
    assert find_storefront(client.pk, owner=client.pk).settings.version == 1
    missing: list[tuple[uuid.UUID, uuid.UUID | None]] = [
        (client.pk, a_client().pk), (new_id(), None), (a_client(kind="carrier").pk, None),
    ]  # fmt: skip
    for client_id, owner in missing:
        with pytest.raises(NotFound):
            find_storefront(client_id, owner=owner)
