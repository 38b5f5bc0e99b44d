"""Imports over HTTP, with a bucket behind the S3 interface and with the folder that stands in for one."""

from __future__ import annotations

import csv
import io
import socket
from datetime import timedelta
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import orjson
import pytest
import time_machine
from django.test import Client as Browser
from django.utils import timezone
from pytest_django import Settings

from core.files import ObjectMissing, StoreUnavailable, object_store
from core.tasks import find_files, run_jobs
from tests.core.api.conftest import Caller
from tests.core.api.problem_checks import problem
from tests.factories.core import a_client, read, timeline
from tests.factories.trading import a_trader, queue
from tests.factories.watching import nothing_changes
from tests.trading.conftest import BUCKET
from tests.web import Web
from trading.models import BookImport

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("folder")]

IMPORTS = "/api/v1/book/imports/"
NOTIFICATIONS = f"{IMPORTS}notifications/"
HEADER = b"orderId,symbol,side,amount,price\n"
FILE = b"orderId,symbol,side,amount,price,source\n1,JPM,Buy,20,20,desk\n2,JPM,Buy,10,21,\n3,JPM,Hold,1,1,-2+3\n"


@pytest.fixture(autouse=True)
def _no_limits(settings: Settings) -> None:
    settings.RATE_LIMITS = None


@pytest.fixture
def trader() -> Caller:
    return a_trader()


@pytest.fixture
def notifier() -> Caller:
    return Caller(a_client("The store", "back_office"), ("book:notify",))


def opened(trader: Caller) -> dict[str, Any]:
    """A new import's document."""
    document: dict[str, Any] = read(trader.post(IMPORTS, {"name": "orders.csv"}), 201)
    return document


def put(upload: dict[str, Any], content: bytes = FILE) -> int:
    """The upload as it is told, over a connection of its own."""
    address = urlsplit(upload["url"])
    connection = HTTPConnection(address.netloc, timeout=10)
    try:
        connection.request(upload["method"], f"{address.path}?{address.query}", content, upload["headers"])
        return connection.getresponse().status
    finally:
        connection.close()


def put_here(upload: dict[str, Any], content: bytes = FILE, **environ: Any) -> Any:
    """As put(), to this very process."""
    browser = Browser(enforce_csrf_checks=True)
    return browser.generic(upload["method"], upload["url"], content, "text/csv", **environ)


def notification(*keys: str) -> dict[str, Any]:
    """As MinIO sends it: a wrapper around what S3 sends."""
    records = [
        {
            "eventVersion": "2.1", "eventSource": "aws:s3", "eventName": "ObjectCreated:Put",
            "s3": {"s3SchemaVersion": "1.0", "bucket": {"name": BUCKET}, "object": {"key": quote(key), "size": 1}},
        }
        for key in keys
    ]  # fmt: skip
    return {"EventName": "s3:ObjectCreated:Put", "Key": f"{BUCKET}/the first of them", "Records": records}


def key_of(job: dict[str, Any]) -> str:
    return BookImport.objects.get(pk=job["id"]).file_key


def notify(notifier: Caller, body: Any) -> Any:
    return read(notifier.post(NOTIFICATIONS, body, idempotency_key=""))


def of(trader: Caller, job: dict[str, Any]) -> dict[str, Any]:
    document: dict[str, Any] = read(trader.get(f"{IMPORTS}{job['id']}/"))
    return document


