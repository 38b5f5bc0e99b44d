"""The console's pages of imports: uploading a file, watching it, and what was rejected of it."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django import Settings

from core.files import object_store
from core.jobs.actions import fail_job, queue_job
from core.models import Client, Event, RejectedRow
from core.tasks import run_jobs
from tests.factories.core import a_client
from tests.factories.staff import (
    a_staff_member,
    a_superuser,
    a_token,
    browser_of,
    button,
    list_button,
    list_page,
    object_page,
    told,
)
from tests.factories.trading import ACTOR, an_import
from tests.factories.watching import nothing_changes
from trading.models import BookImport

pytestmark = pytest.mark.django_db(transaction=True)

HEADER = b"orderId,symbol,side,amount,price\n"
FILE = HEADER + b"1,JPM,Buy,20,20\n2,JPM,Hold,1,1\n=1+1,JPM,Buy,0,1\n"
UPLOAD = list_button("trading.bookimport", "upload")


@pytest.fixture(autouse=True)
def _own_folder(settings: Settings, tmp_path: Any) -> None:
    settings.DATA_DIR = tmp_path


@pytest.fixture
def browser() -> Browser:
    return browser_of(a_superuser())


def upload(browser: Browser, content: bytes = FILE, client: Client | None = None) -> Any:
    client = client or a_client()
    data = {"client": client.pk, "file": SimpleUploadedFile("orders.csv", content), "token": a_token()}
    return browser.post(UPLOAD, data, follow=True)


def test_an_uploaded_file_is_queued_read_and_told_about(browser: Browser) -> None:
    client = a_client("Desk")
    page = told(upload(browser, client=client))
    assert "orders.csv is uploaded, and read from here on." in page
    job = BookImport.objects.get()
    assert (job.client, job.status, job.total) == (client, "queued", len(FILE))
    assert set(Event.objects.filter(subject_id=job.pk).values_list("actor_kind", flat=True)) == {"staff"}
    assert job.actor.kind == "staff"
    assert run_jobs() == 1
    page = told(browser.get(object_page("trading.bookimport", job.pk)))
    assert "Finished: 1 added, 0 unchanged, 2 rejected" in page
    assert "The side is neither Buy nor Sell." in page
    assert "100 %" in page


def test_a_page_refreshes_itself_only_while_its_import_is_under_way(browser: Browser) -> None:
    upload(browser)
    page = object_page("trading.bookimport", BookImport.objects.get().pk)
    assert 'id="job-moving"' in browser.get(page).content.decode()
    assert "console/jobs.js" in browser.get(page).content.decode()
    run_jobs()
    assert 'id="job-moving"' not in browser.get(page).content.decode()


def test_the_same_form_sent_twice_makes_one_import(browser: Browser) -> None:
    token, client = a_token(), a_client()
    for _ in range(2):
        data = {"client": client.pk, "file": SimpleUploadedFile("orders.csv", FILE), "token": token}
        browser.post(UPLOAD, data)
    assert BookImport.objects.count() == 1


def test_a_form_without_a_file_or_with_one_too_large_makes_none(browser: Browser, settings: Settings) -> None:
    settings.IMPORT_MAX_BYTES = 10
    client = a_client()
    with nothing_changes():
        assert upload(browser, client=client).status_code == 400
        assert browser.post(UPLOAD, {"client": client.pk, "token": a_token()}).status_code == 400


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"1,JPM,Buy,20,20\n", "The file has no header: its first row names none of the columns."),
        (HEADER.replace(b"price", b"<b>prize"), "It has unknown columns: &lt;b&gt;prize."),
        (b"\xff\xfe1\x00", "The first row cannot be read. The row contains a NUL character."),
    ],
)
def test_a_file_of_other_columns_is_refused_in_the_form(browser: Browser, content: bytes, told: str) -> None:
    client = a_client()
    with nothing_changes():
        response = upload(browser, content, client)
    assert response.status_code == 400
    assert told in response.content.decode()
    assert "in any order: orderId, symbol, side, amount, price and, if wanted, source." in response.content.decode()


def test_a_large_file_is_looked_at_and_then_stored_whole(browser: Browser) -> None:
    content = HEADER + b"".join(b"%d,JPM,Buy,1,1\n" % number for number in range(200_000))
    upload(browser, content)
    job = BookImport.objects.get()
    with object_store().open(job.file_key) as stored:
        assert stored.read() == content


def test_rejected_rows_can_be_listed_and_downloaded(browser: Browser) -> None:
    upload(browser)
    run_jobs()
    job = BookImport.objects.get()
    listed = told(browser.get(list_page("core.rejectedrow", job__id__exact=job.pk)))
    assert "2,JPM,Hold,1,1" in listed
    response: Any = browser.get(reverse("admin:trading_bookimport_rejects", args=[job.pk]))
    rows = list(csv.reader(io.StringIO(b"".join(response.streaming_content).decode(), newline="")))
    assert [row[3] for row in rows[1:]] == ["2", "'=1+1"]
    row = RejectedRow.objects.order_by("line")[0]
    assert "Hold" in told(browser.get(object_page("core.rejectedrow", row.pk)))


def test_a_failed_import_can_be_queued_again_once_its_file_is_there(browser: Browser) -> None:
    job = an_import()
    queue_job(job.pk, total=len(FILE), actor=ACTOR)
    failed = fail_job(job.pk, failure="It was gone.", actor=ACTOR)
    address = button("trading.bookimport", job.pk, "queue")
    with nothing_changes():
        said = told(browser.post(address, {"version": failed.version, "token": a_token()}, follow=True))
    assert "The store has no such file any more." in said
    object_store().save(job.file_key, io.BytesIO(FILE))
    browser.post(address, {"version": failed.version, "token": a_token()})
    job.refresh_from_db()
    assert job.status == "queued"


def test_a_command_s_import_is_not_queued_here(browser: Browser) -> None:
    job = an_import(file_key="command/a/b/1")
    fail_job(job.pk, failure="It was gone.", actor=ACTOR)
    page = told(browser.get(object_page("trading.bookimport", job.pk)))
    assert "Its file lies where its command was given." in page


def test_who_may_only_look_can_neither_upload_nor_queue() -> None:
    browser = browser_of(a_staff_member("trading.view_bookimport"))
    job = fail_job(an_import().pk, failure="It was gone.", actor=ACTOR)
    with nothing_changes():
        assert upload(browser, client=job.client).status_code == 403
        assert browser.post(button("trading.bookimport", job.pk, "queue"), {"version": job.version}).status_code == 403
    assert browser.get(object_page("trading.bookimport", job.pk)).status_code == 200
    stranger = browser_of(a_staff_member())
    assert stranger.get(reverse("admin:trading_bookimport_rejects", args=[job.pk])).status_code == 403


def test_lists_take_as_many_statements_for_ten_imports_as_for_one(browser: Browser) -> None:
    def statements() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert browser.get(list_page("trading.bookimport")).status_code == 200
        assert not [query for query in captured if "COUNT(" in query["sql"].upper()]
        return len(captured)

    an_import()
    statements()
    few = statements()
    for _ in range(9):
        an_import()
    assert statements() == few
