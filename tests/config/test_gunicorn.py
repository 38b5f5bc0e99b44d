"""How the web processes are set up."""

from __future__ import annotations

import gc
import os
import runpy
import weakref
from typing import Any

import pytest
from django.conf import settings


def configured(monkeypatch: pytest.MonkeyPatch, **environment: str) -> dict[str, Any]:
    """What gunicorn reads; the environment as it was comes back after the test."""
    for name in ("DATABASE_POOL_SIZE", "WEB_THREADS"):
        monkeypatch.setenv(name, "")  # so that monkeypatch remembers it
        monkeypatch.delenv(name)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return runpy.run_path(str(settings.BASE_DIR / "config/gunicorn.py"))


class Node:
    """Refers to itself, so that only the collector can free it."""

    def __init__(self) -> None:
        self.me = self


def test_a_process_of_one_thread_keeps_one_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    assert configured(monkeypatch)["threads"] == 1
    assert os.environ["DATABASE_POOL_SIZE"] == "1"


def test_a_process_of_many_threads_has_a_pool(monkeypatch: pytest.MonkeyPatch) -> None:
    assert configured(monkeypatch, WEB_THREADS="20")["threads"] == 20
    assert "DATABASE_POOL_SIZE" not in os.environ


def test_what_the_environment_says_of_connections_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    configured(monkeypatch, DATABASE_POOL_SIZE="3")
    assert os.environ["DATABASE_POOL_SIZE"] == "3"


@pytest.mark.parametrize("age", [0, 1], ids=["young", "middle-aged"])
def test_garbage_is_gone_once_a_request_is_answered(monkeypatch: pytest.MonkeyPatch, age: int) -> None:
    post_request = configured(monkeypatch)["post_request"]
    gc.collect()
    gc.disable()
    try:
        node = Node()
        if age:
            gc.collect(0)  # which lets it grow older
        left = weakref.ref(node)
        del node
        for _ in range(gc.get_threshold()[1] + 2):
            post_request(None, None)
    finally:
        gc.enable()
    assert left() is None