class TestABucket:
    def test_a_file_goes_from_its_presigned_upload_into_the_book(
        self, bucket: Any, trader: Caller, notifier: Caller
    ) -> None:
        job = opened(trader)
        assert job["upload"]["url"].startswith(bucket.meta.endpoint_url)
        assert put(job["upload"]) == 200
        assert of(trader, job)["status"] == "waiting"
        assert notify(notifier, notification(key_of(job))) == {"queued": [job["id"]], "ignored": []}
        assert of(trader, job)["status"] == "queued"
        assert run_jobs() == 1
        done = of(trader, job)
        assert (done["status"], done["progress"], done["upload"]) == ("finished", 1.0, None)
        assert (done["added"], done["unchanged"], done["rejected"], done["size"]) == (2, 0, 1, len(FILE))
        assert queue() == [("1", 20, 20), ("2", 10, 21)]
        assert timeline(done["id"]) == ["job.opened", "job.queued", "job.started", "job.finished"]

    def test_a_repeated_notification_changes_nothing(self, bucket: Any, trader: Caller, notifier: Caller) -> None:
        job = opened(trader)
        put(job["upload"])
        notify(notifier, notification(key_of(job)))
        with nothing_changes():
            again = notify(notifier, notification(key_of(job), key_of(job)))
        assert again == {"queued": [], "ignored": [key_of(job)]}

    def test_what_a_notification_claims_is_asked_of_the_store(
        self, bucket: Any, trader: Caller, notifier: Caller
    ) -> None:
        job = opened(trader)
        keys = [key_of(job), "imports/none.csv", "a key+with ümlaut", "nul\x00"]
        with nothing_changes():
            assert notify(notifier, notification(*keys)) == {"queued": [], "ignored": keys}

    def test_a_lost_notification_is_made_up_for_by_the_sweep(self, bucket: Any, trader: Caller) -> None:
        job = opened(trader)
        assert find_files() == 0
        put(job["upload"])
        assert (find_files(), find_files()) == (1, 0)
        run_jobs()
        assert of(trader, job)["status"] == "finished"

    def test_a_run_goes_on_from_the_byte_where_the_last_ended(
        self, bucket: Any, trader: Caller, settings: Settings
    ) -> None:
        settings.IMPORT_BATCH_ROWS = 10
        rows = HEADER + b"".join(b"%d,JPM,Buy,1,1\n" % number for number in range(95))
        job = opened(trader)
        put(job["upload"], rows)
        find_files()
        with object_store().open(key_of(job), at=len(rows) - 5) as rest:
            assert rest.read() == rows[-5:]
        with object_store().open(key_of(job), at=len(rows)) as rest:
            assert rest.read() == b""
        run_jobs()
        assert of(trader, job)["added"] == 95

    def test_a_file_that_is_gone_fails_the_import_in_words(self, bucket: Any, trader: Caller) -> None:
        job = opened(trader)
        put(job["upload"])
        find_files()
        bucket.delete_object(Bucket=BUCKET, Key=key_of(job))
        assert run_jobs() == 1
        failed = of(trader, job)
        assert (failed["status"], failed["failure"]) == ("failed", "The store has no such file any more.")

    def test_what_is_saved_can_be_read_and_what_is_not_there_is_missing(self, bucket: Any) -> None:
        store = object_store()
        assert store.save("imports/a.csv", io.BytesIO(FILE)) == store.size("imports/a.csv") == len(FILE)
        assert store.size("imports/b.csv") is None
        with pytest.raises(ObjectMissing):
            store.open("imports/b.csv")

    def test_a_store_that_is_down_fails_no_import(self, bucket: Any, trader: Caller, settings: Settings) -> None:
        job = opened(trader)
        put(job["upload"])
        find_files()
        settings.OBJECT_STORE_URL = "http://127.0.0.1:1"
        with pytest.raises(StoreUnavailable):
            object_store().size("a")
        assert run_jobs() == 0
        assert of(trader, job)["status"] == "running"


