"""The public feed, and the types that it tells of."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]
from pytest_django import Settings

from core.event_types import Published, event_types, published
from core.models import Client, Event, LogEntry
from core.relay import fan_out
from orders.actions import delete_order
from tests.core.api.conftest import Caller
from tests.core.api.problem_checks import problem
from tests.factories.core import ACTOR, a_client, read
from tests.factories.orders import a_draft, an_order
from tests.factories.stored_value import a_gift_card
from tests.factories.trading import a_book_order

pytestmark = pytest.mark.django_db

FEED, TYPES = "/api/v1/events/", "/api/v1/events/types/"
SCOPES = ("events:read",)


@pytest.fixture(autouse=True)
def no_limits(settings: Settings) -> None:
    settings.RATE_LIMITS = None


@pytest.fixture
def ours() -> Client:
    return a_client("Ours")


@pytest.fixture
def caller(ours: Client) -> Caller:
    return Caller(ours, SCOPES)


def logged() -> None:
    while fan_out():
        pass


def told(caller: Caller, query: str = "") -> dict[str, Any]:
    document: dict[str, Any] = read(caller.get(f"{FEED}{query}"))
    return document


def types_of(document: dict[str, Any]) -> list[str]:
    return [each["type"] for each in document["results"]]


def to_the_end(caller: Caller, address: str) -> Iterator[dict[str, Any]]:
    """Each page from that address on, as a client follows `next`."""
    is_all = False
    while not is_all:
        page = read(caller.get(address.removeprefix("http://testserver")))
        yield page
        address, is_all = page["next"], page["is_all"]


# The feed


def test_an_empty_log_has_a_place_to_go_on_from(caller: Caller) -> None:
    assert told(caller) == {"results": [], "position": 0, "is_all": True, "next": f"http://testserver{FEED}?after=0"}


def test_events_are_cloudevents_with_their_position_in_the_order_of_the_log(caller: Caller, ours: Client) -> None:
    order = an_order("draft", ours)
    logged()
    document = told(caller)
    entries = LogEntry.objects.filter(client_id=ours.pk).order_by("position").select_related("event")
    assert document["results"] == [
        {**entry.event.envelope().as_cloudevent(), "position": str(entry.position)} for entry in entries
    ]
    assert "order.created" in types_of(document)
    assert {each["subject"] for each in document["results"] if each["type"] == "order.created"} == {str(order.pk)}
    assert document["position"] == max(int(each["position"]) for each in document["results"])


def test_pages_follow_one_another_and_go_on_when_there_is_more(caller: Caller, ours: Client) -> None:
    for _ in range(3):
        an_order("draft", ours)
    logged()
    everything = told(caller)
    assert everything["is_all"]
    pages = list(to_the_end(caller, f"{FEED}?limit=2"))
    assert len(pages) > 2
    assert [len(page["results"]) for page in pages[:-1]] == [2] * (len(pages) - 1)
    assert [each for page in pages for each in page["results"]] == everything["results"]

    again = pages[-1]["next"]
    (nothing,) = to_the_end(caller, again)
    assert (nothing["results"], nothing["next"]) == ([], again)
    an_order("draft", ours)
    logged()
    assert "order.created" in [each["type"] for page in to_the_end(caller, again) for each in page["results"]]


def test_a_deletion_is_told_and_so_is_what_went_before_it(caller: Caller, ours: Client) -> None:
    order = a_draft(ours)
    delete_order(order.pk, actor=ACTOR)
    logged()
    of_order = [each["type"] for each in told(caller)["results"] if each["subject"] == str(order.pk)]
    assert (of_order[0], of_order[-1]) == ("order.created", "order.deleted")


def test_types_are_chosen_and_what_is_left_out_is_passed(caller: Caller, ours: Client) -> None:
    an_order("placed", ours)
    logged()
    assert {name.partition(".")[0] for name in types_of(told(caller))} > {"order"}
    assert {name.partition(".")[0] for name in types_of(told(caller, "?types=order.*"))} == {"order"}
    chosen = told(caller, "?types=order.created,inventory.*&limit=1")
    assert types_of(chosen) == ["order.created"]
    assert chosen["next"].endswith(f"?types=order.created%2Cinventory.%2A&limit=1&after={chosen['position']}")
    assert types_of(told(caller, "?types=order.created,inventory.reserved")) == ["order.created", "inventory.reserved"]
    none = told(caller, "?types=order.shipped")
    assert (none["results"], none["is_all"]) == ([], True)
    assert none["position"] == told(caller)["position"]


def test_nobody_sees_what_is_anothers(caller: Caller, ours: Client) -> None:
    theirs = a_client("Theirs")
    an_order("draft", theirs)
    a_gift_card(theirs)
    a_book_order(theirs)
    an_order("draft", ours)
    a_gift_card(ours)
    logged()
    assert {each["clientid"] for each in told(caller, "?limit=100")["results"]} == {str(ours.pk)}
    assert "stored_value.issued" in types_of(told(caller, "?limit=100"))


def test_who_works_for_all_storefronts_sees_all_but_what_other_routes_show_to_the_owner_alone(ours: Client) -> None:
    an_order("draft", ours)
    a_gift_card(ours)
    a_book_order(ours)
    logged()
    office = Caller(a_client("Office", "back_office"), SCOPES)
    seen = [each for page in to_the_end(office, f"{FEED}?limit=100") for each in page["results"]]
    nouns = {each["type"].partition(".")[0] for each in seen}
    assert nouns >= {"order", "product", "location"}
    assert nouns.isdisjoint({"stored_value", "book_order", "client", "person", "role"})
    assert [each for each in seen if each["type"] == "product.created" and "clientid" in each] == []
    recorded = Event.objects.values_list("type", flat=True)
    assert {"stored_value.issued", "book_order.added"} <= set(recorded)


def test_a_key_without_the_scope_is_refused(ours: Client) -> None:
    for path in (FEED, TYPES, f"{TYPES}order.created/"):
        refused = problem(Caller(ours, ("orders:read",)).get(path), 403, "scope_missing")
        assert refused["missing_scope"] == "events:read"


@pytest.mark.parametrize(
    ("types", "named"),
    [
        ("order.nothing", "order.nothing"),
        ("order.created,ordr.*", "ordr.*"),
        ("person.*", "person.*"),
        ("*", "*"),
        ("order.c*", "order.c*"),
    ],
)
def test_a_name_that_no_event_can_have_is_refused_by_name(caller: Caller, types: str, named: str) -> None:
    refused = problem(caller.get(f"{FEED}?types={types}"), 400, "bad_request")
    assert refused["errors"] == [
        {
            "pointer": "?types",
            "code": "unknown",
            "detail": f"No event has the type {named!r}. GET /events/types/ lists them; order.* is all of order.",
        }
    ]
    assert {"order.*", "order.created"} <= set(refused["known"])
    assert "person.created" not in refused["known"]


def test_more_names_than_there_may_be_are_refused(caller: Caller) -> None:
    refused = problem(caller.get(f"{FEED}?types={','.join(['order.*'] * 51)}"), 400, "bad_request")
    assert refused["errors"][0]["code"] == "too_many"
    assert caller.get(f"{FEED}?types={','.join(['order.*'] * 50)}").status_code == 200


def test_a_position_that_the_log_has_not_come_to_is_refused_and_the_last_one_is_told(
    caller: Caller, ours: Client
) -> None:
    an_order("draft", ours)
    logged()
    newest = LogEntry.objects.count()
    assert told(caller, f"?after={newest}")["results"] == []
    for beyond in (newest + 1, 2**63 - 1):
        refused = problem(caller.get(f"{FEED}?after={beyond}"), 400, "bad_request")
        assert (refused["errors"][0]["code"], refused["newest"]) == ("not_reached", newest)


def test_a_page_takes_as_many_statements_however_long_it_is(caller: Caller, ours: Client) -> None:
    def statements(query: str) -> list[str]:
        with CaptureQueriesContext(connection) as queries:
            told(caller, query)
        return [each["sql"] for each in queries.captured_queries]

    for _ in range(5):
        an_order("draft", ours)
    logged()
    told(caller)  # a key's first use in an hour is noted
    position = told(caller, "?limit=100")["position"]
    assert len(statements("?limit=1")) == len(statements("?limit=100")) == 3
    assert len(statements(f"?after={position}")) == 3
    assert not any("COUNT(" in each.upper() for each in statements("?limit=2"))


def test_an_answer_is_not_kept(caller: Caller) -> None:
    assert caller.get(FEED).headers["Cache-Control"] == "no-store"


# Types


def test_every_type_that_clients_are_told_of_is_published_with_its_schema(caller: Caller) -> None:
    listed = {each["type"]: each for each in read(caller.get(TYPES))["results"]}
    assert {name for name in event_types() if not name.startswith(("person.", "role.", "client.", "pay"))} < set(listed)
    assert {"payment.captured", "order.deleted"} <= listed.keys()
    assert "person.created" not in listed
    assert listed["order.shipped"] == {
        "type": "order.shipped",
        "title": "Order shipped",
        "description": "",
        "schema_version": 1,
        "schema_versions": [1],
        "schema_url": f"http://testserver{TYPES}order.shipped/",
    }
    assert listed["order.updated"]["description"] == "`changed`: the names of the fields that have new values."


def test_an_event_is_valid_by_the_schema_that_is_published_of_its_type(caller: Caller, ours: Client) -> None:
    an_order("shipped", ours)
    logged()
    schemas = {each["type"]: each["schema_url"] for each in read(caller.get(TYPES))["results"]}
    events = told(caller, "?limit=100")["results"]
    assert len({each["type"] for each in events}) > 5
    for event in events:
        schema = read(caller.get(schemas[event["type"]].removeprefix("http://testserver")))
        Draft202012Validator(schema).validate(event)
        assert schema["properties"]["data"]["$id"] == event["dataschema"]
        assert not Draft202012Validator(schema).is_valid({**event, "type": "other.happened"})


@pytest.mark.parametrize("path", [TYPES, f"{TYPES}order.created/"])
def test_what_a_client_has_already_is_not_sent_again(caller: Caller, path: str) -> None:
    first = caller.get(path)
    assert first.headers["Cache-Control"] == "private, max-age=300"
    for tag in (first.headers["ETag"], f"W/{first.headers['ETag']}", f'"x", {first.headers["ETag"]}', "*"):
        again = caller.get(path, if_none_match=tag)
        assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", first.headers["ETag"])
    assert caller.get(path, if_none_match='"other"').content == first.content


@pytest.mark.parametrize("name", ["order.nothing", "person.created", "order.*", "x"])
def test_a_type_that_clients_are_not_told_of_is_not_found(caller: Caller, name: str) -> None:
    problem(caller.get(f"{TYPES}{name}/"), 404, "not_found")


def test_the_schema_of_events_that_were_recorded_before_a_change_stays(
    caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = f"{TYPES}order.created/"
    of_now = published().types["order.created"][1]
    changed = {**published().types, "order.created": {1: of_now, 2: {**of_now, "title": "Other"}}}
    monkeypatch.setattr("core.log.api.views.published", lambda: Published(changed, published().envelope))
    assert read(caller.get(path))["title"] == "Other"
    assert read(caller.get(f"{path}?schema_version=2")) == read(caller.get(path))
    old = read(caller.get(f"{path}?schema_version=1"))
    assert old["title"] == "Order created"
    assert old["properties"]["dataschema"]["const"] == "urn:quartermaster:event:order.created:1"
    refused = problem(caller.get(f"{path}?schema_version=3"), 400, "bad_request")
    assert refused["known"] == [1, 2]
