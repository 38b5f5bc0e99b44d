"""Tax classes, countries and rates, by their actions."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from core.errors import InvalidInput, NotFound, StaleVersion
from core.ids import new_id
from core.models import Event
from core.operations import OperationRefused
from core.rulesets import mark_of
from core.versions import document_as_of
from taxes.actions import (
    create_tax_class,
    create_tax_country,
    end_tax_rate,
    update_tax_class,
    update_tax_country,
    update_tax_rate,
)
from taxes.calculation import NamedRate
from taxes.destinations import Destination
from taxes.errors import TaxClassCodeTaken, TaxCountryExists, TaxRateOverlaps
from taxes.models import TaxClass, TaxCountry, TaxRate
from taxes.queries import tax_classes, tax_classes_of, tax_table
from tests.factories.core import timeline
from tests.factories.taxes import ACTOR, DAY, SINCE, a_request, a_tax_class, a_tax_country, a_tax_rate
from tests.factories.watching import nothing_changes, refused

pytestmark = pytest.mark.django_db


def in_days(count: int) -> dt.date:
    return timezone.localdate() + dt.timedelta(days=count)


def document(row: Any) -> Any:
    found = document_as_of(row.subject_type, row.pk, row.version)
    return found.document if found else None


# Classes and countries


def test_every_shop_begins_with_the_classes_standard_reduced_and_zero() -> None:
    assert tax_classes() == [("reduced", "Reduced rate"), ("standard", "Standard rate"), ("zero", "Zero rate")]


def test_a_class_is_made_and_renamed() -> None:
    books = a_tax_class("books", "Books")
    update_tax_class(books.pk, {"name": "Printed books"}, actor=ACTOR, expected_version=1)
    with nothing_changes():
        update_tax_class(books.pk, {"name": "Printed books"}, actor=ACTOR)
    books.refresh_from_db()
    assert (books.name, books.version, timeline(books.pk)) == (
        "Printed books",
        2,
        ["tax_class.created", "tax_class.updated"],
    )
    assert Event.objects.get(type="tax_class.updated").data == {"code": "books", "changed": ["name"]}
    assert document(books) == {"code": "books", "name": "Printed books"}
    assert tax_classes_of(["BOOKS", "none"]) == {"BOOKS": books}


def test_a_class_s_code_is_given_once_in_any_case() -> None:
    with refused(TaxClassCodeTaken) as caught:
        create_tax_class(code="STANDARD", name="Standard", actor=ACTOR)
    assert caught.value.context == {"tax_class_id": str(TaxClass.objects.get(code="standard").pk)}


def test_a_country_rounds_as_it_is_set() -> None:
    germany = a_tax_country("DE", "line")
    update_tax_country(germany.pk, {"rounding": "total"}, actor=ACTOR, expected_version=1)
    with nothing_changes():
        update_tax_country(germany.pk, {"rounding": "total"}, actor=ACTOR)
    germany.refresh_from_db()
    assert (germany.rounding, germany.version) == ("total", 2)
    assert Event.objects.get(type="tax_country.updated").data == {"country": "DE", "rounding": "total"}
    assert document(germany) == {"country": "DE", "rounding": "total"}


def test_a_country_is_made_once() -> None:
    germany = a_tax_country("DE")
    with refused(TaxCountryExists) as caught:
        create_tax_country(country="DE", actor=ACTOR)
    assert caught.value.context == {"tax_country_id": str(germany.pk)}


def test_outdated_callers_and_unknown_rows_change_nothing() -> None:
    rate = a_tax_rate(valid_from=in_days(5))
    country, tax_class = TaxCountry.objects.get(), TaxClass.objects.get(code="standard")
    with refused(StaleVersion):
        update_tax_class(tax_class.pk, {"name": "X"}, actor=ACTOR, expected_version=7)
    with refused(StaleVersion):
        update_tax_country(country.pk, {"rounding": "total"}, actor=ACTOR, expected_version=7)
    with refused(StaleVersion):
        update_tax_rate(rate.pk, {"name": "X"}, actor=ACTOR, expected_version=7)
    with refused(StaleVersion):
        end_tax_rate(rate.pk, valid_until=in_days(9), actor=ACTOR, expected_version=7)
    for act in (
        lambda: update_tax_class(new_id(), {"name": "X"}, actor=ACTOR),
        lambda: update_tax_country(new_id(), {"rounding": "total"}, actor=ACTOR),
        lambda: update_tax_rate(new_id(), {"name": "X"}, actor=ACTOR),
        lambda: end_tax_rate(new_id(), valid_until=in_days(9), actor=ACTOR),
    ):
        with refused(NotFound):
            act()


# Rates


def test_a_country_s_first_rate_makes_the_country_which_rounds_by_line() -> None:
    rate = a_tax_rate("GB", "0.2")
    a_tax_rate("GB", "0.05", tax_class_code="reduced")
    country = TaxCountry.objects.get()
    assert (country.country, country.rounding, timeline(country.pk)) == ("GB", "line", ["tax_country.created"])
    assert timeline(rate.pk) == ["tax_rate.created"]
    assert Event.objects.get(subject_id=rate.pk).data == {
        "country": "GB", "tax_class_code": "standard", "rate": "0.2", "valid_from": "2020-01-01", "valid_until": None,
    }  # fmt: skip
    assert document(rate) == {
        "country": "GB", "region": "", "postal_prefix": "", "tax_class_code": "standard", "name": "VAT",
        "rate": "0.200000", "valid_from": "2020-01-01", "valid_until": None,
    }  # fmt: skip


def test_a_postal_prefix_is_kept_without_its_spaces() -> None:
    assert a_tax_rate("GB", postal_prefix=" bt 1-2 ").postal_prefix == "BT12"


@pytest.mark.parametrize(
    ("fields", "pointer", "code"),
    [
        ({"rate": "1.01"}, "/rate", "out_of_range"),
        ({"rate": "-0.01"}, "/rate", "out_of_range"),
        ({"rate": "0.1234567"}, "/rate", "too_precise"),
        ({"name": ""}, "/name", "blank"),
        ({"postal_prefix": "BT_1"}, "/postal_prefix", "invalid"),
        ({"postal_prefix": "Ä1"}, "/postal_prefix", "invalid"),
        ({"tax_class_code": "none"}, "/tax_class_code", "unknown_tax_class"),
        ({"country": "XX"}, "/country", "unknown_country"),
        ({"valid_until": SINCE - dt.timedelta(1)}, "/valid_until", "before_it_begins"),
    ],
)
def test_what_a_rate_cannot_be_is_told_by_field(fields: dict[str, Any], pointer: str, code: str) -> None:
    with refused(InvalidInput) as caught:
        a_tax_rate(**fields)
    assert [(each.pointer, each.code) for each in caught.value.errors] == [(pointer, code)]


def test_no_two_rates_of_one_name_class_and_place_hold_on_the_same_day() -> None:
    first = a_tax_rate(region="BY", valid_from=SINCE, valid_until=DAY)
    overlaps: list[dict[str, Any]] = [
        {"region": "by", "name": "vat", "valid_from": DAY},
        {"region": "BY", "valid_from": SINCE - dt.timedelta(9), "valid_until": SINCE},
        {"region": "BY", "valid_from": SINCE + dt.timedelta(9), "valid_until": SINCE + dt.timedelta(10)},
    ]
    for overlapping in overlaps:
        with refused(TaxRateOverlaps) as caught:
            a_tax_rate(**overlapping)
        assert caught.value.context == {"tax_rate_id": str(first.pk)}
        assert caught.value.detail.startswith("VAT 19 % from 2020-01-01 is of the same name, class and place")
    a_tax_rate(region="BY", valid_from=DAY + dt.timedelta(1))
    a_tax_rate(region="BY", valid_from=DAY, tax_class_code="reduced")
    a_tax_rate(region="BY", valid_from=DAY, name="Other tax")
    a_tax_rate(region="", valid_from=DAY)
    a_tax_rate(region="BY", valid_from=DAY, postal_prefix="8")
    a_tax_rate("AT", region="BY", valid_from=DAY)


class TestARateThatHasNotBegun:
    def test_is_changed_in_all_it_says(self) -> None:
        rate = a_tax_rate(valid_from=in_days(5))
        changes: Any = {
            "region": "BY", "postal_prefix": "80", "tax_class_code": "reduced", "name": "MwSt", "rate": Decimal("0.07"),
            "valid_from": in_days(7), "valid_until": in_days(70),
        }  # fmt: skip
        changed = update_tax_rate(rate.pk, changes, actor=ACTOR, expected_version=1)
        assert changed.version == 2
        assert Event.objects.get(type="tax_rate.updated").data["changed"] == [
            "region", "postal_prefix", "name", "rate", "valid_from", "valid_until", "tax_class_code",
        ]  # fmt: skip
        told = document(changed)
        assert (told["tax_class_code"], told["rate"], told["valid_until"]) == ("reduced", "0.070000", str(in_days(70)))
        with nothing_changes():
            update_tax_rate(rate.pk, changes, actor=ACTOR)

    def test_may_not_come_to_overlap(self) -> None:
        a_tax_rate(valid_until=in_days(4))
        rate = a_tax_rate(valid_from=in_days(5))
        with refused(TaxRateOverlaps):
            update_tax_rate(rate.pk, {"valid_from": in_days(4)}, actor=ACTOR)

    def test_is_withdrawn_by_the_day_before_it_begins(self) -> None:
        rate = a_tax_rate(valid_from=in_days(5))
        with refused(InvalidInput) as caught:
            end_tax_rate(rate.pk, valid_until=in_days(3), actor=ACTOR)
        assert [each.code for each in caught.value.errors] == ["too_early"]
        withdrawn = end_tax_rate(rate.pk, valid_until=in_days(4), actor=ACTOR)
        assert withdrawn.is_withdrawn
        a_tax_rate(valid_from=in_days(5))


class TestARateThatHasBegun:
    def test_is_not_rewritten(self) -> None:
        rate = a_tax_rate(valid_from=in_days(0))
        for changes in (
            {"rate": Decimal("0.2")},
            {"name": "X"},
            {"valid_from": in_days(9)},
            {"valid_until": in_days(9)},
        ):
            with refused(OperationRefused) as caught:
                update_tax_rate(rate.pk, changes, actor=ACTOR)  # type: ignore[arg-type]
            assert (caught.value.context["operation"], caught.value.context["unblock_by"]) == ("edit", ["end"])
        with nothing_changes():
            update_tax_rate(rate.pk, {"rate": Decimal("0.19"), "region": " "}, actor=ACTOR)

    def test_ends_and_another_one_begins_on_the_next_day(self) -> None:
        rate = a_tax_rate()
        ended = end_tax_rate(rate.pk, valid_until=in_days(3), actor=ACTOR, expected_version=1)
        assert (ended.valid_until, ended.version) == (in_days(3), 2)
        assert Event.objects.get(type="tax_rate.ended").data == {"country": "DE", "valid_until": str(in_days(3))}
        assert document(ended)["valid_until"] == str(in_days(3))
        a_tax_rate(rate="0.2", valid_from=in_days(4))
        for day, expected in ((3, "0.19"), (4, "0.2")):
            found = tax_table().rates_at(Destination("DE"), "standard", in_days(day))
            assert found == (NamedRate("VAT", Decimal(expected)),)

    def test_ends_once_however_often_it_is_told(self) -> None:
        rate = a_tax_rate()
        end_tax_rate(rate.pk, valid_until=in_days(3), actor=ACTOR)
        with nothing_changes():
            end_tax_rate(rate.pk, valid_until=in_days(3), actor=ACTOR)

    def test_may_be_given_another_end_while_that_is_to_come(self) -> None:
        rate = a_tax_rate()
        for days in (3, 9, -1, 5):
            assert end_tax_rate(rate.pk, valid_until=in_days(days), actor=ACTOR).valid_until == in_days(days)

    def test_does_not_end_before_yesterday(self) -> None:
        rate = a_tax_rate()
        with refused(InvalidInput) as caught:
            end_tax_rate(rate.pk, valid_until=in_days(-2), actor=ACTOR)
        assert caught.value.detail == f"{in_days(-1)} is the earliest day on which it can end."
        assert end_tax_rate(rate.pk, valid_until=in_days(-1), actor=ACTOR).valid_until == in_days(-1)

    def test_stays_ended_once_that_is_past(self) -> None:
        rate = a_tax_rate(valid_until=in_days(-2))
        with refused(OperationRefused) as caught:
            end_tax_rate(rate.pk, valid_until=in_days(9), actor=ACTOR)
        assert caught.value.detail == f"It ended on {in_days(-2)}. It was done with another valid until."
        with nothing_changes():
            end_tax_rate(rate.pk, valid_until=in_days(-2), actor=ACTOR)

    def test_does_not_end_into_the_next_one(self) -> None:
        rate = a_tax_rate(valid_until=in_days(3))
        a_tax_rate(valid_from=in_days(4))
        with refused(TaxRateOverlaps):
            end_tax_rate(rate.pk, valid_until=in_days(4), actor=ACTOR)


# The table


def test_the_table_says_what_the_rows_say_and_is_read_in_two_statements(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    a_tax_country("DE", "total")
    a_tax_rate("DE", "0.19")
    a_tax_rate("US", "0.06", name="State tax", region="CA")
    a_tax_rate("US", "0.01", name="County tax", postal_prefix="94")
    with django_assert_num_queries(2):
        rules = tax_table()
    taxed = rules.taxes_of(a_request(99, 99, 99, 100))
    assert [(str(each.rate), each.amount) for each in taxed.totals] == [("0.19", 63)]
    found = rules.rates_at(Destination("US", "CA", "94105"), "standard", DAY)
    assert found == (("State tax", Decimal("0.06")), ("County tax", Decimal("0.01")))


def test_every_write_renews_the_mark_of_the_prices() -> None:
    marks = [mark_of("prices")]
    rate = a_tax_rate()
    for act in (
        lambda: a_tax_class(),
        lambda: update_tax_country(TaxCountry.objects.get().pk, {"rounding": "total"}, actor=ACTOR),
        lambda: end_tax_rate(rate.pk, valid_until=in_days(3), actor=ACTOR),
    ):
        act()
        marks.append(mark_of("prices"))
    assert len(set(marks)) == 4
    assert TaxRate.objects.count() == 1
