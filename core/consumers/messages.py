"""What is taken from a topic, and the kinds of messages: what one says, and what is done about it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.module_loading import import_string
from rest_framework.exceptions import APIException

from core.actors import Actor
from core.api.parsers import MAX_BYTES, parse_json
from core.api.problems import BodyTooLarge
from core.errors import DomainError

_LONGEST_REASON, _TOLD_AT_MOST = 1000, 3

Refusals = Sequence[DomainError | None]
"""What became of each message of a batch: None where it had its effect, or came too late to have one."""


@dataclass(frozen=True)
class Message:
    """A message as it came. `value` is None for a tombstone."""

    topic: str
    partition: int
    offset: int
    key: bytes | None = field(repr=False)
    value: bytes | None = field(repr=False)


@dataclass(frozen=True)
class MessageKind:
    """Messages of one shape. Its room declares it in `consuming.py`, and `config.consumers` names it.

    `read` gives what a decoded JSON value says, or raises DomainError or ValidationError. `work` does it for a batch,
    within a unit of work, each action of it in a `core.transactions.part()`; it tells what it refuses by its place.
    Whatever it raises undoes all of its batch, and each message is worked alone then.
    """

    name: str
    read: Callable[[Any], Any]
    work: Callable[[Sequence[Any], Actor], Refusals]


class NoValue(DomainError):
    """A tombstone: it says that something is gone, which nothing here is."""

    code = "no_value"


def kind_of(dotted: str) -> MessageKind:
    """The kind that a setting names by its module. Raises ImportError."""
    kind: MessageKind = import_string(dotted)
    return kind


def said_by(value: bytes | None, kind: MessageKind) -> Any:
    """What a message says. Raises DomainError or APIException for what is no such message."""
    if value is None:
        raise NoValue("The message has no value.")
    if len(value) > MAX_BYTES:
        raise BodyTooLarge(f"The message is larger than {MAX_BYTES} bytes.")
    return kind.read(parse_json(value))


def code_of(error: Exception) -> str:
    """The refusal's name, for programs."""
    if isinstance(error, DomainError):
        return next((each.code for each in error.errors), error.code)
    if isinstance(error, APIException):
        return str(next(iter(_codes(error.get_codes())), error.default_code))
    return "failed"


def reason_of(error: Exception) -> str:
    """The refusal in words. Of a fault of ours no more than its kind, as its text may be anything."""
    if isinstance(error, DomainError):
        problems = [f"{each.pointer}: {each.detail}" for each in error.errors if each.pointer]
        told = " ".join([error.detail, *problems[:_TOLD_AT_MOST]])
    elif isinstance(error, APIException):
        told = "; ".join(_told(error.detail, ""))
    else:
        told = f"It could not be worked: {type(error).__name__}. The log has the rest."
    return told.replace("\x00", "�")[:_LONGEST_REASON]


def _codes(codes: Any) -> list[str]:
    if isinstance(codes, dict):
        return [code for each in codes.values() for code in _codes(each)]
    if isinstance(codes, list):
        return [code for each in codes for code in _codes(each)]
    return [str(codes)]


def _told(detail: Any, at: str) -> list[str]:
    if isinstance(detail, dict):
        return [told for name, each in detail.items() for told in _told(each, f"{at}/{name}")]
    if isinstance(detail, list):
        return [told for each in detail for told in _told(each, at)]
    return [f"{at}: {detail}" if at else str(detail)]
