"""Imports a CSV of book orders for a client."""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from core.actors import Actor
from core.clients import ensure_storefront
from core.jobs.commands import ROWS_REJECTED, RowsRejected, job_of_file, keep_rejects, require_fit, run_here
from core.models import Job
from trading.imports.reading import LAYOUT
from trading.models import BOOK_IMPORT

ACTOR = Actor.system("import_book")


class Command(BaseCommand):
    help = (
        f"Import a CSV of book orders whose first row names the columns, in any order: {LAYOUT}. Running it again "
        "with the same file goes on where it was stopped, or adds nothing. Exits with "
        f"{ROWS_REJECTED} if rows were rejected."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--client", required=True, help="the client that owns the orders; made when unknown")
        parser.add_argument(
            "--rejects",
            type=Path,
            help="where the other rows go; no file there is overwritten (default: a file in DATA_DIR/rejects/)",
        )

    def handle(self, *, file: Path, client: str, rejects: Path | None, **_options: Any) -> None:
        require_fit(file, LAYOUT)
        began = time.monotonic()
        job = job_of_file(BOOK_IMPORT, file, client=ensure_storefront(client), actor=ACTOR)
        job = run_here(job, file, actor=ACTOR, unit="rows", count=_rows)
        self.stdout.write(
            f"{_rows(job):,} rows: {job.added:,} added, {job.unchanged:,} unchanged, {job.rejected:,} rejected "
            f"in {time.monotonic() - began:.1f} s"
        )
        if job.rejected:
            path = keep_rejects(job, rejects)
            self.stdout.write(f"Rejected rows with their reasons: {path}")
            raise RowsRejected(job.rejected, path)


def _rows(job: Job) -> int:
    return job.added + job.unchanged + job.rejected
