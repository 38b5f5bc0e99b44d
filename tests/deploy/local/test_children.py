"""When a child that died is started again."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest

from deploy.local import children, locks
from deploy.local.children import Child


def die(child: Child, folder: Path) -> float:
    """Start it and wait for its end; returns the pause before its next start."""
    lock = locks.take(folder / f"lock-{time.monotonic_ns()}")
    assert lock is not None
    child.start(folder, lock)
    while child.bury() is None:
        time.sleep(0.02)
    assert child.restart_at is not None
    return max(0.0, round(child.restart_at - time.monotonic()))


def test_at_once_the_first_time_and_ever_later_if_it_keeps_dying(tmp_path: Path) -> None:
    child = Child("test", [sys.executable, "-c", ""])
    assert [die(child, tmp_path) for _ in range(5)] == [0, 1, 2, 4, 8]


def test_one_that_was_well_for_long_is_started_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(children, "_STEADY_AFTER", 0.0)
    child = Child("test", [sys.executable, "-c", ""])
    assert [die(child, tmp_path) for _ in range(3)] == [0, 0, 0]
