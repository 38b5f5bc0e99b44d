"""Imports the orders of an Online Retail CSV for a storefront."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from core.actors import Actor
from core.clients import ensure_storefront
from core.jobs.commands import job_of_file, run_here
from core.jobs.rejects import write_rejects
from core.models import Job
from core.money import format_money
from orders.imports.kind import ORDER_IMPORT
from orders.imports.reading import CORRECTION, CREDIT, CURRENCY, Invoice, Reject, UnreadableFile, read_file

ACTOR = Actor.system("import")


class Command(BaseCommand):
    help = (
        "Import the orders of an Online Retail CSV. Running it again with the same file goes on where it was stopped, "
        "or adds only what is missing."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--storefront", required=True, help="the client that owns the orders; made when unknown")
        parser.add_argument(
            "--location", default="MAIN", help="code of the location that stocks them; made when unknown"
        )
        parser.add_argument(
            "--rejects", type=Path, help="where rows that become no order go (default: a file in DATA_DIR/rejects/)"
        )

    def handle(self, *, file: Path, storefront: str, location: str, rejects: Path | None, **_options: Any) -> None:
        invoices, rejected = _read(file)
        job = job_of_file(
            ORDER_IMPORT,
            file,
            client=ensure_storefront(storefront),
            actor=ACTOR,
            total=len(invoices) + len(rejected),
            options={"location": location},
        )
        before = job.added
        job = run_here(job, file, actor=ACTOR, unit="invoices", count=_position)
        path = write_rejects(job, rejects)
        refused = len(invoices) - job.added - job.unchanged
        self._report(invoices, job.added - before, rejected, refused)
        self.stdout.write(f"Rejected rows with their reasons: {path}")
        if refused:
            raise CommandError(f"{refused} invoices were refused; the reasons are in {path}")

    def _report(self, invoices: Sequence[Invoice], new: int, rejected: Sequence[Reject], refused: int) -> None:
        total = format_money(sum(invoice.total for invoice in invoices), CURRENCY)
        shipping = format_money(sum(invoice.shipping for invoice in invoices), CURRENCY)
        corrections = sum(reject.reason == CORRECTION for reject in rejected)
        credited = [reject for reject in rejected if reject.reason == CREDIT]
        rows, amount = sum(len(c.rows) for c in credited), format_money(sum(c.amount for c in credited), CURRENCY)
        others = len(rejected) - corrections - len(credited) + refused
        self.stdout.write(f"{len(invoices)} orders ({new} new), {total} in all, of which {shipping} shipping")
        self.stdout.write(f"{corrections} invoices rejected as stock corrections")
        self.stdout.write(f"{len(credited)} credit invoices ({rows} rows, {amount}) set aside for returns")
        if others:
            self.stdout.write(f"{others} invoices rejected for other reasons")


def _position(job: Job) -> int:
    return job.position


def _read(file: Path) -> tuple[list[Invoice], list[Reject]]:
    try:
        read = read_file(file)
    except UnreadableFile as error:
        raise CommandError(f"{file}: {error}") from error
    invoices = [each for each in read if isinstance(each, Invoice)]
    return invoices, [each for each in read if isinstance(each, Reject)]
