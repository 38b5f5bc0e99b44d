"""This checkout beside another, whose tables may be different: each is measured by its own benchmark, in turns."""

from __future__ import annotations

import statistics
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import track
from rich.table import Table

from deploy.bench.server import ROOT

_CELLS = 9
_HEADINGS = ("path", "clients", "ours/s", "theirs/s", "gain", "ours of limit", "theirs of limit")


@dataclass(frozen=True)
class Figure:
    """Requests per second, and what that is of the same tree's limit in the same round."""

    rate: float
    ratio: float


Figures = dict[tuple[str, int], Figure]
"""(path, clients) → what one round reached."""


def compare(other: Path, arguments: Sequence[str], *, rounds: int, console: Console) -> Table:
    """Rounds of both trees, each beginning with the other one's. Raises RuntimeError when a benchmark fails."""
    ours: list[Figures] = []
    theirs: list[Figures] = []
    turns = [(ROOT, ours), (other.resolve(), theirs)]
    with tempfile.TemporaryDirectory(prefix="quartermaster-versus-") as folder:
        for number in track(range(rounds), description="rounds", console=console):
            for tree, figures in turns if number % 2 == 0 else reversed(turns):
                figures.append(_round(tree, arguments, Path(folder) / "table.md"))
    return _table(ours, theirs)


def _round(tree: Path, arguments: Sequence[str], output: Path) -> Figures:
    done = subprocess.run(  # noqa: S603 - of a checkout that was named on the command line
        [str(tree / ".venv/bin/python"), "-m", "deploy.bench.bench", *arguments, "--rounds=1", f"--output={output}"],
        cwd=tree,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise RuntimeError(f"the benchmark of {tree} failed:\n{done.stdout[-2000:]}")
    return read(output.read_text())


def read(document: str) -> Figures:
    """The figures of a document that a benchmark wrote."""
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in document.splitlines()]
    return {
        (row[0], int(row[1])): Figure(float(row[2].replace(",", "")), float(row[4]))
        for row in rows
        if len(row) == _CELLS and row[1].isdigit()
    }


def _table(ours: Sequence[Figures], theirs: Sequence[Figures]) -> Table:
    """Medians of the rounds; the gain is ours as a multiple of theirs, round by round."""
    shown = Table()
    for number, heading in enumerate(_HEADINGS):
        shown.add_column(heading, justify="left" if number == 0 else "right", no_wrap=number == 0)
    for path, clients in [row for row in ours[0] if row in theirs[0]]:
        here = [figures[path, clients] for figures in ours]
        there = [figures[path, clients] for figures in theirs]
        gains = [mine.rate / other.rate for mine, other in zip(here, there, strict=True)]
        shown.add_row(
            path,
            str(clients),
            *(f"{statistics.median(each.rate for each in side):,.0f}" for side in (here, there)),
            f"{statistics.median(gains):.3f} ({min(gains):.3f} to {max(gains):.3f})",
            *(f"{statistics.median(each.ratio for each in side):.3f}" for side in (here, there)),
        )
    return shown
