from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal
from typing import Any

import pytest
from jsonschema_rs import validator_for
from rest_framework.exceptions import ValidationError

from core.api import serializers as fields
from core.api.problems import field_problems
from tests.core.api.conftest import Caller
from tests.core.api.problem_checks import pointers, problem
from tests.core.api.shop import Basket


class Everything(fields.StrictSerializer):
    text = fields.StringField(required=False, max_length=5)
    email = fields.EmailField(required=False)
    number = fields.IntegerField(required=False, min_value=0)
    quantity = fields.QuantityField(required=False)
    amount = fields.AmountField(required=False)
    currency = fields.CurrencyField(required=False)
    choice = fields.ChoiceField(["a", "b"], required=False)
    flag = fields.BooleanField(required=False)
    id = fields.IdField(required=False)
    at = fields.TimestampField(required=False)
    day = fields.DateField(required=False)
    words = fields.ListField(child=fields.StringField(max_length=3), max_length=2, required=False)
    notes = fields.MapField(child=fields.StringField(max_length=3), max_length=2, max_name=3, required=False)


def found(serializer: type[fields.StrictSerializer], data: Any) -> set[tuple[str, str]]:
    with pytest.raises(ValidationError) as refusal:
        serializer.check(data)
    return {(error.pointer, error.code) for error in field_problems(refusal.value.detail)}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("text", 1), ("text", True), ("text", []), ("text", 0), ("text", {}), ("text", None), ("text", ""),
        ("text", "  "),
        ("text", "sixsix"), ("email", "nobody"), ("email", 5), ("number", True), ("number", "1"), ("number", 1.0),
        ("number", -1), ("quantity", 0), ("quantity", 1_000_001), ("quantity", "2"), ("quantity", True),
        ("quantity", 1.5),
        ("amount", 10**15 + 1), ("amount", -(10**15) - 1), ("amount", 1.0), ("amount", False), ("currency", "eur"),
        ("currency", "EURO"), ("currency", "XXQ"), ("currency", 978), ("currency", ["EUR"]), ("choice", "c"),
        ("choice", 1),
        ("choice", []), ("flag", "true"), ("flag", 1), ("flag", "yes"), ("id", 5), ("id", "x"), ("id", -1),
        ("at", "2026-01-31T12:00:00"), ("at", "2026-01-31"), ("at", 1), ("at", "0001-01-01T00:00:00+14:00"),
        ("at", "9999-12-31T23:59:59-12:00"), ("at", "2026-13-01T00:00:00Z"), ("at", "soon"),
        ("at", "٢٠٢٦-01-31T12:00:00Z"), ("at", "20260131T120000Z"), ("at", "2026-W05-6T12:00:00Z"),
        ("at", "2026-01-31T12:00Z"), ("at", "2026-01-31T12:00:00+0100"), ("at", "2026-01-31T12:00:60Z"),
        ("day", "2026-02-30"), ("day", "20260131"), ("day", "2026-W05-6"), ("day", "٢٠٢٦-01-31"), ("day", "1899-12-31"),
        ("day", "2026-01-31T00:00:00Z"), ("day", 20260131), ("words", "x"), ("words", {}), ("words", None),
        ("notes", []), ("notes", "x"), ("notes", {"": "x"}), ("notes", {"long": "x"}),
        ("id", "0190f3a17c2e7abc8def0123456789ab"), ("id", "{0190f3a1-7c2e-7abc-8def-0123456789ab}"),
        ("id", "urn:uuid:0190f3a1-7c2e-7abc-8def-0123456789ab"), ("id", " 0190f3a1-7c2e-7abc-8def-0123456789ab"),
    ],
)  # fmt: skip
def test_a_value_of_the_wrong_kind_is_refused_at_its_pointer(name: str, value: object) -> None:
    assert {pointer for pointer, _ in found(Everything, {name: value})} == {f"/{name}"}


def test_values_of_the_right_kind_are_taken() -> None:
    identity = uuid.uuid4()
    assert Everything.check(
        {
            "text": " abc ", "email": "a@example.com", "number": 0, "quantity": 1_000_000, "amount": -(10**15),
            "currency": "JPY", "choice": "a", "flag": False, "id": str(identity).upper(),
            "at": "2026-01-31t12:00:00.5+02:00", "day": "2028-02-29", "words": ["a", "b"], "notes": {"abc": "x"},
        }
    ) == {
        "text": "abc", "email": "a@example.com", "number": 0, "quantity": 1_000_000, "amount": -(10**15),
        "currency": "JPY", "choice": "a", "flag": False, "id": identity,
        "at": dt.datetime(2026, 1, 31, 10, microsecond=500_000, tzinfo=dt.UTC), "day": dt.date(2028, 2, 29),
        "words": ["a", "b"], "notes": {"abc": "x"},
    }  # fmt: skip


