"""Who is in the area of the European Union's VAT, by their place and their VAT id."""

from __future__ import annotations

import datetime as dt

import pytest

from taxes.destinations import Destination
from taxes.union import MEMBERS, is_member, is_reverse_charge, territory, vat_country

TODAY = dt.date(2026, 5, 1)
BELFAST = Destination("GB", "", "bt1 5gs")
LONDON = Destination("GB", "", "SW1A 1AA")


@pytest.mark.parametrize(
    ("vat_id", "country"),
    [
        ("DE123456789", "DE"), ("de 123.456-789", "DE"), ("EL123456789", "GR"), ("XI123456789", "XI"),
        ("ATU12345678", "AT"), ("FRXX123456789", "FR"), ("IE1234567WA", "IE"), ("NL123456789B01", "NL"),
        ("ESX1234567X", "ES"), ("GB999 9999 73", "GB"), ("CHE123456789MWST", ""), ("", ""), ("123456789", ""),
        ("DE", ""), ("DEABC", ""), ("none", ""), ("D3123", ""), ("DE１２３", ""),
    ],
)  # fmt: skip
def test_a_vat_id_tells_its_country_if_it_looks_like_one(vat_id: str, country: str) -> None:
    assert vat_country(vat_id) == country


def test_there_are_27_members_and_northern_ireland() -> None:
    assert sum(is_member(country, TODAY) for country in MEMBERS) == 28


@pytest.mark.parametrize(
    ("country", "day", "member"),
    [
        ("GB", "2020-12-31", True), ("GB", "2021-01-01", False),
        ("XI", "2020-12-31", False), ("XI", "2021-01-01", True),
        ("HR", "2013-06-30", False), ("HR", "2013-07-01", True), ("CH", "2026-05-01", False), ("", "2026-05-01", False),
    ],
)  # fmt: skip
def test_members_join_and_leave(country: str, day: str, member: bool) -> None:
    assert is_member(country, dt.date.fromisoformat(day)) is member


def test_northern_ireland_is_told_by_its_postal_codes() -> None:
    assert [territory(place, TODAY) for place in (BELFAST, LONDON, Destination("de"))] == ["XI", "GB", "DE"]
    assert territory(BELFAST, dt.date(2020, 1, 1)) == "GB"


@pytest.mark.parametrize(
    ("seller", "destination", "vat_id", "reverse"),
    [
        ("DE", "FR", "FR12345678901", True),
        ("DE", "FR", "NL123456789B01", True),
        ("DE", "GR", "EL123456789", True),
        ("DE", BELFAST, "XI123456789", True),
        (BELFAST, "IE", "IE1234567WA", True),
        ("DE", "FR", "", False),
        ("DE", "FR", "not one", False),
        ("DE", "FR", "DE123456789", False),
        ("DE", "DE", "FR12345678901", False),
        ("DE", LONDON, "GB123456789", False),
        ("DE", LONDON, "FR12345678901", False),
        ("DE", "FR", "GB123456789", False),
        (LONDON, "FR", "FR12345678901", False),
        ("US", "FR", "FR12345678901", False),
        ("DE", "CH", "CHE123456789", False),
        ("DE", "", "FR12345678901", False),
    ],
)
def test_a_business_of_another_member_owes_the_tax_itself(
    seller: Destination | str, destination: Destination | str, vat_id: str, reverse: bool
) -> None:
    home, away = (place if isinstance(place, Destination) else Destination(place) for place in (seller, destination))
    assert is_reverse_charge(home, away, vat_id, TODAY) is reverse
