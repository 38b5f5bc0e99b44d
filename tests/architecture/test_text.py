"""No text comes in or is kept but settled: every field of every serializer and form, and every column."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from typing import Any

import pytest
from django import forms
from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.db import connection, models
from rest_framework import serializers

from core.api.serializers import BlockField, ChoiceField, StrictSerializer, StringField
from core.console.forms import ActionForm, RowForm, _SettledForm
from core.models.text import SettledField
from core.text import TextKind
from tests.rooms import APPS

MACHINE_MADE = {
    "prefix", "secret_sha256", "scopes", "type", "subject_type", "actor_kind", "actor_id", "actor_name", "request_id",
    "data", "key", "fingerprint", "headers", "kind", "file_key", "options", "failure", "row", "code", "reason",
    "recipient", "subject", "lane", "target", "last_error", "password", "authority", "currency", "document",
    "redacted_by", "lifted_by_kind", "lifted_by_id", "lifted_by_name", "columns", "amounts", "minimum_amounts",
    "group_ids", "buyer_key", "code_digest", "number_prefix", "asked", "decided_by_kind", "decided_by_id",
    "decided_by_name", "balances", "totals", "printed", "language", "resolved_by_kind", "resolved_by_id",
    "resolved_by_name", "sealed", "event_type", "error", "error_code", "request_headers", "request_body",
    "response_headers", "response_body",
}  # fmt: skip
"""Columns that nobody types into: keys and kinds of ours, codes, copies of settled text, lines of files, amounts."""

TYPED = {("inventory.Location", "code"), ("pricing.Offer", "code"), ("pricing.OfferCode", "code")}
"""Columns of one of those names that somebody does type into."""

SAMPLES = {
    "line_break": "A\nB", "control_character": "A\x1bB", "bidi_control": "A\u202eB", "not_a_character": "A\ufdd0B",
}  # fmt: skip


def every(base: type) -> Iterator[type[Any]]:
    """Every class of the product that is one."""
    for room in APPS:
        for module in pkgutil.walk_packages(importlib.import_module(room).__path__, f"{room}."):
            if ".migrations" not in module.name and ".management" not in module.name:
                importlib.import_module(module.name)
    waiting = [base]
    while waiting:
        for each in waiting.pop().__subclasses__():
            waiting.append(each)
            if each.__module__.split(".")[0] in APPS:
                yield each


def text_columns() -> Iterator[tuple[str, models.Field[Any, Any]]]:
    for model in apps.get_models():
        if model.__module__.split(".")[0] not in APPS or model._meta.proxy:
            continue
        for field in model._meta.local_concrete_fields:
            if isinstance(field, models.CharField | models.TextField | models.JSONField | ArrayField):
                yield model._meta.label, field


def test_every_column_that_is_typed_into_is_a_settled_one() -> None:
    loose = {
        (model, field.name)
        for model, field in text_columns()
        if not isinstance(field, SettledField) and not field.choices and field.name not in MACHINE_MADE
    }
    assert loose == set()
    settled = {(model, field.name) for model, field in text_columns() if isinstance(field, SettledField)}
    assert settled >= TYPED
    assert len(settled) > 40


@pytest.mark.django_db
def test_every_settled_column_has_its_check_in_the_database() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.conrelid::regclass::text, pg_get_constraintdef(c.oid) FROM pg_constraint c WHERE c.contype = 'c'"
        )
        checks = {(table, text.split(" NOT VALID")[0]) for table, text in cursor.fetchall()}
    for model, field in text_columns():
        if isinstance(field, SettledField):
            table = apps.get_model(model)._meta.db_table
            assert any(
                of == table and f"{field.check_function()}(" in text and f"{field.column}" in text
                for of, text in checks
            ), (model, field.name)


def inputs(serializer: type[StrictSerializer]) -> Iterator[tuple[str, serializers.Field[Any, Any, Any, Any]]]:
    """Each field of text, those of lists and objects in it too."""
    waiting = list(serializer().fields.items())
    while waiting:
        name, field = waiting.pop()
        if isinstance(field, serializers.ListField | serializers.DictField):
            waiting.append((f"{name}[]", field.child))
        if isinstance(field, serializers.CharField) and not isinstance(field, serializers.UUIDField | ChoiceField):
            yield name, field


def bodies() -> set[type[StrictSerializer]]:
    """Every serializer that a route takes, and those within them."""
    from tests.architecture.test_operations import api_routes

    found = {view.bodies[method] for _, method, view in api_routes() if method in view.bodies}
    nested = {type(getattr(field, "child", field)) for each in found for field in each().fields.values()}
    return found | {each for each in nested if issubclass(each, StrictSerializer)}


def test_every_text_that_a_route_takes_is_settled() -> None:
    loose = [
        (serializer.__name__, name)
        for serializer in bodies()
        for name, field in inputs(serializer)
        if not isinstance(field, StringField)
    ]
    assert loose == []
    assert len(bodies()) > 20


@pytest.mark.parametrize(("code", "sample"), SAMPLES.items())
def test_every_text_that_a_route_takes_refuses_what_its_kind_has_not(code: str, sample: str) -> None:
    for serializer in bodies():
        for name, field in inputs(serializer):
            if code == "line_break" and isinstance(field, BlockField):
                assert field.run_validation("A\r\nB") == "A\nB"
                continue
            with pytest.raises(serializers.ValidationError) as refusal:
                field.run_validation(sample)
            assert [each.code for each in refusal.value.detail] == [code], (serializer, name)  # type: ignore[union-attr]


def console_forms() -> list[type[forms.Form]]:
    return [*every(ActionForm), *every(RowForm)]


def test_every_form_of_the_console_settles_what_is_typed() -> None:
    assert len(console_forms()) > 30
    plain = [each for each in every(forms.Form) if not issubclass(each, _SettledForm)]
    assert {each.__name__ for each in plain} <= {"_RangeForm", "OwnPasswordForm"}  # days of a filter, secrets


@pytest.mark.parametrize(("code", "sample"), SAMPLES.items())
def test_a_form_says_at_the_field_what_a_text_cannot_have(code: str, sample: str) -> None:
    class Note(ActionForm):
        name = forms.CharField()
        body = forms.CharField(widget=forms.Textarea)
        secret = forms.CharField(widget=forms.PasswordInput)

    form = Note({"name": sample, "body": sample, "secret": sample})
    assert not form.is_valid()
    told = {name: [each.code for each in errors.as_data()] for name, errors in form.errors.items()}
    assert told == {"name": [code], **({} if code == "line_break" else {"body": [code]})}


def test_a_form_takes_text_in_its_normal_form() -> None:
    class Note(ActionForm):
        name = forms.CharField()
        body = forms.CharField(widget=forms.Textarea)

    form = Note({"name": " Cafe\u0301 ", "body": "One\r\nTwo"})
    assert form.is_valid()
    assert form.cleaned_data == {"name": "Caf\u00e9", "body": "One\nTwo"}
    assert Note({"name": "\u200b", "body": "x"}).errors.as_data()["name"][0].code == "required"


def test_kinds_of_text_are_three() -> None:
    assert {field.kind for _, field in text_columns() if isinstance(field, SettledField)} == {*TextKind}
