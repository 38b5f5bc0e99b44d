"""Days and times in forms of the console: what the product can reckon with, and nothing beyond."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core.exceptions import ValidationError

from core.console.forms import DateField, MomentField


@pytest.mark.parametrize("day", ["0001-01-01", "1899-12-31", "9999-01-01", "9999-12-31"])
def test_a_day_that_cannot_be_reckoned_with_is_refused(day: str) -> None:
    for field, text in ((DateField(), day), (MomentField(), f"{day}T12:00")):
        with pytest.raises(ValidationError, match=r"outside the years 1900 to 9998|could.* be interpreted"):
            field.clean(text)


@pytest.mark.parametrize("day", ["1900-01-01", "2026-02-28", "9998-12-31"])
def test_any_other_day_is_taken(day: str) -> None:
    assert DateField().clean(day) == dt.date.fromisoformat(day)
    assert MomentField().clean(f"{day}T12:00").date() == dt.date.fromisoformat(day)


def test_no_day_is_one_where_none_is_required() -> None:
    assert (DateField(required=False).clean(""), MomentField(required=False).clean("")) == (None, None)
