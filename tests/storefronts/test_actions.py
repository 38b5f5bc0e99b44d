"""How a storefront sells is changed by one action, and held to its form by the database."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import connection

from core.changes import UnknownChange
from core.errors import InvalidInput, NotFound, StaleVersion
from core.ids import new_id
from core.models import ClientKind, Event, VersionDocument
from storefronts.actions import SettingsChanges, change_settings
from storefronts.models import StorefrontSettings
from storefronts.providers import register_tax_providers
from storefronts.versions import PERSONAL, SETTINGS
from tests.factories.core import ACTOR, a_client, timeline
from tests.factories.storefronts import EVERY_SETTING, a_storefront, sells
from tests.factories.watching import nothing_changes, refused, refused_by_the_database

pytestmark = pytest.mark.django_db


def test_a_storefront_has_no_row_until_something_changes() -> None:
    client = a_storefront()
    with nothing_changes():
        assert sells(client, time_zone="", currencies=[], hold_minutes=None).settings.version == 0
    sells(client, hold_minutes=45)
    row = StorefrontSettings.objects.get()
    assert (row.pk, row.client_id, row.hold_minutes, row.version) == (client.pk, client.pk, 45, 1)
    assert timeline(client.pk) == ["storefront.updated"]


def test_every_setting_is_kept_as_it_was_given() -> None:
    client = a_storefront(**EVERY_SETTING)
    row = StorefrontSettings.objects.get(client=client)
    assert {name: getattr(row, name) for name in SETTINGS} == EVERY_SETTING
    assert set(SettingsChanges.__annotations__) == set(SETTINGS) == set(EVERY_SETTING)


def test_an_event_names_what_changed_and_holds_no_value() -> None:
    client = a_storefront(mail_from="orders@harbour.example", number_prefix="HF-")
    sells(client, number_prefix="HX-", country="DE", mail_from="orders@harbour.example")
    events = Event.objects.filter(subject_id=client.pk).order_by("version")
    assert [(each.type, each.version, each.subject_type, each.client_id) for each in events] == [
        ("storefront.updated", 1, "storefront", client.pk),
        ("storefront.updated", 2, "storefront", client.pk),
    ]
    assert [each.data for each in events] == [
        {"changed": ["mail_from", "number_prefix"]},
        {"changed": ["country", "number_prefix"]},
    ]


def test_a_version_document_says_all_of_it_as_it_was() -> None:
    client = a_storefront(country="DE", currencies=["EUR"])
    sells(client, country="AT")
    documents = VersionDocument.objects.filter(subject_type="storefront", subject_id=client.pk).order_by("version")
    assert [(each.version, each.document["country"], each.document["currencies"]) for each in documents] == [
        (1, "DE", ["EUR"]),
        (2, "AT", ["EUR"]),
    ]
    assert set(documents[0].document) == set(SETTINGS)
    assert set(PERSONAL) < set(SETTINGS)


def test_the_same_again_changes_nothing() -> None:
    client = a_storefront(**EVERY_SETTING)
    with nothing_changes():
        again = sells(client, **{**EVERY_SETTING, "currencies": ["EUR", "CHF", "EUR"], "countries": ["DE", "CH", "AT"]})
    assert again.settings.version == 1


def test_what_is_set_back_holds_as_before_the_first_change() -> None:
    client = a_storefront(**EVERY_SETTING)
    blank = StorefrontSettings()
    sells(client, **{name: getattr(blank, name) for name in SETTINGS})
    row = StorefrontSettings.objects.get()
    assert {name: getattr(row, name) for name in SETTINGS} == {name: getattr(blank, name) for name in SETTINGS}


def test_codes_are_kept_once_each_and_sorted_and_domains_in_small_letters() -> None:
    client = a_storefront(currencies=["USD", "EUR", "USD"], countries=["FR", "DE"], mail_from="Orders@HARBOUR.example")
    row = StorefrontSettings.objects.get(client=client)
    assert (row.currencies, row.countries, row.mail_from) == (["EUR", "USD"], ["DE", "FR"], "Orders@harbour.example")


WRONG: list[tuple[dict[str, Any], tuple[str, str]]] = [
    ({"time_zone": "Europe/Zurch"}, ("/time_zone", "unknown_time_zone")),
    ({"time_zone": "localtime"}, ("/time_zone", "unknown_time_zone")),
    ({"time_zone": "../etc/passwd"}, ("/time_zone", "unknown_time_zone")),
    ({"country": "ZZ"}, ("/country", "unknown_country")),
    ({"country": "de"}, ("/country", "unknown_country")),
    ({"region": "Bavaria"}, ("/region", "region_without_country")),
    ({"currencies": ["EUR", "DEM"]}, ("/currencies", "unknown_currency")),
    ({"countries": ["DE", "XX"]}, ("/countries", "unknown_country")),
    ({"cash_rounding": {"DEM": 5}}, ("/cash_rounding", "unknown_currency")),
    ({"cash_rounding": {"CHF": 0}}, ("/cash_rounding", "bad_step")),
    ({"cash_rounding": {"CHF": 100_001}}, ("/cash_rounding", "bad_step")),
    ({"tax_provider": "nobody"}, ("/tax_provider", "unknown_tax_provider")),
    ({"tax_provider": ""}, ("/tax_provider", "unknown_tax_provider")),
    ({"terms_url": "javascript:alert(1)"}, ("/terms_url", "bad_url")),
    ({"terms_url": "https://harbour.example/ä"}, ("/terms_url", "bad_url")),
    ({"mail_from": "orders"}, ("/mail_from", "bad_address")),
    ({"mail_from": "orders@härbour.example"}, ("/mail_from", "bad_address")),
    ({"reply_to": "a b@harbour.example"}, ("/reply_to", "bad_address")),
    ({"mail_name": "Harbour\nBcc: all@example.com"}, ("/mail_name", "line_break")),
    ({"hold_minutes": 0}, ("/hold_minutes", "out_of_range")),
    ({"hold_minutes": 1441}, ("/hold_minutes", "out_of_range")),
    ({"return_days": 3651}, ("/return_days", "out_of_range")),
    ({"days_to_pay": 366}, ("/days_to_pay", "out_of_range")),
    ({"language": "nl"}, ("/language", "unknown_language")),
    ({"vat_id": "123456789"}, ("/vat_id", "bad_vat_id")),
    ({"vat_id": "QX123456789"}, ("/vat_id", "bad_vat_id")),
    ({"iban": "DE89 3704 0044 0532 0130 01"}, ("/iban", "bad_iban")),
    ({"iban": "Account 7"}, ("/iban", "bad_iban")),
    ({"number_prefix": "HF1"}, ("/number_prefix", "bad_prefix")),
    ({"number_prefix": "-HF"}, ("/number_prefix", "bad_prefix")),
    ({"number_prefix": "H F-"}, ("/number_prefix", "bad_prefix")),
    ({"number_prefix": "HARBOURSONS-"}, ("/number_prefix", "max_length")),
    ({"sourcing": [{"rule": "cheapest"}]}, ("/sourcing/0/rule", "unknown_rule")),
    ({"sourcing": [{"rule": "nearest"}, {"rule": "nearest"}]}, ("/sourcing/1/rule", "rule_twice")),
    ({"sourcing": [{"rule": "nearest", "parameters": {"Units": 1}}]}, ("/sourcing/0/parameters", "unknown_parameter")),
    ({"sourcing": [{"rule": "nearest", "parameters": {"units": -1}}]}, ("/sourcing/0/parameters", "unknown_parameter")),
    ({"terms": "x" * 20_001}, ("/terms", "max_length")),
]


@pytest.mark.parametrize(("changes", "told"), WRONG, ids=lambda each: str(each)[:60])
def test_what_it_cannot_be_is_refused_by_name(changes: dict[str, Any], told: tuple[str, str]) -> None:
    client = a_storefront(mail_name="Harbour")
    with refused(InvalidInput) as caught:
        sells(client, **changes)
    assert [(each.pointer, each.code) for each in caught.value.errors] == [told]


def test_all_that_is_wrong_is_told_at_once() -> None:
    client = a_storefront()
    with refused(InvalidInput) as caught:
        sells(client, time_zone="Moon", hold_minutes=0, currencies=["XXY"])
    assert {each.pointer for each in caught.value.errors} == {"/time_zone", "/hold_minutes", "/currencies"}


def test_the_country_of_a_region_is_not_taken_away() -> None:
    client = a_storefront(country="US", region="CA")
    with refused(InvalidInput) as caught:
        sells(client, country="")
    assert [each.code for each in caught.value.errors] == ["region_without_country"]


def test_what_was_right_once_is_in_nobodys_way() -> None:
    client = a_storefront(currencies=["EUR"])
    StorefrontSettings.objects.update(currencies=["DEM"])
    sells(client, mail_name="Harbour")
    with refused(InvalidInput):
        sells(client, currencies=["DEM", "EUR"])


def test_no_other_setting_is_taken_whatever_is_asked() -> None:
    client = a_storefront(country="DE")
    for name in ("id", "client_id", "version", "created_at"):
        with nothing_changes(), pytest.raises(UnknownChange):
            sells(client, **{name: new_id()})


def test_another_provider_is_taken_once_it_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("storefronts.providers._sources", [])
    client = a_storefront()
    register_tax_providers(lambda: ["elsewhere"])
    assert sells(client, tax_provider="elsewhere").settings.tax_provider == "elsewhere"


def test_whoever_saw_an_older_version_changes_nothing() -> None:
    client = a_client()
    assert change_settings(client.pk, {"country": "DE"}, actor=ACTOR, expected_version=0).settings.version == 1
    for stale in (0, 2):
        with refused(StaleVersion):
            change_settings(client.pk, {"country": "FR"}, actor=ACTOR, expected_version=stale)
    assert change_settings(client.pk, {"country": "FR"}, actor=ACTOR, expected_version=1).settings.version == 2


def test_only_a_storefront_sells_and_each_sees_its_own() -> None:
    client, other = a_client(), a_client()
    for missing in (new_id(), *(a_client(kind=kind).pk for kind in ClientKind if kind != "storefront")):
        with refused(NotFound):
            change_settings(missing, {"country": "DE"}, actor=ACTOR)
    with refused(NotFound):
        change_settings(client.pk, {"country": "DE"}, owner=other.pk, actor=ACTOR)
    change_settings(client.pk, {"country": "DE"}, owner=client.pk, actor=ACTOR)
    assert StorefrontSettings.objects.get().client_id == client.pk


@pytest.mark.django_db(transaction=True)
def test_two_first_changes_at_once_make_one_row_with_both() -> None:
    client = a_client()
    start = threading.Barrier(2)

    def change(**settings: Any) -> None:
        start.wait()
        sells(client, **settings)
        connection.close()

    threads = [threading.Thread(target=change, kwargs=each) for each in ({"country": "DE"}, {"mail_name": "Harbour"})]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    row = StorefrontSettings.objects.get()
    assert (row.country, row.mail_name, row.version) == ("DE", "Harbour", 2)
    assert timeline(client.pk) == ["storefront.updated"] * 2


# What the database refuses, whoever asks


BROKEN = [
    ("time_zone = 'Europe Zurich'", "storefront_time_zone_form"),
    ("country = 'de'", "storefront_country_code"),
    ("country = '', region = 'CA'", "storefront_region_in_a_country"),
    ("currencies = '{EUR,CHF}'", "storefront_currency_codes"),
    ("currencies = '{EUR,EUR}'", "storefront_currency_codes"),
    ("currencies = '{EU}'", "storefront_currency_codes"),
    ("currencies = '{eur}'", "storefront_currency_codes"),
    ("currencies = '{EUR,NULL}'", "storefront_currency_codes"),
    ("currencies = '{{EUR},{USD}}'", "storefront_currency_codes"),
    ("countries = '{FR,DE}'", "storefront_country_codes"),
    ("countries = '{D}'", "storefront_country_codes"),
    ("""cash_rounding = '{"CHF": 0}'""", "storefront_cash_rounding_steps"),
    ("""cash_rounding = '{"CHF": 0.5}'""", "storefront_cash_rounding_steps"),
    ("""cash_rounding = '{"CHF": "5"}'""", "storefront_cash_rounding_steps"),
    ("""cash_rounding = '{"CHF": 100001}'""", "storefront_cash_rounding_steps"),
    ("""cash_rounding = '{"Francs": 5}'""", "storefront_cash_rounding_steps"),
    ("cash_rounding = '[]'", "storefront_cash_rounding_steps"),
    ("cash_rounding = '5'", "storefront_cash_rounding_steps"),
    ("tax_provider = ''", "storefront_tax_provider_name"),
    ("terms_url = 'ftp://harbour.example'", "storefront_terms_url_form"),
    ("mail_from = 'harbour'", "storefront_mail_from_address"),
    ("reply_to = 'a b@harbour.example'", "storefront_reply_to_address"),
    ("terms = repeat('x', 20001)", "storefront_terms_length"),
    ("return_policy = repeat('x', 20001)", "storefront_return_policy_length"),
    ("return_days = 3651", "storefront_return_days_range"),
    ("days_to_pay = 366", "storefront_days_to_pay_range"),
    ("hold_minutes = 0", "storefront_hold_minutes_range"),
    ("hold_minutes = 1441", "storefront_hold_minutes_range"),
    ("number_prefix = 'HF1'", "storefront_number_prefix_form"),
    ("vat_id = '123'", "storefront_vat_id_form"),
    ("iban = 'DE1'", "storefront_iban_form"),
    ("""sourcing = '[{"rule": "cheapest", "parameters": {}}]'""", "storefront_sourcing_rules"),
    ("""sourcing = '[{"rule": "nearest"}]'""", "storefront_sourcing_rules"),
    ("""sourcing = '[{"parameters": {}}]'""", "storefront_sourcing_rules"),
    ("""sourcing = '[{"rule": "nearest", "parameters": {}, "more": 1}]'""", "storefront_sourcing_rules"),
    ("""sourcing = '[{"rule": "nearest", "parameters": {"units": -1}}]'""", "storefront_sourcing_rules"),
    ("""sourcing = '[{"rule": "nearest", "parameters": {"units": "1"}}]'""", "storefront_sourcing_rules"),
    (
        """sourcing = '[{"rule": "nearest", "parameters": {}}, {"rule": "nearest", "parameters": {}}]'""",
        "storefront_sourcing_rules",
    ),
    ("sourcing = '{}'", "storefront_sourcing_rules"),
    ("sourcing = '[1]'", "storefront_sourcing_rules"),
    ("id = gen_random_uuid()", "Cannot update rows"),
    ("created_at = now()", "Cannot update rows"),
]


@pytest.mark.parametrize(("broken", "told"), BROKEN)
def test_the_database_refuses_what_passed_by_every_door(broken: str, told: str) -> None:
    a_storefront(**EVERY_SETTING)
    with refused_by_the_database(told), connection.cursor() as cursor:
        cursor.execute(f"UPDATE storefronts_storefrontsettings SET {broken}")


def test_a_row_is_never_deleted_and_is_of_a_storefront_under_its_id() -> None:
    client = a_storefront(country="DE")
    with refused_by_the_database("Cannot delete rows"):
        StorefrontSettings.objects.all().delete()
    with refused_by_the_database("only a storefront"):
        warehouse = a_client(kind=ClientKind.WAREHOUSE)
        StorefrontSettings.objects.create(id=warehouse.pk, client_id=warehouse.pk)
    with refused_by_the_database("storefront_settings_have_its_id"):
        StorefrontSettings.objects.create(client_id=a_client().pk)
    with refused_by_the_database("Cannot update rows"):
        StorefrontSettings.objects.filter(client=client).update(client=a_client())
