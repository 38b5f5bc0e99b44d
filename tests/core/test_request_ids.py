from __future__ import annotations

import uuid

import pytest
from django.test import Client as Browser
from structlog.testing import capture_logs

from core.request_ids import bind_request_id, current_request_id


@pytest.mark.parametrize("offered", ["a", "x" * 128, "order-1.2_3"])
def test_an_acceptable_id_is_echoed(offered: str) -> None:
    assert Browser().get("/health/live", headers={"X-Request-ID": offered}).headers["X-Request-ID"] == offered


@pytest.mark.parametrize("offered", ["", "x" * 129, "a b", "a\nb", "é", "a;b", "a/b"])
def test_another_id_is_replaced_by_a_new_one(offered: str) -> None:
    made = Browser().get("/health/live", headers={"X-Request-ID": offered}).headers["X-Request-ID"]
    assert uuid.UUID(made).version == 7


def test_a_request_writes_one_line() -> None:
    with capture_logs() as logs:
        Browser().get("/health/live?secret=1", headers={"X-Request-ID": "mine"})
    assert len(logs) == 1
    assert logs[0]["ms"] >= 0
    assert {key: logs[0][key] for key in ("event", "method", "path", "status", "client")} == {
        "event": "request",
        "method": "GET",
        "path": "/health/live",
        "status": 200,
        "client": None,
    }


def test_an_id_is_bound_within_its_block_alone() -> None:
    assert current_request_id() == ""
    with bind_request_id("outer"):
        with bind_request_id("inner"):
            assert current_request_id() == "inner"
        assert current_request_id() == "outer"
    assert current_request_id() == ""
