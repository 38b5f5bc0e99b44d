"""The table, on the terminal and in docs/performance.md."""

from __future__ import annotations

import datetime as dt
import os
import platform
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from string import Template

from rich.table import Table

from deploy.bench.clients import Outcome

_TEMPLATE = Path(__file__).parent / "report.md.in"
_HEADINGS = (
    "path", "clients", "ours/s", "limit/s", "ratio", "p50 ms", "p95 ms", "p99 ms", "SQL",
)  # fmt: skip


@dataclass
class Measured:
    """The rounds of one path with one number of clients; figures are medians of the rounds."""

    path: str
    clients: int
    statements: int
    ours: list[Outcome] = field(default_factory=list)
    limit: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        return statistics.median(outcome.rate for outcome in self.ours)

    @property
    def ratio(self) -> float:
        return self.rate / statistics.median(self.limit)

    def milliseconds(self, share: float) -> float:
        return statistics.median(outcome.percentile(share) for outcome in self.ours)

    def cells(self) -> list[str]:
        return [
            self.path,
            str(self.clients),
            f"{self.rate:,.0f}",
            f"{statistics.median(self.limit):,.0f}",
            f"{self.ratio:.3f}",
            *(f"{self.milliseconds(share):.1f}" for share in (0.50, 0.95, 0.99)),
            str(self.statements),
        ]


def table(rows: Sequence[Measured]) -> Table:
    shown = Table()
    for number, heading in enumerate(_HEADINGS):
        shown.add_column(heading, justify="left" if number == 0 else "right", no_wrap=number == 0)
    for row in rows:
        shown.add_row(*row.cells())
    return shown


def write(path: Path, rows: Sequence[Measured], facts: Mapping[str, str]) -> None:
    """The template with the table and the facts of this run in it."""
    shown = markdown(_HEADINGS, [row.cells() for row in rows])
    path.write_text(Template(_TEMPLATE.read_text()).substitute(table=shown, **facts))


def markdown(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [headings, ["---" if number == 0 else "--:" for number in range(len(headings))], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def machine() -> str:
    """What it ran on."""
    cores = len(os.sched_getaffinity(0))
    today = dt.datetime.now(dt.UTC).date()
    return f"{today}, {cores} cores, {_processor()}, Python {platform.python_version()}"


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return next((line.partition(": ")[2] for line in lines if line.startswith("model name")), platform.machine())
