"""The console's pages of jobs: what they show, and the buttons that pause, resume and cancel."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core.models import Event, Job
from tests.core.jobs.conftest import Counting
from tests.core.jobs.test_running import nothing_changes, run
from tests.factories.core import a_client, a_job, timeline
from tests.factories.staff import a_staff_member, a_superuser, a_token, browser_of, button, list_page, object_page, told

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("counting")]


@pytest.fixture
def browser() -> Browser:
    return browser_of(a_superuser())


def press(browser: Browser, job: Job, name: str) -> str:
    job.refresh_from_db()
    sent = {"version": job.version, "token": a_token()}
    return told(browser.post(button("core.job", job.pk, name), sent, follow=True))


def test_a_page_tells_who_started_a_job_what_it_did_and_what_was_set_aside(
    browser: Browser, counting: Counting
) -> None:
    counting.refuses = {10}
    job = run(a_job(client=a_client("Desk"), total=30, options={"location": "MAIN"}))
    page = told(browser.get(object_page("core.job", job.pk)))
    for words in (
        "Counting",
        "Desk",
        "system:test",
        "Location MAIN",
        "100 %",
        "No 10.",
        "20 added, 0 unchanged, 1 rej",
    ):
        assert words in page, words
    response: Any = browser.get(reverse("admin:core_job_rejects", args=[job.pk]))
    assert b"11,refused,No 10.,row,10" in b"".join(response.streaming_content)


def test_a_job_is_paused_resumed_and_cancelled_by_whoever_presses_the_buttons(browser: Browser) -> None:
    job = a_job(total=30)
    assert "is paused" in press(browser, job, "pause")
    assert "goes on where it was" in press(browser, job, "resume")
    assert "is cancelled" in press(browser, job, "cancel")
    assert timeline(job.pk) == ["job.opened", "job.queued", "job.paused", "job.resumed", "job.cancelled"]
    assert set(Event.objects.filter(version__gt=2).values_list("actor_kind", flat=True)) == {"staff"}


@pytest.mark.parametrize(
    ("status", "offered"),
    [
        ("waiting", {"Cancel"}),
        ("queued", {"Pause", "Cancel"}),
        ("paused", {"Resume", "Cancel"}),
        ("finished", set()),
    ],
)
def test_a_page_offers_what_can_be_done_now(browser: Browser, status: str, offered: set[str]) -> None:
    job = a_job(total=None if status == "waiting" else 10)
    if status == "paused":
        press(browser, job, "pause")
    elif status == "finished":
        run(job)
    page = browser.get(object_page("core.job", job.pk)).content.decode()
    names = {"Pause", "Resume", "Cancel", "Queue again"}
    assert {name for name in names if f"/do/{name.lower().split()[0]}/" in page} == offered


def test_a_command_s_job_is_resumed_by_its_command(browser: Browser) -> None:
    job = a_job(total=30, file_key="command/x/y/1")
    press(browser, job, "pause")
    page = told(browser.get(object_page("core.job", job.pk)))
    assert "Give the command again with the same file" in page


def test_a_job_of_a_kind_that_is_gone_is_still_shown(browser: Browser) -> None:
    job = a_job(kind="gone", total=30)
    assert "gone" in told(browser.get(list_page("core.job")))
    assert browser.get(object_page("core.job", job.pk)).status_code == 200
    assert browser.get(reverse("admin:core_job_rejects", args=[job.pk])).status_code == 200


def test_who_may_only_look_can_stop_nothing() -> None:
    job = a_job(total=30)
    browser = browser_of(a_staff_member("core.view_job"))
    with nothing_changes():
        for name in ("pause", "cancel"):
            response = browser.post(button("core.job", job.pk, name), {"version": job.version, "token": a_token()})
            assert response.status_code == 403
    assert browser.get(object_page("core.job", job.pk)).status_code == 200
    assert browser_of(a_staff_member()).get(reverse("admin:core_job_rejects", args=[job.pk])).status_code == 403


def test_a_list_takes_as_many_statements_for_ten_jobs_as_for_one(browser: Browser) -> None:
    def statements() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert browser.get(list_page("core.job")).status_code == 200
        assert not [query for query in captured if "COUNT(" in query["sql"].upper()]
        return len(captured)

    a_job()
    statements()
    few = statements()
    for _ in range(9):
        a_job()
    assert statements() == few
