from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest
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
    ],
)  # fmt: skip
def test_a_value_of_the_wrong_kind_is_refused_at_its_pointer(name: str, value: object) -> None:
    assert {pointer for pointer, _ in found(Everything, {name: value})} == {f"/{name}"}


def test_values_of_the_right_kind_are_taken() -> None:
    identity = uuid.uuid4()
    assert Everything.check(
        {
            "text": " abc ", "email": "a@example.com", "number": 0, "quantity": 1_000_000, "amount": -(10**15),
            "currency": "JPY", "choice": "a", "flag": False, "id": str(identity), "at": "2026-01-31T12:00:00+02:00",
        }
    ) == {
        "text": "abc", "email": "a@example.com", "number": 0, "quantity": 1_000_000, "amount": -(10**15),
        "currency": "JPY", "choice": "a", "flag": False, "id": identity,
        "at": dt.datetime(2026, 1, 31, 10, tzinfo=dt.UTC),
    }  # fmt: skip


def test_unknown_fields_are_refused_where_they_stand_beside_other_errors() -> None:
    data = {"nmae": "x", "lines": [{"sku": "A", "quantity": 1}, {"sku": "B", "quantity": 0, "color/size": "red"}]}
    assert found(Basket, data) == {
        ("/nmae", "unknown_field"),
        ("/name", "required"),
        ("/lines/1/quantity", "min_value"),
        ("/lines/1/color~1size", "unknown_field"),
    }


@pytest.mark.parametrize("data", [None, [], "x", 5, True])
def test_a_body_that_is_no_object_is_refused(data: object) -> None:
    assert {pointer for pointer, _ in found(Basket, data)} == {""}


@pytest.mark.parametrize("lines", [{}, "x", None, [1], [[]], [None]])
def test_lines_that_are_no_list_of_objects_are_refused(lines: object) -> None:
    assert all(pointer.startswith("/lines") for pointer, _ in found(Basket, {"name": "x", "lines": lines}))


def test_a_partial_check_asks_only_for_what_was_sent() -> None:
    assert Basket.check({"amount": 5}, partial=True) == {"amount": 5}
    assert found(Basket, {"amount": 5}) == {("/name", "required")}


@pytest.mark.django_db
def test_wrong_fields_are_told_over_http(caller: Caller) -> None:
    response = caller.post("/api/v1/shops/", {"name": 5, "lines": [{"sku": "A"}], "colour": "red"})
    body = problem(response, 400, "invalid_input")
    assert pointers(body) == {("/name", "invalid"), ("/lines/0/quantity", "required"), ("/colour", "unknown_field")}
