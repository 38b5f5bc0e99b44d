"""What is in a message: a command, or something that is none."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.urls import reverse
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError

from config.commands.table import BY_NAME, Command
from core.api.parsers import MAX_BYTES, parse_json
from core.api.problems import BodyTooLarge, MalformedInput
from core.api.serializers import IdField, StrictSerializer, StringField

_SUBJECTS = ("order_id", "shipment_id")
_request_id = re.compile(r"[A-Za-z0-9._-]{1,128}").fullmatch


@dataclass(frozen=True)
class Message:
    """One message of any broker. `earlier` is how often it was delivered before; `receipt` is the broker's own."""

    queue: str
    body: bytes
    authorization: str = field(repr=False)
    wants_reply: bool
    earlier: int
    receipt: Any = field(repr=False)


@dataclass(frozen=True)
class Asked:
    """What a message asks for."""

    command: Command
    request_id: str
    path: str
    data: Mapping[str, Any]
    if_match: str | None


class RequestIdField(StringField):
    """What may be both an Idempotency-Key and an X-Request-ID."""

    def run_validation(self, data: Any = serializers.empty) -> Any:
        value = super().run_validation(data)
        if not _request_id(value):
            raise ValidationError("A request id is 1 to 128 characters of A-Za-z0-9._-.", code="malformed")
        return value


class CommandField(StringField):
    def run_validation(self, data: Any = serializers.empty) -> Any:
        value = super().run_validation(data)
        if value not in BY_NAME:
            raise ValidationError(f"There is no such command; there are {', '.join(BY_NAME)}.", code="unknown_command")
        return BY_NAME[value]


class CommandSerializer(StrictSerializer):
    """A command as its sender writes it."""

    command = CommandField(max_length=100)
    request_id = RequestIdField(max_length=200)
    order_id = IdField(required=False)
    shipment_id = IdField(required=False)
    data = serializers.DictField(required=False)  # type: ignore[assignment]  # a field takes the property's place
    if_match = StringField(max_length=500, required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Raises ValidationError for a subject that is missing, or not the command's."""
        wanted = attrs["command"].subject
        wrong = {name: _not_taken(attrs["command"]) for name in _SUBJECTS if name in attrs and name != wanted}
        if wanted is not None and wanted not in attrs:
            wrong[wanted] = ErrorDetail(f"{attrs['command'].name} needs it.", code="required")
        if wrong:
            raise ValidationError(wrong)
        return attrs


def _not_taken(command: Command) -> ErrorDetail:
    instead = f", but {command.subject}" if command.subject else ""
    return ErrorDetail(f"{command.name} doesn't take it{instead}.", code="unknown_field")


def read(message: Message) -> Asked:
    """What the message asks for. Raises BodyTooLarge, MalformedInput, ValidationError."""
    if len(message.body) > MAX_BYTES:
        raise BodyTooLarge(f"The message is larger than {MAX_BYTES} bytes.")
    asked = CommandSerializer.check(parse_json(message.body))
    command: Command = asked["command"]
    if command.queue != message.queue:
        told = f"{command.name} is taken from {command.queue}, not from {message.queue}."
        raise ValidationError({"command": ErrorDetail(told, code="wrong_queue")})
    subject = [asked[command.subject]] if command.subject else []
    path = reverse(command.route, args=subject)
    return Asked(command, asked["request_id"], path, asked.get("data", {}), asked.get("if_match"))


def request_id_of(message: Message) -> str | None:
    """The request id of a message that may be no command, so that its sender knows what the reply is to."""
    try:
        value = parse_json(message.body)["request_id"] if len(message.body) <= MAX_BYTES else None
    except (MalformedInput, LookupError, TypeError):
        return None
    return value if isinstance(value, str) and _request_id(value) else None
