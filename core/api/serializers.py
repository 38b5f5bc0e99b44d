"""Request bodies, strictly: unknown fields are refused, and nothing is coerced from one JSON type to another."""

from __future__ import annotations

import datetime as dt
import functools
import heapq
import re
import uuid
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, ClassVar, get_args

from django.core.validators import validate_email
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.settings import api_settings

from core.actors import ActorKind
from core.api.identifiers import NOTATION, parse_id
from core.api.times import NO_DAY, NO_MOMENT, OUT_OF_RANGE, parse_day, parse_moment
from core.days import in_range
from core.money import EXPONENT_BY_CURRENCY, MAX_MINOR
from core.text import SHORTENED, TextKind, UnfitText, settle

MAX_QUANTITY = 1_000_000
CURRENCIES = sorted(EXPONENT_BY_CURRENCY)
_UNKNOWN = "This field is not known here."
_MANY = 20
"""Unknown fields of one object, above which they are counted and not told one by one."""


class StrictSerializer(serializers.Serializer[Any]):
    """A JSON object with these fields and no others.

    Instances are shared between requests: a subclass keeps no state on `self` and asks the database nothing.
    """

    documents_others: ClassVar[bool] = False
    """Whether the OpenAPI document allows other fields, for a view that reads the body itself."""

    @classmethod
    def check(cls, data: Any, *, partial: bool = False) -> dict[str, Any]:
        """The validated values of a decoded JSON body. Raises ValidationError, told as JSON pointers.

        `partial` asks for no field of the body itself. What a field holds is always asked for in full: a nested object
        or list replaces the whole of what was there.
        """
        checked: dict[str, Any] = _shared(cls, partial).run_validation(data)
        return checked

    def to_internal_value(self, data: Any) -> Any:
        unknown = self._unknown(data)
        try:
            value = super().to_internal_value(data)
        except ValidationError as error:
            if not unknown or not isinstance(error.detail, dict):
                raise
            raise ValidationError({**error.detail, **unknown}) from None
        if unknown:
            raise ValidationError(unknown)
        return value

    def _unknown(self, data: Any) -> dict[str, list[ErrorDetail]]:
        if not isinstance(data, Mapping):
            return {}
        names = data.keys() - self._names
        if len(names) > _MANY:
            some = ", ".join(heapq.nsmallest(3, names))
            told = f"{len(names)} fields are not known here, such as {some}."
            return {api_settings.NON_FIELD_ERRORS_KEY: [ErrorDetail(told, code="unknown_fields")]}
        return {name: [ErrorDetail(_UNKNOWN, code="unknown_field")] for name in sorted(names)}

    @functools.cached_property
    def _names(self) -> frozenset[str]:
        return frozenset(name for name, field in self.fields.items() if not field.read_only)


@functools.cache
def _shared(cls: type[StrictSerializer], partial: bool) -> StrictSerializer:
    """Building a serializer copies every field; validating with one changes nothing, so one is enough.

    Without the framework's `partial`, which would ask for no field of nested objects either.
    """
    serializer = cls()
    for field in serializer.fields.values() if partial else ():
        field.required, field.default = False, serializers.empty
    return serializer


class Nothing(StrictSerializer):
    """The body of an action that takes no input: absent or {}."""


class StringField(serializers.CharField):
    """A JSON string of one line, settled (core/text.py); at most 255 characters unless max_length says otherwise."""

    kind = TextKind.LINE

    def __init__(self, **options: Any) -> None:
        options.setdefault("max_length", 255)
        super().__init__(**options)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)

    def run_validation(self, data: Any = serializers.empty) -> Any:
        # CharField would take [] or 0 for its text before looking at the type.
        if data is not serializers.empty and data is not None and not isinstance(data, str):
            self.fail("invalid")
        return super().run_validation(self._settled(data) if isinstance(data, str) else data)

    def _settled(self, text: str) -> str:
        if self.max_length is not None and len(text) > SHORTENED * self.max_length:
            self.fail("max_length", max_length=self.max_length)
        try:
            return settle(text, self.kind)
        except UnfitText as error:
            raise ValidationError(error.detail, code=error.code) from None


class BlockField(StringField):
    """A JSON string that may have several lines."""

    kind = TextKind.BLOCK


class IdentifierField(StringField):
    """A JSON string that something is found by. Nothing in it can't be seen."""

    kind = TextKind.IDENTIFIER


class EmailField(IdentifierField):
    """An e-mail address, at most 254 characters."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"max_length": 254, **options})
        self.validators.append(validate_email)


class IntegerField(serializers.IntegerField):
    """A JSON integer: no booleans, no strings, no 1.0."""

    def to_internal_value(self, data: Any) -> int:
        if type(data) is not int:
            self.fail("invalid")
        return data


class QuantityField(IntegerField):
    """Units of something: 1 to 1,000,000."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"min_value": 1, "max_value": MAX_QUANTITY, **options})


