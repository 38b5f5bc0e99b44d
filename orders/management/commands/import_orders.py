"""Imports the orders of an Online Retail CSV for a storefront."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo, available_timezones

from django.core.management.base import BaseCommand, CommandError

import storefronts.queries
from core.actors import Actor
from core.clients import ensure_storefront, find_client
from core.errors import InvalidInput, NotFound
from core.jobs.commands import (
    ROWS_REJECTED,
    RowsRejected,
    job_of_file,
    keep_rejects,
    opener,
    require_fit,
    run_here,
)
from core.models import Job, RejectedRow
from core.money import format_money
from orders.imports.kind import ORDER_IMPORT
from orders.imports.placing import ensure_location
from orders.imports.reading import (
    CURRENCY,
    LAYOUT,
    SET_ASIDE,
    TIME_ZONE,
    Credit,
    Invoice,
    Invoices,
    Reject,
    read_invoices,
)
from orders.models import Order

ACTOR = Actor.system("import")


class Command(BaseCommand):
    help = (
        f"Import the orders of an Online Retail CSV whose first row names the columns, in any order: {LAYOUT}. Running "
        "it again with the same file goes on where it was stopped, or adds only what is missing. Exits with "
        f"{ROWS_REJECTED} if rows were rejected; stock corrections are set aside, not rejected."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--storefront", required=True, help="the client that owns the orders; made when unknown")
        parser.add_argument(
            "--location", default="MAIN", help="code of the location that stocks them; made when unknown"
        )
        parser.add_argument(
            "--time-zone",
            help="where the clocks stood that the file's times were read from (default: the storefront's time zone, or "
            f"{TIME_ZONE} where it has none)",
        )
        parser.add_argument(
            "--rejects",
            type=Path,
            help="where rows that become no order go; no file there is overwritten "
            "(default: a file in DATA_DIR/rejects/)",
        )

    def handle(
        self,
        *,
        file: Path,
        storefront: str,
        location: str,
        time_zone: str | None,
        rejects: Path | None,
        **_options: Any,
    ) -> None:
        time_zone = _time_zone_of(storefront) if time_zone is None else time_zone
        zone = _zone(time_zone)
        require_fit(file, LAYOUT)
        found = read_invoices(opener(file), zone)
        job = _job(file, found, storefront, {"location": location, "time_zone": time_zone})
        before = _orders_of(job, found)
        job = run_here(job, file, actor=ACTOR, unit="invoices", count=_position)
        self._report(job, found, _orders_of(job, found) - before)
        path = keep_rejects(job, rejects)
        self.stdout.write(f"Rejected rows with their reasons: {path}")
        rejected = RejectedRow.objects.filter(job_id=job.pk).exclude(code__in=SET_ASIDE).count()
        if rejected:
            raise RowsRejected(rejected, path)

    def _report(self, job: Job, found: Invoices, new: int) -> None:
        stored = _stored(job, found.orders)
        total = format_money(sum(invoice.total for invoice in stored), CURRENCY)
        shipping = format_money(sum(invoice.shipping for invoice in stored), CURRENCY)
        corrections, credited = _of_code("correction", found), _stored(job, found.credits)
        rows, amount = sum(len(c.rows) for c in credited), format_money(sum(c.amount for c in credited), CURRENCY)
        others = len(found.items) - len(stored) - len(corrections) - len(credited)
        self.stdout.write(f"{len(stored)} orders ({new} new), {total} in all, of which {shipping} shipping")
        self.stdout.write(f"{len(corrections)} invoices set aside as stock corrections")
        self.stdout.write(f"{len(credited)} credit invoices ({rows} rows), {amount} credited to their customers")
        if others:
            self.stdout.write(f"{others} invoices, or rows that cannot be read, rejected for other reasons")


def _time_zone_of(storefront: str) -> str:
    try:
        sells = storefronts.queries.settings_of(find_client(storefront).pk)
    except NotFound:
        return TIME_ZONE  # It is made only once the file is known to be fit.
    return sells.time_zone if sells.has_own_time else TIME_ZONE


def _zone(name: str) -> ZoneInfo:
    if name not in available_timezones():
        raise CommandError(f"There is no time zone {name!r}. Name one as Europe/London is named (IANA).")
    return ZoneInfo(name)


def _job(file: Path, found: Invoices, storefront: str, options: dict[str, str]) -> Job:
    try:
        ensure_location(options["location"], actor=ACTOR)
    except InvalidInput as refusal:
        raise CommandError(f"{refusal.detail} {refusal.unblock}") from refusal
    client = ensure_storefront(storefront)
    return job_of_file(ORDER_IMPORT, file, client=client, actor=ACTOR, total=len(found.items), options=options)


def _orders_of(job: Job, found: Invoices) -> int:
    """How many of the file's invoices are orders already."""
    numbers = [invoice.number for invoice in found.orders]
    return Order.objects.filter(client=job.client, external_ref__in=numbers).count()


def _position(job: Job) -> int:
    return job.position


Kept = TypeVar("Kept", Invoice, Credit)


def _stored(job: Job, invoices: Sequence[Kept]) -> list[Kept]:
    """Those that are orders or credits as the file says."""
    rejected = set(RejectedRow.objects.filter(job_id=job.pk).values_list("line", flat=True))
    return [invoice for invoice in invoices if invoice.rows[0].line not in rejected]


def _of_code(code: str, found: Invoices) -> list[Reject]:
    return [reject for reject in found.rejects if reject.code == code]
