"""Request bodies, strictly: unknown fields are refused, and nothing is coerced from one JSON type to another."""

from __future__ import annotations

import datetime as dt
import functools
import uuid
from collections.abc import Mapping
from typing import Any, get_args

from django.core.validators import validate_email
from django.utils.dateparse import parse_datetime
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError

from core.actors import ActorKind
from core.money import EXPONENT_BY_CURRENCY, MAX_MINOR

MAX_QUANTITY = 1_000_000
_UNKNOWN = "This field is not known here."


class StrictSerializer(serializers.Serializer[Any]):
    """A JSON object with these fields and no others.

    Instances are shared between requests: a subclass keeps no state on `self` and asks the database nothing.
    """

    @classmethod
    def check(cls, data: Any, *, partial: bool = False) -> dict[str, Any]:
        """The validated values of a decoded JSON body. Raises ValidationError, told as JSON pointers."""
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
        return {name: [ErrorDetail(_UNKNOWN, code="unknown_field")] for name in sorted(names)}

    @functools.cached_property
    def _names(self) -> frozenset[str]:
        return frozenset(name for name, field in self.fields.items() if not field.read_only)


@functools.cache
def _shared(cls: type[StrictSerializer], partial: bool) -> StrictSerializer:
    """Building a serializer copies every field; validating with one changes nothing, so one is enough."""
    return cls(partial=partial)


class Nothing(StrictSerializer):
    """The body of an action that takes no input: absent or {}."""


class StringField(serializers.CharField):
    """A JSON string, trimmed; at most 255 characters unless max_length says otherwise."""

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
        return super().run_validation(data)


class EmailField(StringField):
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
        super().__init__(sorted(EXPONENT_BY_CURRENCY), **options)


class BooleanField(serializers.BooleanField):
    """true or false, not "yes" or 1."""

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class IdField(serializers.UUIDField):
    """An id as a JSON string."""

    def to_internal_value(self, data: Any) -> uuid.UUID:
        if not isinstance(data, str):
            self.fail("invalid", value=data)
        return super().to_internal_value(data)


class TimestampField(serializers.DateTimeField):
    """An RFC 3339 time with its offset, between the years 1900 and 9998; in UTC from here on."""

    default_error_messages = {
        "invalid": "This is not an RFC 3339 time with an offset, such as 2026-01-31T12:00:00Z.",
        "range": "This time is outside the years 1900 to 9998.",
    }

    def to_internal_value(self, value: Any) -> dt.datetime:
        moment = _moment(value)
        if moment is None or moment.tzinfo is None:
            self.fail("invalid")
        if not 1900 <= moment.year <= 9998:
            self.fail("range")
        return moment.astimezone(dt.UTC)


class ActorSerializer(StrictSerializer):
    """Who did it: a colleague, an API client, a customer or a job of the system."""

    kind = ChoiceField(get_args(ActorKind))
    id = StringField()
    name = StringField()


def _moment(value: Any) -> dt.datetime | None:
    try:
        return parse_datetime(value) if isinstance(value, str) else None
    except ValueError:
        return None