class TestTheFolder:
    def test_a_file_goes_from_its_upload_into_the_book_without_a_notification(self, trader: Caller) -> None:
        job = opened(trader)
        assert job["upload"]["url"].startswith("http://testserver/uploads/file?token=")
        assert put_here(job["upload"]).status_code == 200
        assert of(trader, job)["status"] == "queued"
        assert run_jobs() == 1
        assert (of(trader, job)["added"], queue()) == (2, [("1", 20, 20), ("2", 10, 21)])

    def test_an_upload_is_taken_once(self, trader: Caller) -> None:
        job = opened(trader)
        put_here(job["upload"])
        with nothing_changes():
            assert put_here(job["upload"], b"other").status_code == 404
        assert object_store().size(key_of(job)) == len(FILE)

    def test_an_upload_expires(self, trader: Caller, folder: Any) -> None:
        job = opened(trader)
        with time_machine.travel(timezone.now() + timedelta(minutes=61)), nothing_changes():
            assert put_here(job["upload"]).status_code == 404
        assert not folder.exists()

    def test_a_forged_upload_is_not_found(self, trader: Caller) -> None:
        job = opened(trader)
        job["upload"]["url"] = job["upload"]["url"][:-3]
        assert read(put_here(job["upload"]), 404)["code"] == "not_found"

    @pytest.mark.parametrize("content", [FILE, b""])
    def test_an_upload_that_does_not_say_how_long_it_is_is_refused_and_leaves_nothing(
        self, trader: Caller, folder: Path, content: bytes
    ) -> None:
        job = opened(trader)
        with nothing_changes():
            refused = problem(put_here(job["upload"], content, CONTENT_LENGTH=""), 411, "length_required")
        assert (refused["detail"], refused["unblock"]) == (
            "The upload has no Content-Length; a file is not taken in chunks of unknown number.",
            "Send the file with its length, as curl does for a file that it is given by name.",
        )
        assert not folder.exists()
        assert put_here(job["upload"]).status_code == 200

    @pytest.mark.parametrize(
        ("content", "told"),
        [(b"", "The file is empty. The first row names "), (b"1,JPM,Buy,20,20\n", "The file has no header: ")],
    )
    def test_a_file_without_a_header_fails_and_says_which_columns_are_needed(
        self, trader: Caller, content: bytes, told: str
    ) -> None:
        job = opened(trader)
        assert put_here(job["upload"], content, CONTENT_LENGTH=str(len(content))).status_code == 200
        assert run_jobs() == 1
        done = of(trader, job)
        assert (done["status"], done["size"], done["added"]) == ("failed", len(content), 0)
        assert done["failure"].startswith(told)
        assert done["failure"].endswith("in any order: orderId, symbol, side, amount, price and, if wanted, source.")

    @pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
    def test_only_put_is_taken(self, trader: Caller, method: str) -> None:
        upload = {**opened(trader)["upload"], "method": method}
        assert put_here(upload).status_code == 405

    def test_a_file_that_is_too_large_is_refused_and_leaves_nothing(
        self, trader: Caller, settings: Settings, folder: Any
    ) -> None:
        settings.IMPORT_MAX_BYTES = 50
        job = opened(trader)
        with nothing_changes():
            assert read(put_here(job["upload"]), 413)["code"] == "file_too_large"
        assert list(folder.rglob("*.*")) == []

    def test_the_real_server_takes_large_uploads_and_none_that_is_cut_short_or_in_chunks(
        self, trader: Caller, folder: Any
    ) -> None:
        rows = b"".join(b"%d,JPM,Buy,1,1,%s\n" % (number, b"x" * 60) for number in range(60_000))
        web = Web(folder.parent / "web.log", workers=1, DATA_DIR=str(folder.parent))
        try:
            web.wait_until_it_answers()
            job = opened(trader)
            job["upload"]["url"] = job["upload"]["url"].replace("testserver", f"127.0.0.1:{web.port}")
            assert b" 400 " in half_sent(job["upload"], rows)
            assert in_chunks(job["upload"], FILE) == (411, "length_required")
            assert of(trader, job)["status"] == "waiting"
            assert list(folder.rglob("*.*")) == []
            assert put(job["upload"], rows) == 200
        finally:
            web.close()
        assert of(trader, job)["size"] == len(rows)


