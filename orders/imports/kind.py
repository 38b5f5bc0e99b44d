"""The import of orders as a kind of job: an invoice at a time, in the order of the file."""

from __future__ import annotations

import uuid
from collections.abc import Generator
from functools import partial

from core.errors import DomainError
from core.files.records import Rejected
from core.jobs.kinds import Batch, JobKind, OpenAt, Outcome
from core.models import Job
from orders.imports.placing import Target, already_there, ensure_location, place_invoice, prepare, prepare_catalogue
from orders.imports.reading import COLUMNS, Invoice, Reject, read_invoices

ORDER_IMPORT = "order_import"
"""The kind of such a job."""


def _batches(job: Job, open_at: OpenAt) -> Generator[Batch, None, None]:
    """Positions are invoices, those that become no order included."""
    with open_at(0) as file:
        rest = list(read_invoices(file))[job.position :]
    invoices = [each for each in rest if isinstance(each, Invoice)]
    target = _target(job)
    variants = prepare_catalogue(invoices, actor=job.actor)
    known = already_there(target, invoices)
    for position, each in enumerate(rest, start=job.position):
        if isinstance(each, Reject):
            yield _note(position, Outcome(rejected=_rows(each, each.code, each.reason)))
        elif each.number in known:
            yield _note(position, Outcome(unchanged=1))
        else:
            place = partial(_place, each, target, prepare(each, target, variants))
            yield Batch(position, position + 1, place, refused=partial(_refused, each))


def _target(job: Job) -> Target:
    if job.client_id is None:
        raise ValueError("orders are imported for a client")
    return Target(job.client_id, ensure_location(job.options["location"], actor=job.actor), job.actor)


def _note(position: int, outcome: Outcome) -> Batch:
    """One invoice of which nothing is to be done."""
    return Batch(position, position + 1, lambda: outcome)


def _place(invoice: Invoice, target: Target, customer_id: uuid.UUID | None) -> Outcome:
    place_invoice(invoice, target, customer_id)
    return Outcome(added=1)


def _refused(invoice: Invoice, error: DomainError) -> Outcome:
    return Outcome(rejected=_rows(invoice, "refused", error.detail))


def _rows(of: Invoice | Reject, code: str, reason: str) -> list[Rejected]:
    return [Rejected(row.number, row.as_csv(), code, reason) for row in of.rows]


KIND = JobKind(name=ORDER_IMPORT, label="Import of orders", columns=COLUMNS, batches=_batches)
