"""`./run faults` with few orders, from its start to its table."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.local import processes
from tests.faults.test_up import ROOT
from tests.rabbitmq import rabbitmq_url

pytestmark = pytest.mark.slow

ORDERS = 20
WITHIN = 400
KILLED = [
    "one process of the workers of handlers, mail and payments", "the workers of handlers, mail and payments",
    "the worker of webhooks", "the workers of sinks", "the workers of jobs", "the scheduler", "the web",
    "Celery's broker", "Redis", "RabbitMQ", "PostgreSQL",
]  # fmt: skip


def test_everything_is_killed_once_and_every_promise_is_kept(tmp_path: Path) -> None:
    rabbitmq_url()  # skips without one
    done = run(tmp_path, "--orders", str(ORDERS), "--seconds", "40", "--seed", "1")
    told = done.stdout
    assert done.returncode == 0, told + done.stderr
    assert sorted(re.findall(r"kill -9 of (.+)", told)) == sorted(KILLED)
    assert rows(told)["orders acknowledged, and there once"] == [ORDERS, ORDERS]
    assert rows(told)["e-mails, one of each"] == [2 * ORDERS, 2 * ORDERS]
    assert rows(told)["webhooks of the one that failed"] == [5 * ORDERS, 5 * ORDERS]
    assert len([name for name in rows(told) if name.startswith("webhooks of receiver")]) == 9
    assert all(due == found > 0 for name, (due, found) in rows(told).items() if name != "left to do at the end")
    assert list(tmp_path.iterdir()) == [], "something is left"


def rows(told: str) -> dict[str, list[int]]:
    """Name → what is due and what was found, of the lines of the table."""
    lines = [[cell.strip() for cell in line.split("│")[1:-1]] for line in told.splitlines() if line.startswith("│")]
    return {name: [int(due), int(found)] for name, due, found, *_ in lines}


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "deploy.faults", *arguments],
        cwd=ROOT, env=environment(folder), capture_output=True, text=True, timeout=WITHIN, check=False,
    )  # fmt: skip


def environment(folder: Path) -> dict[str, str]:
    return {**os.environ, "TMPDIR": str(folder)}


def test_ctrl_c_stops_all_that_it_started(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "deploy.faults", "--orders", "1000", "--seed", "1"],
        cwd=ROOT, env=environment(tmp_path), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        start_new_session=True,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        for line in process.stdout:
            if "kill -9" in line:
                os.killpg(process.pid, signal.SIGINT)
        assert process.wait(120) == 1
    assert list(tmp_path.iterdir()) == [], "something is left"
    assert not [pid for pid in processes.running() if str(tmp_path) in processes.command(pid)]