def half_sent(upload: dict[str, Any], content: bytes) -> bytes:
    """The first line of the answer to an upload whose sender goes away in the middle."""
    address = urlsplit(upload["url"])
    with socket.create_connection((address.hostname, address.port), timeout=10) as connection:
        head = f"PUT {address.path}?{address.query} HTTP/1.1\r\nHost: {address.netloc}\r\n"
        connection.sendall(f"{head}Content-Length: {len(content)}\r\n\r\n".encode() + content[: len(content) // 2])
        connection.shutdown(socket.SHUT_WR)
        return connection.makefile("rb").readline()


def in_chunks(upload: dict[str, Any], content: bytes) -> tuple[int, str]:
    """Status and code of the answer to an upload whose sender doesn't know how long it will be."""
    address = urlsplit(upload["url"])
    connection = HTTPConnection(address.netloc, timeout=10)
    try:
        connection.request("PUT", f"{address.path}?{address.query}", iter([content[:20], content[20:]]))
        response = connection.getresponse()
        return response.status, orjson.loads(response.read())["code"]
    finally:
        connection.close()


class TestTheRoutes:
    def test_an_import_waits_for_its_file(self, trader: Caller) -> None:
        response = trader.post(IMPORTS, {"name": "orders.csv"})
        job = read(response, 201)
        assert response.headers["Location"] == f"{IMPORTS}{job['id']}/"
        assert (job["status"], job["progress"], job["size"]) == ("waiting", 0.0, 0)
        assert (job["upload"]["method"], job["upload"]["headers"]) == ("PUT", {})
        assert of(trader, job)["upload"]["expires_at"] >= job["upload"]["expires_at"]

    def test_a_repeated_request_makes_one_import(self, trader: Caller) -> None:
        first, again = [trader.post(IMPORTS, {"name": "a"}, idempotency_key="k").content for _ in range(2)]
        assert (first, BookImport.objects.count()) == (again, 1)

    def test_imports_are_listed_newest_first_without_their_uploads(self, trader: Caller) -> None:
        ids = [opened(trader)["id"] for _ in range(3)]
        listed = read(trader.get(IMPORTS))["results"]
        assert [job["id"] for job in listed] == ids[::-1]
        assert "upload" not in listed[0]

    def test_rejected_rows_are_a_csv_without_formulas(self, trader: Caller) -> None:
        job = opened(trader)
        put_here(job["upload"])
        run_jobs()
        response: Any = trader.browser.get(
            f"{IMPORTS}{job['id']}/rejects/", headers={"authorization": f"Bearer {trader.token}", "accept": "text/csv"}
        )
        assert response.status_code == 200
        assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
        assert response.headers["Content-Disposition"] == f'attachment; filename="{job["id"]}.rejects.csv"'
        rows = list(csv.reader(io.StringIO(b"".join(response.streaming_content).decode(), newline="")))
        assert rows[1:] == [
            ["4", "side", "The side is neither Buy nor Sell.", "3", "JPM", "Hold", "1", "1", "'-2+3"]
        ]  # fmt: skip

    def test_another_client_s_imports_are_not_found(self, trader: Caller) -> None:
        job = opened(a_trader())
        for path in ("", "rejects/"):
            assert read(trader.get(f"{IMPORTS}{job['id']}/{path}"), 404)["code"] == "not_found"
        assert read(trader.get(IMPORTS))["results"] == []

    @pytest.mark.parametrize(
        ("method", "path", "scope"),
        [
            ("GET", IMPORTS, "book:read"),
            ("POST", IMPORTS, "book:write"),
            ("GET", f"{IMPORTS}0197fb20-0000-7000-8000-000000000000/", "book:read"),
            ("GET", f"{IMPORTS}0197fb20-0000-7000-8000-000000000000/rejects/", "book:read"),
            ("POST", NOTIFICATIONS, "book:notify"),
        ],
    )
    def test_each_needs_its_scope(self, method: str, path: str, scope: str) -> None:
        stranger = Caller(a_client(), ("orders:read",))
        assert read(stranger.send(method, path, {}), 403)["missing_scope"] == scope

    @pytest.mark.parametrize("body", [{}, {"name": ""}, {"name": "x" * 201}, {"name": 1}, {"name": "a", "key": "b"}])
    def test_an_import_needs_a_name_and_nothing_else(self, trader: Caller, body: dict[str, Any]) -> None:
        with nothing_changes():
            assert trader.post(IMPORTS, body).status_code == 400

    @pytest.mark.parametrize(
        "body", [None, [], {}, {"Records": {}}, {"Records": [1]}, {"Records": [{"s3": {"object": {"key": 7}}}]}]
    )
    def test_a_notification_without_keys_is_refused(self, notifier: Caller, body: Any) -> None:
        assert notifier.post(NOTIFICATIONS, body).status_code == 400

    def test_the_store_s_own_test_and_an_empty_notification_are_taken(self, notifier: Caller) -> None:
        test = {"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": BUCKET}
        assert notify(notifier, test) == notify(notifier, notification()) == {"queued": [], "ignored": []}


def test_an_import_that_no_file_comes_for_fails_after_a_day(trader: Caller) -> None:
    job = opened(trader)
    with time_machine.travel(timezone.now() + timedelta(hours=25)):
        assert find_files() == 1
    assert BookImport.objects.get(pk=job["id"]).failure == "No file came within a day."


def test_each_listed_import_costs_no_statement_of_its_own(trader: Caller, django_assert_num_queries: Any) -> None:
    opened(trader)
    trader.get(IMPORTS)
    with django_assert_num_queries(2):
        trader.get(IMPORTS)
    for _ in range(5):
        opened(trader)
    with django_assert_num_queries(2):
        trader.get(IMPORTS)
