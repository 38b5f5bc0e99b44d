"""Whatever is sent, the answer is never a 5xx, and every refusal is a problem document."""

from __future__ import annotations

import json
from urllib.parse import quote_from_bytes

import orjson
import pytest
from django.http import HttpResponse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.core.api.conftest import Caller

pytestmark = pytest.mark.django_db

quick = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], database=None
)
any_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=10,
)
near_basket = st.fixed_dictionaries(
    {},
    optional={
        "name": any_json,
        "amount": any_json,
        "currency": any_json,
        "lines": st.lists(any_json, max_size=3),
        "x/~": any_json,
    },
)
header = st.text(st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f"), max_size=40)


def check(response: HttpResponse) -> None:
    assert response.status_code < 500, response.content
    if response.status_code >= 400:
        assert response.headers["Content-Type"] == "application/problem+json"
        assert orjson.loads(response.content)["request_id"] == response.headers["X-Request-ID"]


@quick
@given(body=st.binary(max_size=60) | near_basket.map(lambda value: json.dumps(value).encode()))
def test_any_body(caller: Caller, body: bytes) -> None:
    check(caller.post("/api/v1/shops/", raw=body))
    check(caller.patch(f"/api/v1/shops/{caller.client.pk}/", raw=body, if_match='"v17"'))


@quick
@given(
    name=st.sampled_from(["cursor", "limit", "ordering", "expand", "kind", "name", "created_after", "x"]),
    value=st.binary(max_size=30),
)
def test_any_query(caller: Caller, name: str, value: bytes) -> None:
    check(caller.get(f"/api/v1/shops/?{name}={quote_from_bytes(value)}"))


@quick
@given(path=st.binary(max_size=20))
def test_any_path(caller: Caller, path: bytes) -> None:
    check(caller.get(f"/api/v1/numbers/{quote_from_bytes(path, safe='')}/"))
    check(caller.get(f"/api/{quote_from_bytes(path)}"))


@quick
@given(
    name=st.sampled_from(
        ["authorization", "idempotency_key", "if_match", "if_none_match", "accept", "content_type", "x_request_id"]
    ),
    value=header,
)
def test_any_header(caller: Caller, name: str, value: str) -> None:
    options = {name: value}
    check(caller.get(f"/api/v1/shops/{caller.client.pk}/", **options))
    check(caller.patch(f"/api/v1/shops/{caller.client.pk}/", {"name": "x"}, **options))
    check(caller.post("/api/v1/shops/", {"name": "x"}, **options))
