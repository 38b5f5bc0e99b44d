"""The console's pages of sinks."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from core.authorities import SYSTEM_VIEW
from core.models import Event, Sink
from core.sinks.actions import pause_sink
from core.sinks.working import work
from tests.core.sinks.sinks import a_sink_of, logged, row
from tests.factories.core import ACTOR, a_sink, timeline
from tests.factories.staff import a_staff_member, a_superuser, a_token, browser_of, button, list_page, object_page, told
from tests.factories.watching import nothing_changes

pytestmark = pytest.mark.django_db(transaction=True)

DOWN = a_sink_of("memory://ann:secret@down/place?types=order.*,stock.*", "down")


@pytest.fixture(autouse=True)
def sinks(settings: Settings) -> None:
    settings.EVENT_SINKS = {"down": DOWN, "test": a_sink_of("memory://good")}


@pytest.fixture
def browser() -> Browser:
    return browser_of(a_superuser())


def press(browser: Browser, sink: Sink, name: str, **typed: object) -> str:
    sink.refresh_from_db()
    sent = {"version": sink.version, "token": a_token(), **typed}
    return told(browser.post(button("core.sink", sink.pk, name), sent, follow=True))


def test_the_list_tells_how_each_sink_stands_in_as_many_statements_however_many(browser: Browser) -> None:
    a_sink("gone")
    with CaptureQueriesContext(connection) as few:
        browser.get(list_page("core.sink"))
    logged(1200)
    work(DOWN)
    work(a_sink_of("memory://good"))
    paused = a_sink("paused")
    pause_sink(paused.pk, actor=ACTOR)
    with CaptureQueriesContext(connection) as many:
        page = told(browser.get(list_page("core.sink")))
    assert len(few) == len(many)
    for words in ("gone Not in EVENT_SINKS 0 1,200", "down Failing 0 1,200", "test Waiting 1,200 0"):
        assert words in page, words
    failing = told(browser.get(list_page("core.sink"), {"failing": "yes"}))
    assert "nobody listens" in failing
    assert "gone" not in failing


def test_a_page_tells_where_it_sends_and_why_it_fails_without_the_password(browser: Browser) -> None:
    logged(3)
    work(DOWN)
    page = told(browser.get(object_page("core.sink", row("down").pk)))
    for words in (
        "memory://down/place",
        "order.*, stock.*",
        "structured",
        "Last error ConnectionRefusedError",
        "Failures 1",
        "Behind by",
    ):
        assert words in page, words
    assert "secret" not in page


def test_a_page_draws_what_was_confirmed_and_what_failed_by_the_hour(browser: Browser) -> None:
    logged(3)
    work(DOWN)
    work(a_sink_of("memory://good"))
    failing = told(browser.get(object_page("core.sink", row("down").pk)))
    assert "24 hours: 1 failed. At most 1 in an hour" in failing
    assert "Events confirmed by hour, last 24 hours None in this time." in failing
    assert "24 hours: 3 confirmed. At most 3 in an hour" in told(browser.get(object_page("core.sink", row("test").pk)))


def test_a_sink_is_paused_resumed_and_repositioned_by_whoever_presses_the_buttons(browser: Browser) -> None:
    logged(3)
    sink = a_sink("test")
    assert "test is paused" in press(browser, sink, "pause")
    assert "The sink is paused already." in told(browser.get(object_page("core.sink", sink.pk)))
    assert "is sent what came meanwhile" in press(browser, sink, "resume")
    assert "goes on after position 2" in press(browser, sink, "reposition", after=2)
    assert row().position == 2
    assert timeline(sink.pk) == ["sink.paused", "sink.resumed", "sink.repositioned"]
    assert set(Event.objects.filter(subject_id=sink.pk).values_list("actor_kind", flat=True)) == {"staff"}
    page = told(browser.get(object_page("core.sink", sink.pk)))
    assert "Goes on after position 2, not 0" in page


def test_a_position_that_the_log_does_not_have_is_told_at_its_field(browser: Browser) -> None:
    logged(3)
    sink = a_sink("test")
    with nothing_changes():
        answer = press(browser, sink, "reposition", after=4)
    assert "The log has positions up to 3; 0 is before the first." in answer


def test_who_may_not_manage_sinks_sees_them_without_buttons(browser: Browser) -> None:
    sink = a_sink("test")
    viewer = browser_of(a_staff_member(*SYSTEM_VIEW.permissions))
    page = told(viewer.get(object_page("core.sink", sink.pk)))
    assert "Standing" in page
    assert "Continue from" not in page
    with nothing_changes():
        answer = viewer.post(button("core.sink", sink.pk, "pause"), {"version": 0, "token": a_token()})
    assert answer.status_code == 403
