"""Children side by side: what they write is passed on, and whoever dies is started again."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from signal import SIGHUP, SIGINT, SIGTERM, getsignal, signal

import pytest

from deploy.local.children import Child
from deploy.local.supervisor import Supervisor


@pytest.fixture(autouse=True)
def own_signals() -> Iterator[None]:
    """A supervisor takes the process's signals; this one is a test's."""
    before = {number: getsignal(number) for number in (SIGINT, SIGTERM, SIGHUP)}
    yield
    for number, handler in before.items():
        signal(number, handler)


def test_one_that_dies_long_after_its_output_ended_takes_no_other_childs_output_away(tmp_path: Path) -> None:
    """The other's start reuses the descriptor of the output that ended: a second closing of it would hit the other."""
    lines: list[str] = []
    end = tmp_path / "end"
    lingering = f"import os, time\nos.close(1); os.close(2)\nwhile not os.path.exists({str(end)!r}): time.sleep(0.01)"
    short = "import time; print('here', flush=True); time.sleep(0.2); print('and here')"
    children = [
        Child(name, [sys.executable, "-S", "-c", code]) for name, code in (("lingering", lingering), ("short", short))
    ]
    supervisor = Supervisor(children, folder=tmp_path, lock=tmp_path / "lock", write=lines.append, revive=list)
    with supervisor:
        assert supervisor.run_until(lambda: lines.count("short     | here") == 2, within=30)
        end.touch()
        assert supervisor.run_until(lambda: any("lingering ended" in line for line in lines), within=30)
        assert supervisor.run_until(lambda: lines.count("short     | and here") == 2, within=10)
