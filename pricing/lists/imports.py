"""Files of prices: read row by row, brought into a list batch by batch; each row that can't be kept is told of."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial

import inventory.queries
from core.errors import NotFound
from core.files.records import BadRow, Record, Rejected, shown
from core.files.tables import Column, Header, Layout, Table, open_table
from core.files.values import decimal, whole
from core.jobs.kinds import Batch, JobKind, OpenAt, Outcome
from core.models import Job
from core.money import from_minor, to_minor
from core.text import fold
from core.transactions import action
from pricing.lists.actions import PRICE_IMPORT, NewPrice, lock_price_list, misfits, upsert_prices
from pricing.lists.models import PriceList

LAYOUT = Layout(
    Column("sku"),
    Column("price", ["amount"]),
    Column("from_quantity", ["quantity", "from"], required=False),
    Column("compare_at", ["compare_at_price"], required=False),
)
ROWS = 2_000
"""Of one batch, which is one transaction."""
_COLUMN = {"amount": "price"}
"""What a file calls a field."""


@dataclass(frozen=True)
class FileRow:
    """A row that can be read, with its text as it stands in the file."""

    line: int
    text: str
    price: NewPrice

    @property
    def key(self) -> tuple[str, int]:
        return fold(self.price.sku), self.price.from_quantity


@dataclass
class Rows:
    """Part of a file: offsets in bytes, lines counted from the file's beginning. No price is named twice."""

    begins_at: int
    ends_at: int
    lines: int
    good: list[FileRow] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)


def read_batches(table: Table, currency: str, *, rows: int = ROWS) -> Iterator[Rows]:
    """The rest of a file, `rows` rows at a time. A price that is named again begins a batch: so rows act in the order
    of the file, and the last one counts.
    """
    batch, keys = Rows(table.begins_at, table.begins_at, table.lines_before), set[tuple[str, int]]()
    for record in table:
        row = _read(table.header, record, currency)
        if len(batch.good) + len(batch.rejected) >= rows or (isinstance(row, FileRow) and row.key in keys):
            yield batch
            batch, keys = Rows(batch.ends_at, batch.ends_at, batch.lines), set()
        if isinstance(row, FileRow):
            batch.good.append(row)
            keys.add(row.key)
        else:
            batch.rejected.append(row)
        batch.ends_at, batch.lines = table.at, table.lines
    if table.at > batch.begins_at:
        batch.ends_at, batch.lines = table.at, table.lines
        yield batch


@action
def bring_in(job: Job, rows: Rows, price_list: PriceList) -> Outcome:
    """Set the prices of these rows in the list, and tell what became of the rest."""
    locked = lock_price_list(price_list.pk, job.client_id, None)
    variant_ids = inventory.queries.variant_ids({row.price.sku for row in rows.good})
    known = {
        (variant_ids[row.price.sku], row.price.from_quantity): row.price
        for row in rows.good
        if row.price.sku in variant_ids
    }
    unknown = [
        Rejected(row.line, row.text, "unknown_sku", f"There is no variant with SKU {row.price.sku}.")
        for row in rows.good
        if row.price.sku not in variant_ids
    ]
    changed = upsert_prices(locked, known, job.actor)
    return Outcome(changed, len(known) - changed, sorted([*rows.rejected, *unknown], key=lambda each: each.line))


def _batches(job: Job, open_at: OpenAt) -> Generator[Batch, None, None]:
    """Positions are bytes of the file."""
    price_list = _list_of(job)
    with open_table(LAYOUT, open_at, at=job.position, lines=job.lines_read) as table:
        for rows in read_batches(table, price_list.currency):
            bring = partial(bring_in, job, rows, price_list)
            yield Batch(rows.begins_at, rows.ends_at, bring, lines=rows.lines, columns=table.header.names)


def _list_of(job: Job) -> PriceList:
    if job.client_id is None:
        raise ValueError("prices are imported for a client")
    found = PriceList.objects.filter(client_id=job.client_id, code=job.options["price_list"]).first()
    if found is None:
        raise NotFound("There is no such price list.")
    return found


def _read(header: Header, record: Record, currency: str) -> FileRow | Rejected:
    text = shown(record.raw)
    try:
        price = _price(header.cells(record), currency)
        for name, why in misfits(price):
            raise BadRow(_COLUMN.get(name, name), why)
    except BadRow as bad:
        return Rejected(record.line, text, bad.code, bad.reason)
    return FileRow(record.line, text, price)


def _price(cells: Sequence[str], currency: str) -> NewPrice:
    """Raises BadRow for the first cell that is wrong."""
    sku, amount, from_quantity, compare_at = (cell.strip() for cell in cells)
    if not sku:
        raise BadRow("sku", "The sku is missing.")
    return NewPrice(
        sku,
        _money("price", amount, currency),
        _units(from_quantity) if from_quantity else 1,
        _money("compare_at", compare_at, currency) if compare_at else None,
    )


def _money(column: str, text: str, currency: str) -> int:
    try:
        amount = decimal(text)
    except ValueError as error:
        raise BadRow(column, f"The {column} {error}.") from None
    minor = to_minor(amount, currency)
    if from_minor(minor, currency) != amount:
        raise BadRow(column, f"The {column} has more digits after the point than {currency} has.")
    return minor


def _units(text: str) -> int:
    try:
        return whole(text)
    except ValueError as error:
        raise BadRow("from_quantity", f"The from_quantity {error}.") from None


KIND = JobKind(name=PRICE_IMPORT, label="Import of prices", columns=LAYOUT.names, batches=_batches)
