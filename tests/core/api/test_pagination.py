from __future__ import annotations

import datetime as dt
from typing import Any

import orjson
import pytest
from django.core import signing
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from core.api.pagination import Keyset, paginate
from core.models import ApiKey, Client
from tests.core.api.conftest import Caller
from tests.core.api.problem_checks import pointers, problem
from tests.factories.core import ApiKeyFactory, a_client

pytestmark = pytest.mark.django_db

SHOPS = "/api/v1/shops/"


@pytest.fixture
def shops(caller: Caller) -> list[Client]:
    """Twelve shops, four to an instant, so that only the id tells those apart; the caller is the thirteenth."""
    now = timezone.now()
    return [a_client(f"shop {n:02}", created_at=now + dt.timedelta(seconds=n // 4)) for n in range(12)]


def names(body: dict[str, Any]) -> list[str]:
    return [row["name"] for row in body["results"]]


def walk(caller: Caller, path: str, direction: str = "next") -> list[list[str]]:
    pages = []
    while path:
        body = orjson.loads(caller.get(path).content)
        pages.append(names(body))
        path = body[direction]
    return pages


@pytest.mark.parametrize("ordering", ["-created_at", "name"])
def test_every_row_is_met_once_in_order_both_ways(caller: Caller, shops: list[Client], ordering: str) -> None:
    pages = walk(caller, f"{SHOPS}?limit=5&ordering={ordering}")
    keyset = ("name", "id") if ordering == "name" else ("-created_at", "-id")
    assert [name for page in pages for name in page] == list(
        Client.objects.order_by(*keyset).values_list("name", flat=True)
    )
    assert [len(page) for page in pages] == [5, 5, 3]

    last = f"{SHOPS}?limit=5&ordering={ordering}"
    for _ in range(2):
        last = orjson.loads(caller.get(last).content)["next"]
    assert walk(caller, last, "previous") == pages[::-1]


def test_rows_added_meanwhile_neither_repeat_nor_skip_others(caller: Caller, shops: list[Client]) -> None:
    first = orjson.loads(caller.get(f"{SHOPS}?limit=5").content)
    a_client("newest", created_at=timezone.now() + dt.timedelta(days=1))
    second = orjson.loads(caller.get(first["next"]).content)
    assert not set(names(first)) & set(names(second))
    assert "newest" not in names(second)


def test_links_are_absolute_and_keep_the_query(caller: Caller, shops: list[Client]) -> None:
    body = orjson.loads(caller.get(f"{SHOPS}?limit=5&kind=storefront").content)
    assert body["previous"] is None
    assert body["next"].startswith("http://testserver/api/v1/shops/?")
    assert "kind=storefront" in body["next"]


def test_the_only_page_has_no_neighbours(caller: Caller) -> None:
    body = orjson.loads(caller.get(SHOPS).content)
    assert (body["next"], body["previous"]) == (None, None)


def test_rows_are_compared_as_rows_and_never_counted(caller: Caller, shops: list[Client]) -> None:
    first = orjson.loads(caller.get(f"{SHOPS}?limit=5").content)
    with CaptureQueriesContext(connection) as queries:
        caller.get(first["next"])
    sql = queries[-1]["sql"]
    assert '("core_client"."created_at", "core_client"."id") < (' in sql
    assert not any("COUNT(" in query["sql"] for query in queries)


@pytest.mark.parametrize("limit", ["0", "101", "-1", "x", "1.5", "٣", "1e1", "99999999999999999999"])
def test_a_limit_outside_1_to_100_is_400(caller: Caller, limit: str) -> None:
    body = problem(caller.get(f"{SHOPS}?limit={limit}"), 400, "bad_request")
    assert (pointers(body), body["detail"]) == ({("?limit", "invalid")}, "limit is a whole number from 1 to 100.")


def test_forged_and_foreign_cursors_are_400(caller: Caller, shops: list[Client]) -> None:
    link = orjson.loads(caller.get(f"{SHOPS}?limit=5").content)["next"]
    cursor = link.partition("cursor=")[2].partition("&")[0]
    payload = cursor.partition("%3A")[0]
    elsewhere = signing.Signer(salt="cursor:core.apikey:-created_at,-id").sign(payload)
    for forged in ("x", "", "%00", f"{cursor}x", f"A{cursor}", elsewhere, signing.dumps([False, []])):
        problem(caller.get(f"{SHOPS}?cursor={forged}"), 400, "bad_request")
    body = problem(caller.get(f"{SHOPS}?ordering=name&cursor={cursor}"), 400, "bad_request")
    assert pointers(body) == {("?cursor", "invalid")}


def test_values_rows_are_paged_as_models_are(caller: Caller, shops: list[Client]) -> None:
    request = Request(APIRequestFactory().get("/api/v1/shops/", {"limit": "4"}))
    page = paginate(request, Client.objects.values("id", "name"), ("name", "id"))
    assert [row["name"] for row in page.rows] == ["North storefront", "shop 00", "shop 01", "shop 02"]
    following = Request(APIRequestFactory().get(str(page.next)))
    page = paginate(following, Client.objects.values("id", "name"), ("name", "id"))
    assert [row["name"] for row in page.rows] == ["shop 03", "shop 04", "shop 05", "shop 06"]


def test_an_ordering_that_mixes_directions_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="mixes directions"):
        Keyset(("-created_at", "id"))


def test_a_later_page_is_found_in_the_index() -> None:
    client = a_client("plan")
    ApiKey.objects.bulk_create(ApiKeyFactory.build(client=client, prefix=f"{n:012}") for n in range(2000))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE core_apikey")
    first = paginate(Request(APIRequestFactory().get("/", {"limit": "100"})), ApiKey.objects.all(), ("prefix",))
    following = Request(APIRequestFactory().get(str(first.next)))
    with CaptureQueriesContext(connection) as queries:
        rows = paginate(following, ApiKey.objects.all(), ("prefix",)).rows
    assert rows[0].prefix == f"{100:012}"
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {queries[0]['sql']}")
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "Index Cond" in plan
    assert "Sort" not in plan
