from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal
from typing import Any

import pytest

from core.json import to_json

ID = uuid.UUID("01a1fc0b-109a-749e-a189-5c53fd32a685")


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (ID, str(ID)),
        (dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC), "2026-01-02T03:04:05Z"),
        (dt.datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=dt.timezone(dt.timedelta(hours=2))), "2026-01-02T01:04:05.000006Z"),
        (dt.datetime(2026, 1, 2, 3, 4, 5), "2026-01-02T03:04:05Z"),  # noqa: DTZ001
        (dt.date(2026, 1, 2), "2026-01-02"),
        ({"a": [1, None, True, {ID: "b"}]}, {"a": [1, None, True, {str(ID): "b"}]}),
    ],
)
def test_values_take_their_form_in_json(value: Any, told: Any) -> None:
    assert to_json(value) == told


@pytest.mark.parametrize("value", [Decimal("1.5"), b"bytes", {1, 2}, object()])
def test_what_has_no_form_in_json_is_refused(value: Any) -> None:
    with pytest.raises(TypeError):
        to_json({"value": value})
