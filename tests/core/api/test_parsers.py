from __future__ import annotations

import gzip
import time
from contextlib import suppress
from typing import Any

import orjson
import pytest

from core.api.parsers import MAX_BYTES, MAX_VALUES, parse_json
from core.api.problems import MalformedInput
from core.ids import new_id
from tests.core.api.conftest import Caller
from tests.core.api.problem_checks import pointers, problem
from tests.factories.watching import nothing_changes

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
        (b"\xef\xbb\xbf{}", "", "byte_order_mark"),
        (b"\xed\xa0\x80", "", "not_utf8"),
        ('{"a": 1}'.encode("utf-16"), "", "not_utf8"),
        (b'{"a": Infinity}', "/a", "not_json"),
        (b'{"a": 1e400}', "/a", "number_too_large"),
        (b'{"a": -' + b"9" * 100_000 + b"}", "/a", "number_too_large"),
        (b"[" + b"0," * MAX_VALUES + b"0]", "", "too_many_values"),
        (b"[" + b'",",' * MAX_VALUES + b"0]", "", "too_many_values"),
        (b"[" + b"[]," * MAX_VALUES + b"0]", "", "too_many_values"),
        (b'{"a": [' + b"{}," * MAX_VALUES + b"{}]}", "", "too_many_values"),
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
        (b"[" * 4_000, "", "too_deep"),
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
        b"[" + b"0," * (MAX_VALUES - 3) + b"0]",
        b'{"a": "' + b",[{" * MAX_VALUES + b'"}',
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
        b"1." + b"9" * 1_000_000,
        b"0." + b"0" * 1_000_000 + b"1",
        b"[" + b"NaN," * 250_000 + b"NaN]",
        b"[" + b'"\\ud800",' * 110_000 + b"0]",
        b'"' * 1_000_000,
        b'{"a":' * 170_000,
    ],
    ids=[
        "quotes",
        "quotes behind brackets",
        "late duplicate",
        "wide",
        "escapes",
        "digits",
        "fraction",
        "tiny",
        "no numbers",
        "surrogates",
        "unclosed",
        "deep",
    ],
)
def test_hostile_bodies_of_a_megabyte_take_a_twentieth_of_a_second(body: bytes) -> None:
    started = time.process_time()
    with suppress(MalformedInput):
        parse_json(body)
    assert time.process_time() - started < 0.05


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

    @pytest.mark.parametrize("parameter", ["charset=utf-8", 'charset="UTF-8"', "CHARSET=UTF8", "profile=x"])
    def test_utf_8_and_parameters_that_say_nothing_about_it_are_fine(self, caller: Caller, parameter: str) -> None:
        assert caller.post(ECHO, {"a": 1}, content_type=f"application/json; {parameter}").status_code == 200

    @pytest.mark.parametrize("charset", ["utf-16", "UTF-16LE", "utf-32", "latin-1", "us-ascii", "utf-7", "x"])
    def test_another_charset_is_415(self, caller: Caller, charset: str) -> None:
        body = '{"a": 1}'.encode("utf-16" if "16" in charset else "ascii")
        response = caller.post(ECHO, raw=body, content_type=f"application/json; charset={charset}")
        problem(response, 415, "unsupported_media_type")

    def test_no_body_is_an_empty_object(self, caller: Caller) -> None:
        data: Any = orjson.loads(caller.post(ECHO).content)
        assert data == {"data": {}}


@pytest.mark.django_db
class TestUnreadable:
    """What cannot be read is refused before anything is done, by every method, and with a body or without."""

    @pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "GZIP", "identity, gzip", "x"])
    def test_a_compressed_body_is_415_and_says_what_is_taken(self, caller: Caller, coding: str) -> None:
        body = gzip.compress(b'{"name": "Corner"}')
        with nothing_changes():
            response = caller.post("/api/v1/shops/", raw=body, content_encoding=coding)
            problem(response, 415, "unsupported_content_encoding")
        assert response.headers["Accept-Encoding"] == "identity"

    def test_identity_is_no_coding(self, caller: Caller) -> None:
        assert caller.post(ECHO, {"a": 1}, content_encoding="Identity").status_code == 200

    @pytest.mark.parametrize("coding", ["chunked", "gzip, chunked", "identity"])
    def test_a_body_without_its_length_is_411(self, caller: Caller, coding: str) -> None:
        path = f"/api/v1/shops/{caller.client.pk}/"
        with nothing_changes():
            told = problem(caller.patch(path, transfer_encoding=coding, if_match='"v17"'), 411, "length_required")
            problem(caller.post(f"{path}close/", transfer_encoding=coding), 411, "length_required")
        assert told["unblock"] == "Send it whole, with its Content-Length."

    def test_a_body_that_a_method_has_no_use_for_is_refused(self, caller: Caller) -> None:
        path = f"/api/v1/shops/{caller.client.pk}/"
        assert pointers(problem(caller.send("GET", path, {"name": "x"}), 400, "invalid_input")) == {
            ("/name", "unknown_field")
        }
        problem(caller.send("GET", path, raw=b"{"), 400, "bad_request")
        assert caller.send("GET", path, {}).status_code == 200

    def test_nothing_of_it_is_told_of_what_is_not_there(self, caller: Caller) -> None:
        missing = f"/api/v1/shops/{new_id()}/"
        for header in ({"content_encoding": "gzip"}, {"transfer_encoding": "chunked"}):
            problem(caller.patch(missing, if_match='"v17"', **header), 404, "not_found")