class AmountField(IntegerField):
    """Money in minor units of the currency beside it, within ±10^15."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"min_value": -MAX_MINOR, "max_value": MAX_MINOR, **options})


class DecimalTextField(serializers.DecimalField):
    """A decimal number as text, so that none of its digits is lost. `pattern` is all that it may be."""

    pattern: ClassVar[str]

    def to_internal_value(self, data: Any) -> Decimal:
        if not isinstance(data, str) or not re.fullmatch(self.pattern, data):
            self.fail("invalid")
        return Decimal(data)


class PercentageField(DecimalTextField):
    """More than 0 and at most 100: "12.5"."""

    pattern = r"^(100(\.0{1,2})?|[1-9][0-9]?(\.[0-9]{1,2})?|0\.(0[1-9]|[1-9][0-9]?))$"
    default_error_messages = {"invalid": 'This is no percentage of at most two digits after the point, such as "12.5".'}

    def __init__(self, **options: Any) -> None:
        super().__init__(max_digits=5, decimal_places=2, **options)


class FractionField(DecimalTextField):
    """From 0 to 1: "0.19" is 19 %."""

    pattern = r"^(1(\.0{1,6})?|0(\.[0-9]{1,6})?)$"
    default_error_messages = {"invalid": 'This is no fraction from 0 to 1 of at most six digits, such as "0.19".'}

    def __init__(self, **options: Any) -> None:
        super().__init__(max_digits=7, decimal_places=6, **options)


class ChoiceField(serializers.ChoiceField):
    """One of the given strings."""

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, str):
            self.fail("invalid_choice", input=type(data).__name__)
        return super().to_internal_value(data)


class CurrencyField(ChoiceField):
    """An ISO 4217 code: "EUR"."""

    default_error_messages = {"invalid_choice": "This is not an ISO 4217 currency code."}

    def __init__(self, **options: Any) -> None:
        super().__init__(CURRENCIES, **options)


class BooleanField(serializers.BooleanField):
    """true or false, not "yes" or 1."""

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class ListField(serializers.ListField):
    """A JSON array of at most `max_length` elements, none of which is looked at when there are more."""

    def __init__(self, *, max_length: int, **options: Any) -> None:
        super().__init__(max_length=max_length, **options)
        self._longest = max_length

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, list) and len(data) > self._longest:
            self.fail("max_length", max_length=self._longest)
        return super().to_internal_value(data)


class MapField(serializers.DictField):
    """A JSON object of at most `max_length` names of the caller's own, each of 1 to `max_name` characters."""

    default_error_messages = {"too_large": "At most {max_length} names of 1 to {max_name} characters."}

    def __init__(self, *, max_length: int, max_name: int = 50, **options: Any) -> None:
        self.max_length, self.max_name = max_length, max_name
        super().__init__(**options)

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict) and not self._fits(data):
            self.fail("too_large", max_length=self.max_length, max_name=self.max_name)
        return super().to_internal_value(data)

    def _fits(self, data: Mapping[str, Any]) -> bool:
        return len(data) <= self.max_length and all(1 <= len(name) <= self.max_name for name in data)


class IdField(serializers.UUIDField):
    """An id as a JSON string, in the one notation of core.api.identifiers."""

    default_error_messages = {"invalid": NOTATION}

    def to_internal_value(self, data: Any) -> uuid.UUID:
        found = parse_id(data) if isinstance(data, str) else None
        if found is None:
            self.fail("invalid")
        return found


class TimestampField(serializers.DateTimeField):
    """An RFC 3339 time with its offset, between the years 1900 and 9998; in UTC from here on."""

    default_error_messages = {"invalid": NO_MOMENT, "range": OUT_OF_RANGE}

    def to_internal_value(self, value: Any) -> dt.datetime:
        moment = parse_moment(value) if isinstance(value, str) else None
        if moment is None:
            self.fail("invalid")
        if not in_range(moment):
            self.fail("range")
        return moment.astimezone(dt.UTC)


class DateField(serializers.DateField):
    """A day: "2026-01-31"."""

    default_error_messages = {"invalid": NO_DAY}

    def to_internal_value(self, value: Any) -> dt.date:
        day = parse_day(value) if isinstance(value, str) else None
        if day is None:
            self.fail("invalid")
        return day


class ActorSerializer(StrictSerializer):
    """Who did it: a colleague, an API client, a customer or a job of the system."""

    kind = ChoiceField(get_args(ActorKind))
    id = StringField()
    name = StringField()
