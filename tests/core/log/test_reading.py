"""Pages of the log."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.ids import new_id
from core.log import Page, read, reading
from core.models import Client, Event
from core.relay import fan_out
from tests.factories.core import a_client

pytestmark = pytest.mark.django_db


def logged(*types: str, client: Client | None = None) -> list[Event]:
    events = [
        Event.objects.create(type=type_, subject_type="x", subject_id=new_id(), version=1, client=client)
        for type_ in types
    ]
    fan_out()
    return events


def positions(page: Page) -> list[int]:
    return [position for position, _ in page.events]


def test_an_empty_log_is_read_to_where_one_was() -> None:
    assert read(0) == Page(events=[], reached=0, is_all=True)
    assert read(7) == Page(events=[], reached=7, is_all=True)


def test_pages_follow_one_another() -> None:
    events = logged("a.b", "a.c", "a.d")
    first = read(0, limit=2)
    assert first == Page(events=[(1, events[0]), (2, events[1])], reached=2, is_all=False)
    assert read(first.reached, limit=2) == Page(events=[(3, events[2])], reached=3, is_all=True)
    assert read(3) == Page(events=[], reached=3, is_all=True)


def test_a_page_that_holds_the_last_event_says_that_it_is_all() -> None:
    logged("a.b", "a.c")
    assert read(0, limit=2).is_all


def test_types_are_chosen_by_name_or_beginning_and_what_is_left_out_is_passed() -> None:
    logged("order.created", "stock.received", "order.held", "stock.received")
    page = read(0, patterns=["order.*"])
    assert (positions(page), page.reached, page.is_all) == ([1, 3], 4, True)
    assert positions(read(0, patterns=["stock.received", "order.created"])) == [1, 2, 4]
    first = read(0, patterns=["order.*"], limit=1)
    assert (positions(first), first.reached, first.is_all) == ([1], 1, False)


def test_a_client_reads_its_own_events_alone() -> None:
    ours, theirs = a_client(), a_client()
    logged("x.a", client=ours)
    logged("x.b", client=theirs)
    logged("x.c")
    logged("x.d", client=ours)
    page = read(0, client_id=ours.pk)
    assert (positions(page), page.reached) == ([1, 4], 4)
    assert positions(read(0)) == [1, 2, 3, 4]


def test_a_filter_that_hardly_anything_passes_gives_short_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "_SCAN", 3)
    logged("a.a", "a.a", "a.a", "a.a", "b.b")
    first = read(0, patterns=["b.b"])
    assert first == Page(events=[], reached=3, is_all=False)
    second = read(first.reached, patterns=["b.b"])
    assert (positions(second), second.reached, second.is_all) == ([5], 5, True)


def test_a_page_takes_two_statements_however_long() -> None:
    logged(*["a.b"] * 20)
    with CaptureQueriesContext(connection) as queries:
        read(0)
    assert len(queries) == 2
