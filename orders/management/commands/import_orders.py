"""Loads the orders of an Online Retail CSV for a storefront."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.progress import track

from core.clients import ensure_storefront
from core.errors import DomainError
from core.money import format_money
from orders.imports.loading import Target, already_loaded, ensure_location, load_invoice, prepare_catalogue
from orders.imports.reading import (
    CORRECTION,
    CREDIT,
    CURRENCY,
    Invoice,
    Reject,
    UnreadableFile,
    read_invoices,
    write_rejects,
)


class Command(BaseCommand):
    help = "Load the orders of an Online Retail CSV. Running it again adds only what is missing."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--storefront", required=True, help="the client that owns the orders; made when unknown")
        parser.add_argument(
            "--location", default="MAIN", help="code of the location that stocks them; made when unknown"
        )
        parser.add_argument(
            "--rejects", type=Path, help="where rows that become no order go (default: DATA_DIR/rejects/)"
        )

    def handle(self, *, file: Path, storefront: str, location: str, rejects: Path | None, **_options: Any) -> None:
        invoices, rejected = _read(file)
        target = Target(
            client_id=ensure_storefront(storefront).pk,
            location_id=ensure_location(location),
        )
        new, refused = self._load(invoices, target)
        rejected += refused
        path = rejects or settings.DATA_DIR / "rejects" / f"{file.stem}.rejects.csv"
        write_rejects(path, rejected)
        self._report(invoices, new, rejected, path)
        if refused:
            raise CommandError(f"{len(refused)} invoices were refused; the reasons are in {path}")

    def _load(self, invoices: Sequence[Invoice], target: Target) -> tuple[int, list[Reject]]:
        variants = prepare_catalogue(invoices)
        known = already_loaded(target, invoices)
        waiting = [invoice for invoice in invoices if invoice.number not in known]
        refused: list[Reject] = []
        for invoice in track(waiting, description="Importing orders", console=Console(stderr=True)):
            try:
                load_invoice(invoice, target, variants)
            except DomainError as error:
                refused.append(Reject(invoice.number, error.detail, invoice.rows, invoice.total))
        return len(waiting) - len(refused), refused

    def _report(self, invoices: Sequence[Invoice], new: int, rejected: Sequence[Reject], path: Path) -> None:
        total = format_money(sum(invoice.total for invoice in invoices), CURRENCY)
        shipping = format_money(sum(invoice.shipping for invoice in invoices), CURRENCY)
        corrections = sum(reject.reason == CORRECTION for reject in rejected)
        credited = [reject for reject in rejected if reject.reason == CREDIT]
        rows, amount = sum(len(c.rows) for c in credited), format_money(sum(c.amount for c in credited), CURRENCY)
        others = len(rejected) - corrections - len(credited)
        self.stdout.write(f"{len(invoices)} orders ({new} new), {total} in all, of which {shipping} shipping")
        self.stdout.write(f"{corrections} invoices rejected as stock corrections")
        self.stdout.write(f"{len(credited)} credit invoices ({rows} rows, {amount}) set aside for returns")
        if others:
            self.stdout.write(f"{others} invoices rejected for other reasons")
        self.stdout.write(f"Rejected rows with their reasons: {path}")


def _read(file: Path) -> tuple[list[Invoice], list[Reject]]:
    invoices: list[Invoice] = []
    rejected: list[Reject] = []
    try:
        for read in read_invoices(file):
            (invoices if isinstance(read, Invoice) else rejected).append(read)  # type: ignore[arg-type]
    except UnreadableFile as error:
        raise CommandError(str(error)) from error
    return invoices, rejected
