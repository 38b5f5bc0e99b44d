from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal

import pytest
from django.utils.functional import lazystr

from core.api.renderers import render
from core.models import ClientKind


def test_times_are_rfc_3339_in_utc_with_microseconds() -> None:
    east = dt.timezone(dt.timedelta(hours=2))
    assert render(dt.datetime(2026, 1, 31, 1, 0, 0, tzinfo=east)) == b'"2026-01-30T23:00:00.000000Z"'
    assert render(dt.datetime(2026, 1, 31, 1, 0, 0, 7, tzinfo=dt.UTC)) == b'"2026-01-31T01:00:00.000007Z"'


def test_ids_dates_choices_and_lazy_text_have_a_form() -> None:
    identity = uuid.UUID("0190b6a0-0000-7000-8000-000000000000")
    rendered = render([identity, dt.date(2026, 1, 31), ClientKind.CARRIER, lazystr("late")])
    assert rendered == b'["0190b6a0-0000-7000-8000-000000000000","2026-01-31","carrier","late"]'


@pytest.mark.parametrize("value", [Decimal("1.10"), dt.datetime(2026, 1, 31), {1, 2}, object()])  # noqa: DTZ001
def test_what_has_no_one_form_is_refused(value: object) -> None:
    with pytest.raises(TypeError):
        render({"value": value})
