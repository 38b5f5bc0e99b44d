"""The API against its own OpenAPI document: schemathesis, with all of its checks, and the product's own gunicorn."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest
from pytest_django import Settings

from core.authority import scopes
from core.clients import issue_key
from core.models import Client, ClientKind
from tests.core.children import ROOT, environment
from tests.factories.core import ACTOR, a_client
from tests.factories.world import a_world
from tests.web import Web

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

SECONDS = {ClientKind.BACK_OFFICE: 180, ClientKind.STOREFRONT: 120}
SEED = int(os.environ.get("SCHEMATHESIS_SEED", "1"))
"""The same each time, so that what CI refuses can be had again; another one looks elsewhere."""
HERE = Path(__file__).parent / "schemathesis"


@pytest.fixture(autouse=True)
def product_routes(settings: Settings) -> None:
    settings.ROOT_URLCONF = "config.urls"


@pytest.fixture
def storefront() -> Client:
    return a_client("North")


@pytest.fixture
def web(tmp_path: Path, storefront: Client) -> Iterator[Web]:
    server = Web(tmp_path / "web.log", workers=2, RATE_LIMIT_READ="")
    server.wait_until_it_answers()
    yield server
    server.close()


@pytest.mark.parametrize("kind", SECONDS)
def test_minutes_of_schemathesis_find_nothing_that_is_not_explained(
    web: Web, storefront: Client, tmp_path: Path, kind: ClientKind
) -> None:
    """With every scope that a client of this kind can have; what there is belongs to the storefront."""
    fitting = [scope.name for scope in scopes() if kind in scope.kinds]
    asking = storefront if kind == ClientKind.STOREFRONT else a_client("Office", kind)
    token = issue_key(asking.pk, scopes=fitting, actor=ACTOR)[1]
    address = f"http://127.0.0.1:{web.port}/api/schema/"
    run = subprocess.run(
        [
            Path(sys.executable).with_name("schemathesis"), "--config-file", HERE / "schemathesis.toml", "run", address,
            "--header", f"Authorization: Bearer {token}", "--max-time", str(SECONDS[kind]), "--checks", "all",
            "--continue-on-failure", "--generation-database", "none", "--seed", str(SEED), "--no-color",
        ],
        cwd=ROOT,
        env=environment(
            SCHEMATHESIS_HOOKS="tests.core.api.schemathesis.hooks",
            SCHEMATHESIS_WORLD=orjson.dumps(a_world(storefront)).decode(),
        ),
        capture_output=True,
        text=True,
        timeout=SECONDS[kind] * 3,
        check=False,
    )  # fmt: skip
    (tmp_path / "schemathesis.log").write_text(run.stdout)
    assert run.returncode == 0, run.stdout[-20_000:] + run.stderr
