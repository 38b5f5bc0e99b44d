"""The import of orders as a kind of job: an invoice at a time, in the order of the file."""

from __future__ import annotations

from collections.abc import Callable, Generator
from functools import partial
from zoneinfo import ZoneInfo

from core.errors import DomainError
from core.jobs.kinds import Batch, JobKind, OpenAt, Outcome
from core.models import Job
from orders.imports.placing import Target, bring_in, bring_in_credit, ensure_location
from orders.imports.reading import LAYOUT, Credit, Invoice, Reject, read_invoices, rejected_rows

ORDER_IMPORT = "order_import"
"""The kind of such a job."""
_TOLD_AT_MOST = 3


def _batches(job: Job, open_at: OpenAt) -> Generator[Batch, None, None]:
    """Positions are invoices, those that become neither order nor credit included, and rows that cannot be read."""
    file = read_invoices(open_at, ZoneInfo(job.options["time_zone"]))
    target = _target(job)
    for position, each in enumerate(file.items[job.position :], start=job.position):
        bring, refused = _work(each, target)
        yield Batch(position, position + 1, bring, refused=refused, columns=file.columns)


def _target(job: Job) -> Target:
    if job.client_id is None:
        raise ValueError("orders are imported for a client")
    return Target(job.client_id, ensure_location(job.options["location"], actor=job.actor), job.actor)


def _work(
    each: Invoice | Credit | Reject, target: Target
) -> tuple[Callable[[], Outcome], Callable[[DomainError], Outcome] | None]:
    """What is to be done of it, and what becomes of it if that is refused."""
    if isinstance(each, Reject):
        return lambda: Outcome(rejected=each.rows), None
    if isinstance(each, Credit):
        return partial(bring_in_credit, each, target), partial(_refused, each)
    return partial(bring_in, each, target), partial(_refused, each)


def _refused(invoice: Invoice | Credit, error: DomainError) -> Outcome:
    details = [problem.detail for problem in error.errors]
    more = len(details) - _TOLD_AT_MOST
    reason = " ".join([error.detail, *details[:_TOLD_AT_MOST], *([f"And {more} more."] if more > 0 else [])])
    return Outcome(rejected=rejected_rows(invoice.rows, error.code, reason))


KIND = JobKind(name=ORDER_IMPORT, label="Import of orders", columns=LAYOUT.names, batches=_batches)
