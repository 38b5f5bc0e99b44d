"""Rows made by keyword are those that Django's own constructor would have made."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.apps import apps
from django.db import models
from django.db.models.expressions import DatabaseDefault

from books.models import Posting, PostingLine
from core.models import Event, MadeByKeyword
from orders.models import OrderLine

MODELS = [model for model in apps.get_models() if issubclass(model, MadeByKeyword)]


def made_by_django(model: type[models.Model], **values: Any) -> models.Model:
    row = model.__new__(model)
    models.Model.__init__(row, **values)
    return row


def columns(row: models.Model) -> dict[str, Any]:
    """What the row holds, without what is another each time."""
    return {
        name: type(value) if isinstance(value, DatabaseDefault) else value
        for name, value in row.__dict__.items()
        if name not in {"_state", "id"} and not name.endswith("_at")
    }


def test_the_rows_that_orders_are_made_of_are_made_so() -> None:
    assert {Event, Posting, PostingLine, OrderLine} <= set(MODELS)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_a_row_holds_what_django_would_give_it(model: type[models.Model]) -> None:
    key = model._meta.pk
    assert key is not None
    given = {key.attname: uuid.UUID(int=1) if isinstance(key, models.UUIDField) else 1}
    made, expected = model(**given), made_by_django(model, **given)
    assert columns(made) == columns(expected)
    assert made.__dict__.keys() == expected.__dict__.keys()
    assert (made.pk, made._state.adding, made._state.db) == (expected.pk, True, None)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_a_row_of_which_nothing_is_said_has_every_column(model: type[models.Model]) -> None:
    assert columns(model()) == columns(made_by_django(model))
    assert model().__dict__.keys() == made_by_django(model).__dict__.keys()


def test_a_related_row_is_given_as_itself_or_by_its_key() -> None:
    posting = Posting(currency="EUR")
    line = PostingLine(posting=posting, account="goods", amount=1)
    assert line.posting is posting
    assert (line.posting_id, PostingLine(posting_id=posting.pk).posting_id) == (posting.pk, posting.pk)
    assert Posting(reverses=None).reverses_id is None
    assert PostingLine(posting=None, posting_id=posting.pk).posting_id == posting.pk


def test_each_row_has_defaults_of_its_own() -> None:
    first, second = Event(type="a"), Event(type="a")
    first.data["a"] = 1
    assert second.data == {}
    assert first.pk != second.pk


def test_what_no_field_is_called_is_refused() -> None:
    unknown: dict[str, Any] = {"kind_of": "a"}
    with pytest.raises(TypeError, match="unexpected keyword arguments: 'kind_of'"):
        Event(**unknown)


def test_values_by_position_are_taken_as_django_takes_them() -> None:
    names = [field.attname for field in PostingLine._meta.concrete_fields]
    values: list[Any] = list(range(len(names)))
    line = PostingLine.from_db(None, names, values)
    assert [getattr(line, name) for name in names] == values
