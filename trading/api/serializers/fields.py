from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from core.api.serializers import (
    ChoiceField,
    IdentifierField,
    IntegerField,
)
from trading.actions import is_order_id, is_symbol
from trading.models import MAX_PRICE
from trading.statuses import Side


@extend_schema_field(
    {
        "oneOf": [
            {"type": "integer", "format": "int64", "minimum": -(2**63) + 1, "maximum": 2**63 - 1},
            {"type": "string", "pattern": r"^(?!\.{1,2}$)[!-.0-~]{1,64}$"},
        ]
    }
)
class OrderIdField(serializers.Field[int | str, Any, int | str, Any]):
    """The caller's own id: a JSON integer, or 1 to 64 visible ASCII characters without a slash."""

    default_error_messages = {
        "invalid": "This is neither an integer nor 1 to 64 visible ASCII characters without a slash."
    }

    def to_internal_value(self, data: Any) -> int | str:
        if isinstance(data, float):
            raise ValidationError(IntegerField.default_error_messages["invalid"], code="invalid")
        if type(data) is not int and not (isinstance(data, str) and is_order_id(data)):
            self.fail("invalid")
        known: int | str = data
        return known

    def to_representation(self, value: int | str) -> int | str:
        return value


@extend_schema_field({"type": "string", "pattern": f"^{is_symbol.__self__.pattern}$"})  # type: ignore[attr-defined]
class SymbolField(IdentifierField):
    """What the book is about: "JPM"."""

    default_error_messages = {
        "symbol": "A symbol is 1 to 64 letters, digits and any of . : - _, beginning with a letter or digit."
    }

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=64, trim_whitespace=False, **options)

    def to_internal_value(self, data: Any) -> str:
        text = super().to_internal_value(data)
        if not is_symbol(text):
            self.fail("symbol")
        return text


class SideField(ChoiceField):
    """Buy or Sell."""

    def __init__(self, **options: Any) -> None:
        super().__init__(Side.values, **options)


class PriceField(IntegerField):
    """A price of one unit in minor units of the symbol's currency."""

    def __init__(self, **options: Any) -> None:
        super().__init__(min_value=1, max_value=MAX_PRICE, **options)
