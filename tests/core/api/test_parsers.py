from __future__ import annotations

import time
from contextlib import suppress
from typing import Any

import orjson
import pytest

from core.api.parsers import MAX_BYTES, parse_json
from core.api.problems import MalformedInput
from tests.core.api.conftest import Caller
from tests.core.api.problem_checks import pointers, problem

ECHO = "/api/v1/echo/"


def nested(depth: int) -> bytes:
    return b"[" * depth + b"]" * depth


def refused(body: bytes) -> set[tuple[str, str]]:
    with pytest.raises(MalformedInput) as refusal:
        parse_json(body)
    return {(error.pointer, error.code) for error in refusal.value.errors}


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        (b"", "", "not_json"),
        (b"{", "", "not_json"),
        (b'{"a": 1,}', "", "not_json"),
        (b"\xff\xfe", "", "not_utf8"),
        ('{"a": "é"}'.encode("latin-1"), "", "not_utf8"),
        (b"\xef\xbb\xbf{}", "", "not_json"),
        (b'{"a": 1, "a": 1}', "/a", "duplicate_key"),
        (b'{"lines": [{"x": 1}, {"sku": "a", "sku": "b"}]}', "/lines/1/sku", "duplicate_key"),
        (b'{"a": ["\\u0000"]}', "/a/0", "nul"),
        (b'{"a": "x\x00y"}', "", "not_json"),
        (b'{"\\u0000": 1}', "", "nul"),
        (b'{"a": "\\ud800"}', "/a", "lone_surrogate"),
        (b'{"a": "\\udc00\\ud800"}', "/a", "lone_surrogate"),
        (b'{"a": NaN}', "/a", "not_json"),
        (b'{"a": -Infinity}', "/a", "not_json"),
        (b'{"a": 1e999}', "/a", "number_too_large"),
        (b'{"a": 9223372036854775808}', "/a", "number_too_large"),
        (b'{"a": ' + b"9" * 100_000 + b"}", "/a", "number_too_large"),
        (b'{"x/y": {"~": 9223372036854775808}}', "/x~1y/~0", "number_too_large"),
        (nested(33), "", "too_deep"),
        (b'{"a":' * 33 + b"1" + b"}" * 33, "", "too_deep"),
        (b"[" * 500_000, "", "too_deep"),
    ],
)
def test_what_two_readers_could_read_differently_is_refused(body: bytes, pointer: str, code: str) -> None:
    assert refused(body) == {(pointer, code)}


@pytest.mark.parametrize(
    "body",
    [
        nested(32),
        b"[" + b",".join([b"[]"] * 100) + b"]",
        b'{"a": "' + b"[" * 100 + b'"}',
        b'{"a": "\\"' + b"{" * 100 + b'"}',
        b'{"a": -9223372036854775807}',
        '{"a": "é😀", "b": "\\ud83d\\ude00", "c": "\\\\u0000"}'.encode(),
        b"null",
        b" [1.5, true, null] ",
    ],
)
def test_ordinary_json_is_read_as_everyone_reads_it(body: bytes) -> None:
    assert parse_json(body) == orjson.loads(body)


@pytest.mark.parametrize(
    "body",
    [
        b'"' + b'\\"' * 500_000,
        b"[" * 40 + b'"' + b'\\"' * 500_000,
        b"{" + b",".join(b'"%d":0' % (n % 90_000) for n in range(90_001)) + b"}",
        b"[" + b"[]," * 300_000 + b"[]]",
        b'["' + b"\\u0061" * 170_000 + b'"]',
        b"1" * 1_000_000,
        b'{"a":' * 170_000,
    ],
    ids=["quotes", "quotes behind brackets", "late duplicate", "wide", "escapes", "digits", "deep"],
)
def test_hostile_bodies_of_a_megabyte_take_linear_time(body: bytes) -> None:
    started = time.process_time()
    with suppress(MalformedInput):
        parse_json(body)
    assert time.process_time() - started < 2


@pytest.mark.django_db
class TestOverHttp:
    def test_a_defect_is_a_400_with_its_pointer(self, caller: Caller) -> None:
        body = problem(caller.post(ECHO, raw=b'{"a": {"b": 1, "b": 2}}'), 400, "bad_request")
        assert pointers(body) == {("/a/b", "duplicate_key")}

    def test_a_body_over_a_megabyte_is_413_by_its_announced_length(self, caller: Caller) -> None:
        problem(caller.post(ECHO, raw=b" " * (MAX_BYTES + 1)), 413, "body_too_large")

    def test_a_body_of_a_megabyte_is_read(self, caller: Caller) -> None:
        filler = b'"' + b"x" * (MAX_BYTES - 2) + b'"'
        assert caller.post(ECHO, raw=filler).status_code == 200

    @pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
    def test_another_media_type_is_415(self, caller: Caller, kind: str) -> None:
        response: Any = caller.browser.generic(
            "POST", ECHO, b"a=1", content_type=kind, headers={"authorization": f"Bearer {caller.token}"}
        )
        problem(response, 415, "unsupported_media_type")

    def test_a_charset_parameter_is_fine(self, caller: Caller) -> None:
        assert caller.post(ECHO, {"a": 1}, content_type="application/json; charset=utf-8").status_code == 200

    def test_no_body_is_an_empty_object(self, caller: Caller) -> None:
        data: Any = orjson.loads(caller.post(ECHO).content)
        assert data == {"data": {}}
