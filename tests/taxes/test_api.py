"""The routes of tax classes, countries and rates."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from core.ids import new_id
from core.models import ClientKind
from taxes.models import TaxClass, TaxCountry, TaxRate
from tests.core.api.conftest import Caller
from tests.core.api.problem_checks import pointers, problem
from tests.factories.core import a_client, read
from tests.factories.taxes import a_tax_class, a_tax_country, a_tax_rate
from tests.factories.watching import nothing_changes

pytestmark = pytest.mark.django_db

API = "/api/v1"


@pytest.fixture(autouse=True)
def no_limits(settings: Settings) -> None:
    settings.RATE_LIMITS = None


@pytest.fixture
def caller() -> Caller:
    return Caller(a_client("Office", ClientKind.BACK_OFFICE), ("taxes:read", "taxes:write"))


def in_days(count: int) -> str:
    return str(timezone.localdate() + dt.timedelta(days=count))


RATE = {"country": "DE", "tax_class_code": "STANDARD", "name": "VAT", "rate": "0.19", "valid_from": "2020-01-01"}


def test_a_rate_is_created_and_shown(caller: Caller) -> None:
    response = caller.post(f"{API}/tax-rates/", RATE)
    made = read(response, 201)
    rate = TaxRate.objects.get()
    assert made == {
        "id": str(rate.pk), "country": "DE", "region": "", "postal_prefix": "",
        "tax_class_id": str(TaxClass.objects.get(code="standard").pk), "tax_class_code": "standard", "name": "VAT",
        "rate": "0.19", "valid_from": "2020-01-01", "valid_until": None, "version": 1, "created_at": made["created_at"],
    }  # fmt: skip
    assert response.headers["Location"] == f"{API}/tax-rates/{rate.pk}/"
    shown = caller.get(f"{API}/tax-rates/{rate.pk}/")
    assert (read(shown), shown.headers["ETag"]) == (made, '"v1"')
    assert caller.get(f"{API}/tax-rates/{rate.pk}/", if_none_match='"v1"').status_code == 304


def test_a_repeated_creation_is_one_rate_and_another_key_is_refused(caller: Caller) -> None:
    first = caller.post(f"{API}/tax-rates/", RATE, idempotency_key="k")
    again = caller.post(f"{API}/tax-rates/", RATE, idempotency_key="k")
    assert (again.content, again.headers["Idempotent-Replayed"]) == (first.content, "true")
    told = problem(caller.post(f"{API}/tax-rates/", {**RATE, "rate": "0.2"}), 409, "tax_rate_overlaps")
    assert told["tax_rate_id"] == str(TaxRate.objects.get().pk)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"rate": 0.19}, ("/rate", "invalid")),
        ({"rate": "19"}, ("/rate", "invalid")),
        ({"rate": "1.1"}, ("/rate", "invalid")),
        ({"rate": "-0.1"}, ("/rate", "invalid")),
        ({"rate": "NaN"}, ("/rate", "invalid")),
        ({"rate": "1e-1"}, ("/rate", "invalid")),
        ({"rate": "0.1234567"}, ("/rate", "invalid")),
        ({"rate": "٠.١"}, ("/rate", "invalid")),
        ({"rate": None}, ("/rate", "null")),
        ({"country": "XX"}, ("/country", "invalid_choice")),
        ({"country": "de"}, ("/country", "invalid_choice")),
        ({"tax_class_code": "none"}, ("/tax_class_code", "unknown_tax_class")),
        ({"valid_from": "2020-02-30"}, ("/valid_from", "invalid")),
        ({"valid_until": "2019-12-31"}, ("/valid_until", "before_it_begins")),
        ({"postal_prefix": "B_"}, ("/postal_prefix", "invalid")),
        ({"name": ""}, ("/name", "blank")),
        ({"colour": "red"}, ("/colour", "unknown_field")),
    ],
)
def test_a_wrong_rate_is_refused_by_field(caller: Caller, changes: Any, expected: tuple[str, str]) -> None:
    with nothing_changes():
        told = read(caller.post(f"{API}/tax-rates/", {**RATE, **changes}), 400)
    assert pointers(told) == {expected}


def test_a_rate_to_come_is_changed_and_one_that_began_is_ended(caller: Caller) -> None:
    coming, begun = a_tax_rate("GB", valid_from=dt.date.fromisoformat(in_days(5))), a_tax_rate()
    address = f"{API}/tax-rates/{coming.pk}/"
    problem(caller.patch(address, {"rate": "0.2"}), 428, "if_match_missing")
    problem(caller.patch(address, {"rate": "0.2"}, if_match='"v9"'), 412, "stale_version")
    problem(caller.patch(address, {"country": "AT"}, if_match='"v1"'), 400, "invalid_input")
    changed = read(caller.patch(address, {"rate": "0.2", "tax_class_code": "reduced"}, if_match='"v1"'))
    assert (changed["rate"], changed["tax_class_code"], changed["version"]) == ("0.2", "reduced", 2)

    address = f"{API}/tax-rates/{begun.pk}/"
    with nothing_changes():
        told = problem(caller.patch(address, {"rate": "0.2"}, if_match='"v1"'), 409, "operation_refused")
    assert told["unblock_by"] == ["end"]
    ended = read(caller.post(f"{address}end/", {"valid_until": in_days(3)}, if_match='"v1"'))
    assert (ended["valid_until"], ended["version"]) == (in_days(3), 2)
    told = read(caller.post(f"{address}end/", {"valid_until": "2021-01-01"}), 400)
    assert pointers(told) == {("/valid_until", "too_early")}


def test_rates_are_filtered_by_country_class_and_day(caller: Caller) -> None:
    for country, tax_class, begin, end in [
        ("DE", "standard", "2020-01-01", "2020-06-30"),
        ("DE", "standard", "2020-07-01", None),
        ("DE", "reduced", "2020-01-01", None),
        ("AT", "standard", "2020-01-01", None),
    ]:
        body = {**RATE, "country": country, "tax_class_code": tax_class, "valid_from": begin, "valid_until": end}
        read(caller.post(f"{API}/tax-rates/", body), 201)

    def listed(query: str) -> list[tuple[str, str, str]]:
        rows = read(caller.get(f"{API}/tax-rates/?{query}"))["results"]
        return [(row["country"], row["tax_class_code"], row["valid_from"]) for row in rows]

    assert len(listed("")) == 4
    assert listed("country=AT") == [("AT", "standard", "2020-01-01")]
    assert listed("country=DE&tax_class_code=Reduced") == [("DE", "reduced", "2020-01-01")]
    of_standard = "country=DE&tax_class_code=standard&valid_on="
    assert listed(f"{of_standard}2020-06-30") == [("DE", "standard", "2020-01-01")]
    assert listed(f"{of_standard}2020-07-01") == [("DE", "standard", "2020-07-01")]
    assert listed(f"{of_standard}2019-12-31") == []


def test_a_page_of_rates_takes_as_many_statements_for_thirty_as_for_one(caller: Caller) -> None:
    def statements() -> int:
        with CaptureQueriesContext(connection) as captured:
            read(caller.get(f"{API}/tax-rates/?limit=100"))
        return len(captured)

    a_tax_rate(region="R")
    statements()
    few = statements()
    for number in range(29):
        a_tax_rate(region=f"R{number}", tax_class_code=["standard", "reduced", "zero"][number % 3])
    assert statements() == few


def test_classes_are_created_found_and_renamed(caller: Caller) -> None:
    made = read(caller.post(f"{API}/tax-classes/", {"code": "books", "name": "Books"}), 201)
    address = f"{API}/tax-classes/{made['id']}/"
    changed = read(caller.patch(address, {"name": "Printed books"}, if_match='"v1"'))
    assert (changed["code"], changed["name"], changed["version"]) == ("books", "Printed books", 2)
    assert read(caller.get(f"{API}/tax-classes/?code=BOOKS"))["results"] == [changed]
    problem(caller.patch(address, {"code": "food"}, if_match='"v2"'), 400, "invalid_input")
    told = problem(caller.post(f"{API}/tax-classes/", {"code": "Books", "name": "B"}), 409, "tax_class_code_taken")
    assert told["tax_class_id"] == made["id"]


def test_countries_are_created_found_and_changed(caller: Caller) -> None:
    made = read(caller.post(f"{API}/tax-countries/", {"country": "DE"}), 201)
    assert (made["country"], made["rounding"]) == ("DE", "line")
    address = f"{API}/tax-countries/{made['id']}/"
    changed = read(caller.patch(address, {"rounding": "total"}, if_match='"v1"'))
    assert (changed["rounding"], changed["version"]) == ("total", 2)
    assert read(caller.get(f"{API}/tax-countries/?country=DE"))["results"] == [changed]
    told = problem(caller.post(f"{API}/tax-countries/", {"country": "DE"}), 409, "tax_country_exists")
    assert told["tax_country_id"] == str(TaxCountry.objects.get().pk)


@pytest.mark.parametrize("kind", ["tax-classes", "tax-countries", "tax-rates"])
def test_what_does_not_exist_is_404(caller: Caller, kind: str) -> None:
    address = f"{API}/{kind}/{new_id()}/"
    problem(caller.get(address), 404, "not_found")
    problem(caller.patch(address, {}, if_match='"v1"'), 404, "not_found")
    problem(caller.patch(address, {"nonsense": 1}), 404, "not_found")


def test_every_route_needs_its_scope() -> None:
    rate, country, tax_class = a_tax_rate("FR"), a_tax_country("AT"), a_tax_class()
    places = [f"tax-rates/{rate.pk}/", f"tax-countries/{country.pk}/", f"tax-classes/{tax_class.pk}/"]
    reader = Caller(a_client(kind=ClientKind.BACK_OFFICE), ("taxes:read",))
    writer = Caller(a_client(kind=ClientKind.BACK_OFFICE), ("taxes:write",))
    for place in [*places, "tax-rates/", "tax-countries/", "tax-classes/"]:
        problem(writer.get(f"{API}/{place}"), 403, "scope_missing")
        assert reader.get(f"{API}/{place}").status_code == 200
    with nothing_changes():
        for place in places:
            problem(reader.patch(f"{API}/{place}", {}, if_match="*"), 403, "scope_missing")
        for place in ["tax-rates/", "tax-countries/", "tax-classes/", f"{places[0]}end/"]:
            problem(reader.post(f"{API}/{place}", {}), 403, "scope_missing")
