"""The console's pages of loads: uploading a file, watching it, and what was rejected of it."""

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

from core.models import Client, Event
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
from tests.factories.trading import ACTOR, a_load, nothing_changes
from trading.actions import fail_load, queue_load
from trading.models import Load, RejectedRow
from trading.stores import object_store
from trading.tasks import run_loads

pytestmark = pytest.mark.django_db(transaction=True)

FILE = b"1,JPM,Buy,20,20\n2,JPM,Hold,1,1\n=1+1,JPM,Buy,0,1\n"
UPLOAD = list_button("trading.load", "upload")


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
    load = Load.objects.get()
    assert (load.client, load.status, load.size) == (client, "queued", len(FILE))
    assert Event.objects.get(subject_id=load.pk).actor_kind == "staff"
    assert run_loads() == 1
    page = told(browser.get(object_page("trading.load", load.pk)))
    assert "Finished: 1 added, 0 unchanged, 2 rejected" in page
    assert "The side is neither Buy nor Sell." in page
    assert "100 %" in page


def test_a_page_refreshes_itself_only_while_its_load_is_under_way(browser: Browser) -> None:
    upload(browser)
    page = object_page("trading.load", Load.objects.get().pk)
    assert 'id="rows-moving"' in browser.get(page).content.decode()
    assert "trading/loads.js" in browser.get(page).content.decode()
    run_loads()
    assert 'id="rows-moving"' not in browser.get(page).content.decode()


def test_the_same_form_sent_twice_makes_one_load(browser: Browser) -> None:
    token, client = a_token(), a_client()
    for _ in range(2):
        data = {"client": client.pk, "file": SimpleUploadedFile("orders.csv", FILE), "token": token}
        browser.post(UPLOAD, data)
    assert Load.objects.count() == 1


def test_a_form_without_a_file_or_with_one_too_large_makes_none(browser: Browser, settings: Settings) -> None:
    settings.LOAD_MAX_BYTES = 10
    with nothing_changes():
        assert upload(browser).status_code == 400
        assert browser.post(UPLOAD, {"client": a_client().pk, "token": a_token()}).status_code == 400


def test_rejected_rows_can_be_listed_and_downloaded(browser: Browser) -> None:
    upload(browser)
    run_loads()
    load = Load.objects.get()
    listed = told(browser.get(list_page("trading.rejectedrow", load__id__exact=load.pk)))
    assert "2,JPM,Hold,1,1" in listed
    response: Any = browser.get(reverse("admin:trading_load_rejects", args=[load.pk]))
    rows = list(csv.reader(io.StringIO(b"".join(response.streaming_content).decode(), newline="")))
    assert [row[3] for row in rows[1:]] == ["2", "'=1+1"]
    row = RejectedRow.objects.order_by("line")[0]
    assert "Hold" in told(browser.get(object_page("trading.rejectedrow", row.pk)))


def test_a_failed_load_can_be_queued_again_once_its_file_is_there(browser: Browser) -> None:
    load = a_load()
    queue_load(load.pk, size=len(FILE), actor=ACTOR)
    failed = fail_load(load.pk, failure="It was gone.", actor=ACTOR)
    address = button("trading.load", load.pk, "queue")
    with nothing_changes():
        said = told(browser.post(address, {"version": failed.version}, follow=True))
    assert "The store has no file of this load." in said
    object_store().save(load.object_key, io.BytesIO(FILE))
    browser.post(address, {"version": failed.version})
    load.refresh_from_db()
    assert load.status == "queued"


def test_a_command_s_load_is_not_queued_here(browser: Browser) -> None:
    load = a_load(object_key="command/a/b/1")
    fail_load(load.pk, failure="It was gone.", actor=ACTOR)
    page = told(browser.get(object_page("trading.load", load.pk)))
    assert "Its file was given to a command, not uploaded." in page


def test_who_may_only_look_can_neither_upload_nor_queue() -> None:
    browser = browser_of(a_staff_member("trading.view_load"))
    load = a_load()
    load = fail_load(load.pk, failure="It was gone.", actor=ACTOR)
    with nothing_changes():
        assert upload(browser).status_code == 403
        assert browser.post(button("trading.load", load.pk, "queue"), {"version": load.version}).status_code == 403
    assert browser.get(object_page("trading.load", load.pk)).status_code == 200
    stranger = browser_of(a_staff_member())
    assert stranger.get(reverse("admin:trading_load_rejects", args=[load.pk])).status_code == 403


def test_lists_take_as_many_statements_for_ten_loads_as_for_one(browser: Browser) -> None:
    def statements() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert browser.get(list_page("trading.load")).status_code == 200
        assert not [query for query in captured if "COUNT(" in query["sql"].upper()]
        return len(captured)

    a_load()
    statements()
    few = statements()
    for _ in range(9):
        a_load()
    assert statements() == few
