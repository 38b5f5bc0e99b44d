"""JSON in, strictly: what two readers could understand differently, or a database refuses, never gets past here."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from typing import IO, Any

from rest_framework.parsers import BaseParser

from core.api.problems import BodyTooLarge, MalformedInput
from core.errors import FieldProblem

MAX_BYTES = 1024 * 1024
MAX_DEPTH = 32
MAX_VALUES = 5_000
"""Members and elements of a body in all: each costs processor time, whatever the field that it is for takes."""
_MAX_INTEGER = 2**63 - 1

# Matches an unterminated string too: a pattern that can fail at every quote takes quadratic time on hostile input.
_tokens = re.compile(rb'"(?:[^"\\]++|\\.?)*+"?|[\[\]{},]', re.DOTALL)
_MAX_TOKENS = 4 * MAX_VALUES
"""A value has a name and a text at most, what it begins with (a comma or a bracket), and a bracket where it ends."""
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class StrictJsonParser(BaseParser):
    """At most 1 MiB of UTF-8 JSON, 32 levels deep, of 5,000 values; no duplicate keys, NUL, lone surrogates, NaN or
    huge numbers."""

    media_type = "application/json"

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        request = (parser_context or {})["request"]
        length = int(request.META["CONTENT_LENGTH"])
        if length > MAX_BYTES:
            raise BodyTooLarge(f"The body is larger than {MAX_BYTES} bytes.")
        body = stream.read(length)
        if len(body) < length:
            raise MalformedInput.at("", "cut_short", "The body ended before its Content-Length.")
        return parse_json(body)


def parse_json(body: bytes) -> Any:
    """The value of a JSON text. Raises MalformedInput with a pointer to what is wrong."""
    _refuse_large(body)
    found: list[_Defect] = []
    try:
        value = _decoder(found).decode(body.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise MalformedInput.at("", "not_utf8", f"The body is not UTF-8 at byte {error.start}.") from None
    except json.JSONDecodeError as error:
        raise MalformedInput.at(
            "", "not_json", f"The body is not JSON: {error.msg} at line {error.lineno}, column {error.colno}."
        ) from None
    if found or b"\\u" in body:
        _refuse_defects(value)
    return value


def _refuse_large(body: bytes) -> None:
    """Before the decoder recurses or makes a value. Counting in all bytes is enough for almost all bodies."""
    if body.startswith(_BYTE_ORDER_MARK):
        raise MalformedInput.at("", "byte_order_mark", "The body begins with a byte order mark; JSON has none.")
    opening = body.count(b"[") + body.count(b"{")
    if opening > MAX_DEPTH or opening + body.count(b",") >= MAX_VALUES:
        _refuse_deep_or_wide(body)


def _refuse_deep_or_wide(body: bytes) -> None:
    depth, values = 0, 1
    for number, token in enumerate(map(re.Match.group, _tokens.finditer(body))):
        depth += (token in b"[{") - (token in b"]}")
        values += token in b"[{,"
        if values > MAX_VALUES or number > _MAX_TOKENS:
            raise MalformedInput.at("", "too_many_values", f"The body has more than {MAX_VALUES} values.")
        if depth > MAX_DEPTH:
            raise MalformedInput.at("", "too_deep", f"The body is nested deeper than {MAX_DEPTH} levels.")


class _Defect:
    """Stands in the decoded value where something cannot be accepted, until the walk tells its pointer."""

    def __init__(self, found: list[_Defect], code: str, detail: str, key: str | None = None) -> None:
        self.code, self.detail, self.key = code, detail, key
        found.append(self)


def _decoder(found: list[_Defect]) -> json.JSONDecoder:
    def pairs(items: list[tuple[str, Any]]) -> Any:
        value = dict(items)
        if len(value) == len(items):
            return value
        seen: set[str] = set()
        twice = next(key for key, _ in items if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        return _Defect(found, "duplicate_key", "This key appears more than once.", key=twice)

    def integer(text: str) -> Any:
        # A longer text is never converted: the work grows with the square of its length.
        if len(text) > 20 or abs(value := int(text)) > _MAX_INTEGER:
            return _Defect(found, "number_too_large", "This number is too large.")
        return value

    def real(text: str) -> Any:
        value = float(text)
        return value if math.isfinite(value) else _Defect(found, "number_too_large", "This number is too large.")

    def constant(name: str) -> Any:
        return _Defect(found, "not_json", f"{name} is not JSON.")

    return json.JSONDecoder(
        object_pairs_hook=pairs, parse_int=integer, parse_float=real, parse_constant=constant, strict=True
    )


def _refuse_defects(value: Any) -> None:
    errors = list(_defects(value, ""))
    if errors:
        raise MalformedInput(errors[0].detail, errors=errors)


def _defects(value: Any, pointer: str) -> Iterator[FieldProblem]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _text_defects(key, pointer)
            yield from _defects(inner, f"{pointer}/{_printable(key)}")
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _defects(inner, f"{pointer}/{index}")
    elif isinstance(value, str):
        yield from _text_defects(value, pointer)
    elif isinstance(value, _Defect):
        at = pointer if value.key is None else f"{pointer}/{_printable(value.key)}"
        yield FieldProblem(at, value.code, value.detail)


def _text_defects(text: str, pointer: str) -> Iterator[FieldProblem]:
    if "\x00" in text:
        yield FieldProblem(pointer, "nul", "This text contains a NUL character.")
    if not _is_unicode(text):
        yield FieldProblem(pointer, "lone_surrogate", "This text contains half of a surrogate pair.")


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _printable(key: str) -> str:
    return key.encode("utf-8", "replace").decode().replace("~", "~0").replace("/", "~1")
