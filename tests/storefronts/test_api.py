"""The routes of a storefront's settings: its own, and any for a back office."""

from __future__ import annotations

from typing import Any

import pytest
from pytest_django import Settings

from core.ids import new_id
from storefronts.models import StorefrontSettings
from tests.core.api.conftest import Caller
from tests.core.api.problem_checks import pointers, problem
from tests.factories.core import a_client, read
from tests.factories.storefronts import EVERY_SETTING, sells
from tests.factories.watching import nothing_changes

pytestmark = pytest.mark.django_db

SCOPES = ("storefront:read", "storefront:write")
OWN = "/api/v1/storefront/"


@pytest.fixture(autouse=True)
def no_limits(settings: Settings) -> None:
    settings.RATE_LIMITS = None


@pytest.fixture
def shop() -> Caller:
    return Caller(a_client("North"), SCOPES)


@pytest.fixture
def office() -> Caller:
    return Caller(a_client("Office", kind="back_office"), SCOPES)


def of(caller: Caller) -> str:
    return f"/api/v1/storefronts/{caller.client.pk}/"


def test_before_the_first_change_the_defaults_are_shown_at_version_0(shop: Caller) -> None:
    response = shop.get(OWN)
    assert read(response) == {
        "client_id": str(shop.client.pk), "name": "North", "time_zone": "", "country": "", "region": "",
        "currencies": [], "countries": [], "prices_include_tax": False, "cash_rounding": {}, "tax_provider": "table",
        "terms": "", "terms_url": "", "mail_from": "", "mail_name": "", "reply_to": "", "return_days": None,
        "return_policy": "", "hold_minutes": None, "number_prefix": "", "release_on_authorised": False,
        "days_to_pay": None, "on_account_needs_credit": False, "language": "", "letterhead": "", "e_invoice": False,
        "legal_name": "", "vat_id": "", "street": "", "postal_code": "", "city": "", "iban": "",
        "sourcing": [], "version": 0,
    }  # fmt: skip
    assert response.headers["ETag"] == '"v0"'
    assert shop.get(OWN, if_none_match='"v0"').status_code == 304


def test_a_storefront_changes_its_own(shop: Caller) -> None:
    response = shop.patch(OWN, EVERY_SETTING, if_match='"v0"')
    told = read(response)
    assert {name: told[name] for name in EVERY_SETTING} == EVERY_SETTING
    assert (told["version"], response.headers["ETag"]) == (1, '"v1"')
    assert read(shop.get(OWN)) == told == read(shop.get(of(shop)))


def test_a_change_leaves_what_it_does_not_name_and_replaces_maps_whole(shop: Caller) -> None:
    sells(shop.client, **EVERY_SETTING)
    told = read(shop.patch(OWN, {"cash_rounding": {"SEK": 100}, "return_days": None}, if_match='"v1"'))
    assert {name: told[name] for name in EVERY_SETTING} == {
        **EVERY_SETTING, "cash_rounding": {"SEK": 100}, "return_days": None,
    }  # fmt: skip


def test_a_stale_or_missing_version_changes_nothing(shop: Caller) -> None:
    sells(shop.client, country="DE")
    with nothing_changes():
        for stale in ('"v0"', '"v2"', 'W/"v1"'):
            problem(shop.patch(OWN, {"country": "FR"}, if_match=stale), 412, "stale_version")
        problem(shop.patch(OWN, {"country": "FR"}), 428, "if_match_missing")
    assert shop.patch(OWN, {"country": "FR"}, if_match='"v7", "v1"').status_code == 200
    assert shop.patch(OWN, {"country": "AT"}, if_match="*").status_code == 200


def test_either_of_two_versions_will_do_before_the_first_change(shop: Caller) -> None:
    assert shop.patch(OWN, {"country": "FR"}, if_match='"v7", "v0"').status_code == 200


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"time_zone": "Europe/Zurch"}, ("/time_zone", "invalid_choice")),
        ({"currencies": ["EUR", "DEM"]}, ("/currencies/1", "invalid_choice")),
        ({"countries": "DE"}, ("/countries", "not_a_list")),
        ({"cash_rounding": {"CHF": "5"}}, ("/cash_rounding/CHF", "invalid")),
        ({"cash_rounding": {"DEM": 5}}, ("/cash_rounding", "unknown_currency")),
        ({"hold_minutes": 0}, ("/hold_minutes", "min_value")),
        ({"number_prefix": "HF1"}, ("/number_prefix", "bad_prefix")),
        ({"tax_provider": "nobody"}, ("/tax_provider", "unknown_tax_provider")),
        ({"sourcing": [{"rule": "cheapest"}]}, ("/sourcing/0/rule", "invalid_choice")),
        ({"sourcing": [{"parameters": {}}]}, ("/sourcing/0/rule", "required")),
        (
            {"sourcing": [{"rule": "nearest", "parameters": {"units": 2}}]},
            ("/sourcing/0/parameters/units", "unknown_field"),
        ),
        ({"sourcing": [{"rule": "nearest"}, {"rule": "nearest"}]}, ("/sourcing/1/rule", "rule_twice")),
        ({"region": "CA"}, ("/region", "region_without_country")),
        ({"mail_from": "orders"}, ("/mail_from", "invalid")),
        ({"client_id": "x"}, ("/client_id", "unknown_field")),
        ({"prices_include_tax": "yes"}, ("/prices_include_tax", "invalid")),
    ],
    ids=str,
)
def test_what_it_cannot_be_is_400_with_where_and_why(shop: Caller, body: Any, told: tuple[str, str]) -> None:
    with nothing_changes():
        assert pointers(problem(shop.patch(OWN, body, if_match='"v0"'), 400, "invalid_input")) == {told}


def test_a_back_office_changes_any_storefront_s_and_has_none_itself(shop: Caller, office: Caller) -> None:
    assert read(office.patch(of(shop), {"country": "DE"}, if_match='"v0"'))["name"] == "North"
    assert read(office.get(of(shop)))["country"] == "DE"
    with nothing_changes():
        for nothing in (OWN, of(office), f"/api/v1/storefronts/{new_id()}/"):
            problem(office.get(nothing), 404, "not_found")
            problem(office.patch(nothing, {"country": "DE"}, if_match="*"), 404, "not_found")


def test_another_storefront_s_is_as_good_as_missing(shop: Caller) -> None:
    other = Caller(a_client("South"), SCOPES)
    sells(other.client, country="FR")
    with nothing_changes():
        problem(shop.get(of(other)), 404, "not_found")
        problem(shop.patch(of(other), {"country": "DE"}, if_match='"v1"'), 404, "not_found")
        problem(shop.patch(of(other), {"country": 1}, if_match='"v1"'), 404, "not_found")
    assert StorefrontSettings.objects.get().country == "FR"


def test_a_key_without_the_scope_is_refused_and_told_which(shop: Caller) -> None:
    reader, writer = (Caller(shop.client, (scope,)) for scope in SCOPES)
    with nothing_changes():
        told = problem(reader.patch(OWN, {"country": "DE"}, if_match='"v0"'), 403, "scope_missing")
        assert told["missing_scope"] == "storefront:write"
        assert problem(writer.get(OWN), 403, "scope_missing")["missing_scope"] == "storefront:read"