def test_unknown_fields_are_refused_where_they_stand_beside_other_errors() -> None:
    data = {"nmae": "x", "lines": [{"sku": "A", "quantity": 1}, {"sku": "B", "quantity": 0, "color/size": "red"}]}
    assert found(Basket, data) == {
        ("/nmae", "unknown_field"),
        ("/name", "required"),
        ("/lines/1/quantity", "min_value"),
        ("/lines/1/color~1size", "unknown_field"),
    }


def test_more_than_twenty_unknown_fields_are_counted() -> None:
    many = {f"field {number:02}": 1 for number in range(21)}
    assert found(Basket, {"name": "x", **many}) == {("", "unknown_fields")}
    with pytest.raises(ValidationError) as refusal:
        Basket.check({"name": "x", **many})
    (error,) = field_problems(refusal.value.detail)
    assert error.detail == "21 fields are not known here, such as field 00, field 01, field 02."
    del many["field 00"]
    assert len(found(Basket, {"name": "x", **many})) == 20


@pytest.mark.parametrize("data", [None, [], "x", 5, True])
def test_a_body_that_is_no_object_is_refused(data: object) -> None:
    assert {pointer for pointer, _ in found(Basket, data)} == {""}


@pytest.mark.parametrize("lines", [{}, "x", None, [1], [[]], [None]])
def test_lines_that_are_no_list_of_objects_are_refused(lines: object) -> None:
    assert all(pointer.startswith("/lines") for pointer, _ in found(Basket, {"name": "x", "lines": lines}))


def test_a_list_or_map_with_too_many_is_refused_before_what_is_in_it() -> None:
    assert found(Everything, {"words": [1, 2, 3]}) == {("/words", "max_length")}
    assert found(Everything, {"words": [1, 2]}) == {("/words/0", "invalid"), ("/words/1", "invalid")}
    assert found(Everything, {"notes": {"a": 1, "b": 1, "c": 1}}) == {("/notes", "too_large")}
    assert found(Everything, {"notes": {"a": 1}}) == {("/notes/a", "invalid")}


def test_a_partial_check_asks_for_all_of_what_is_nested() -> None:
    assert Basket.check({"lines": [{"sku": "A", "quantity": 1}]}, partial=True) == {
        "lines": [{"sku": "A", "quantity": 1}]
    }
    with pytest.raises(ValidationError) as refusal:
        Basket.check({"lines": [{"sku": "A"}, {}]}, partial=True)
    assert {(error.pointer, error.code) for error in field_problems(refusal.value.detail)} == {
        ("/lines/0/quantity", "required"), ("/lines/1/sku", "required"), ("/lines/1/quantity", "required"),
    }  # fmt: skip


def test_a_partial_check_asks_only_for_what_was_sent() -> None:
    assert Basket.check({"amount": 5}, partial=True) == {"amount": 5}
    assert found(Basket, {"amount": 5}) == {("/name", "required")}


@pytest.mark.django_db
def test_wrong_fields_are_told_over_http(caller: Caller) -> None:
    response = caller.post("/api/v1/shops/", {"name": 5, "lines": [{"sku": "A"}], "colour": "red"})
    body = problem(response, 400, "invalid_input")
    assert pointers(body) == {("/name", "invalid"), ("/lines/0/quantity", "required"), ("/colour", "unknown_field")}


@pytest.mark.parametrize(
    ("field", "good", "bad"),
    [
        (fields.PercentageField(), ["100", "100.00", "12.5", "0.01", "0.10"],
         ["0", "0.00", "100.01", "101", "1.234", "-1", "", " 1", "1\n", "١", 12.5, 10, "1e1", "NaN"]),
        (fields.FractionField(), ["0", "1", "1.000000", "0.19", "0.000001"],
         ["1.000001", "2", ".5", "0.1234567", "-0.1", "", "0.1\n", 0.19, 1, "1e-1"]),
    ],
)  # fmt: skip
def test_decimal_numbers_are_text_of_the_digits_that_their_schema_says(
    field: fields.DecimalTextField, good: list[str], bad: list[Any]
) -> None:
    in_schema = validator_for({"type": "string", "pattern": field.pattern}).is_valid
    assert [field.run_validation(each) for each in good] == [Decimal(each) for each in good]
    assert all(map(in_schema, good))
    for each in bad:
        with pytest.raises(ValidationError):
            field.run_validation(each)
    assert [each for each in bad if in_schema(each)] == []
