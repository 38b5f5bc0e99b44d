"""Stores of files: when they are asked, and with whose keys."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson
import psycopg
import pytest
from django.utils import timezone
from pytest_django import Settings

from core.files import object_store
from core.transactions import UnitOfWorkError, unit_of_work
from tests.core.api.problem_checks import problem
from tests.core.children import environment
from tests.factories.core import read
from tests.factories.trading import a_trader
from tests.factories.watching import nothing_changes
from trading.models import BookImport

pytestmark = pytest.mark.django_db(transaction=True)

IMPORTS = "/api/v1/book/imports/"
_IN_TRANSACTIONS = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
    AND xact_start IS NOT NULL
"""


class Role:
    """What a machine of the cloud asks for the keys of its role. They last for less than boto3 keeps keys, so that it
    comes for new ones each time. `waiting` are the transactions that were open as it was asked."""

    def __init__(self) -> None:
        self.asked = 0
        self.waiting: list[int] = []
        self.refuses = False
        self._database = psycopg.connect(environment()["DATABASE_URL"], autocommit=True)
        role = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                role.note()
                self.send_response(500 if role.refuses else 200)
                self.end_headers()
                self.wfile.write(role.keys())

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/keys"

    def note(self) -> None:
        self.asked += 1
        row = self._database.execute(_IN_TRANSACTIONS).fetchone()
        assert row is not None
        self.waiting.append(row[0])

    def keys(self) -> bytes:
        expires_at = timezone.now() + timedelta(minutes=5)
        return orjson.dumps(
            {
                "AccessKeyId": f"ROLE{self.asked}", "SecretAccessKey": "secret", "Token": "token",
                "Expiration": expires_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            }
        )  # fmt: skip

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._database.close()


@pytest.fixture
def role(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Role]:
    """A bucket without configured keys, on a machine that has a role."""
    given = Role()
    settings.OBJECT_STORE_BUCKET, settings.OBJECT_STORE_URL = "of-a-role", given.url
    settings.OBJECT_STORE_ACCESS_KEY = settings.OBJECT_STORE_SECRET_KEY = ""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, "/dev/null")
    monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", given.url)
    yield given
    given.close()


def signed_by(job: dict[str, Any]) -> str:
    query = parse_qs(urlsplit(str(job["upload"]["url"])).query)
    return query["X-Amz-Credential"][0].partition("/")[0]


def test_a_role_is_asked_for_its_keys_while_no_transaction_is_open(role: Role) -> None:
    trader = a_trader()
    imports = [read(trader.post(IMPORTS, {"name": "a.csv"}), 201) for _ in range(3)]
    again = read(trader.get(f"{IMPORTS}{imports[0]['id']}/"))
    signers = [signed_by(job) for job in [*imports, again]]
    assert (len(set(signers)), signers[-1]) == (4, f"ROLE{role.asked}")
    assert role.waiting == [0] * role.asked


def test_keys_that_cannot_be_had_are_503_and_nothing_is_stored(role: Role) -> None:
    role.refuses = True
    trader = a_trader()
    with nothing_changes():
        problem(trader.post(IMPORTS, {"name": "a.csv"}), 503, "store_unavailable")


def test_within_a_unit_of_work_there_is_no_store(role: Role) -> None:
    with pytest.raises(UnitOfWorkError), unit_of_work():
        object_store()
    assert role.asked == 0


def test_an_upload_is_named_by_its_import() -> None:
    job = read(a_trader().post(IMPORTS, {"name": "a.csv"}), 201)
    assert BookImport.objects.get().file_key == f"jobs/{job['id']}"
