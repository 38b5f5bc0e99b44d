"""Files of prices: every row sets a price or is told of with its reason, and an import can be stopped and goes on."""

from __future__ import annotations

import io
import itertools
from collections.abc import Callable
from typing import Any, BinaryIO

import pytest
from pytest_django import Settings

from core.files import object_store
from core.files.tables import UnfitFile, open_table
from core.ids import new_id
from core.jobs.actions import file_key_of
from core.models import Client, Event, Job, RejectedRow
from core.tasks import run_jobs
from pricing.lists.actions import NewPrice, queue_price_import
from pricing.lists.imports import LAYOUT, FileRow, Rows, read_batches
from pricing.lists.models import PriceList
from tests.factories.core import a_client, timeline
from tests.factories.inventory import a_variant
from tests.factories.pricing import ACTOR, a_price_list

HEADER = "sku,price,from_quantity,compare_at\n"


def opener(content: str) -> Callable[[int], BinaryIO]:
    return lambda at: io.BytesIO(content.encode()[at:])


def batches(content: str, *, rows: int = 100, currency: str = "EUR", at: int = 0, lines: int = 0) -> list[Rows]:
    with open_table(LAYOUT, opener(content), at=at, lines=lines) as table:
        return list(read_batches(table, currency, rows=rows))


def read(content: str, currency: str = "EUR") -> list[Any]:
    """The prices that rows say, and why others are set aside."""
    found = batches(HEADER + content, currency=currency)
    good = [(row.line, row.price) for batch in found for row in batch.good]
    bad = [(row.line, (row.code, row.reason)) for batch in found for row in batch.rejected]
    return [what for _, what in sorted([*good, *bad], key=lambda each: each[0])]


def test_a_row_says_a_price_in_the_list_s_currency() -> None:
    assert read("MUG,12.50,10,15\nCUP,3,,\n") == [NewPrice("MUG", 1250, 10, 1500), NewPrice("CUP", 300)]
    assert read("MUG,1250,,\n", "JPY") == [NewPrice("MUG", 1250)]
    assert read("MUG,1.234,,2\n", "KWD") == [NewPrice("MUG", 1234, 1, 2000)]


@pytest.mark.parametrize(
    ("row", "code", "reason"),
    [
        (",1,,", "sku", "The sku is missing."),
        ("MUG,,,", "price", "The price is not a decimal number with a point."),
        ('MUG,"1,50",,', "price", "The price is not a decimal number with a point."),
        ("MUG,1e3,,", "price", "The price is not a decimal number with a point."),
        ("MUG,1.505,,", "price", "The price has more digits after the point than EUR has."),
        ("MUG,-1,,", "price", "A price is not negative, and not that large."),
        ("MUG,99999999999999,,", "price", "A price is not negative, and not that large."),
        ("MUG,1,0,", "from_quantity", "A price holds from 1 to 1,000,000 units on."),
        ("MUG,1,1.5,", "from_quantity", "The from_quantity is not a whole number."),
        ("MUG,1,,1.00", "compare_at", "What a price is compared with is more than the price."),
        ("MUG,1,,x", "compare_at", "The compare_at is not a decimal number with a point."),
        ("MUG,1", "columns", "The row has 2 cells; the first row names 4 columns."),
    ],
)
def test_a_row_that_cannot_be_kept_is_told_of(row: str, code: str, reason: str) -> None:
    assert read(f"{row}\nCUP,1,,\n") == [(code, reason), NewPrice("CUP", 100)]


def test_columns_come_in_any_order_and_those_that_are_optional_may_be_missing() -> None:
    (batch,) = batches("Amount,SKU\n2.5,MUG\n")
    assert [row.price for row in batch.good] == [NewPrice("MUG", 250)]
    for wrong in ("sku\nMUG\n", "sku,price,colour\nMUG,1,red\n", "MUG,1\n"):
        with pytest.raises(UnfitFile):
            batches(wrong)


def test_a_price_that_comes_again_begins_a_batch() -> None:
    found = batches(HEADER + "MUG,1,,\nCUP,1,,\nmug,2,1,\nMUG,3,10,\nMUG,4,,\n")
    assert [[row.price.amount for row in batch.good] for batch in found] == [[100, 100], [200, 300], [400]]


@pytest.mark.parametrize("rows", [1, 2, 3, 100])
def test_batches_cover_the_file_and_can_be_taken_up_at_each_of_their_ends(rows: int) -> None:
    content = HEADER + "MUG,1,,\nbad\nCUP,2,,\n\nMUG,3,,\nTEA,4,,\n"
    whole = batches(content, rows=rows)
    assert (whole[0].begins_at, whole[-1].ends_at, whole[-1].lines) == (0, len(content), 7)
    assert [(a.ends_at, b.begins_at) for a, b in itertools.pairwise(whole) if a.ends_at != b.begins_at] == []

    def said(found: list[Rows]) -> list[tuple[int, str]]:
        each: list[Any] = [row for batch in found for row in (*batch.good, *batch.rejected)]
        return sorted((row.line, row.text) for row in each)

    for number, batch in enumerate(whole[:-1], start=1):
        rest = batches(content, rows=rows, at=batch.ends_at, lines=batch.lines)
        assert said([*whole[:number], *rest]) == said(whole)
    assert len(said(whole)) == 5
    assert all(isinstance(row, FileRow) for batch in whole for row in batch.good)


# The job


@pytest.fixture
def folder(settings: Settings, tmp_path: Any) -> None:
    settings.DATA_DIR = tmp_path


def queued(price_list: PriceList, content: str) -> Job:
    job_id = new_id()
    total = object_store().save(file_key_of(job_id), io.BytesIO(content.encode()))
    return queue_price_import(price_list, name="prices.csv", job_id=job_id, total=total, actor=ACTOR)


def prices_of(price_list: PriceList) -> list[tuple[str, int, int, int | None]]:
    rows = price_list.entries.order_by("variant__sku", "from_quantity")
    return list(rows.values_list("variant__sku", "from_quantity", "amount", "compare_at"))


@pytest.fixture
def north(transactional_db: None) -> Client:
    return a_client("North")


@pytest.mark.usefixtures("folder")
def test_an_import_sets_prices_and_tells_what_became_of_each_row(north: Client) -> None:
    for sku in ("MUG", "CUP", "TEA"):
        a_variant(sku)
    price_list = a_price_list(north, "A", NewPrice("MUG", 100), NewPrice("TEA", 700))
    content = HEADER + "mug,1,,\nMUG,0.90,10,1.00\nCUP,3,,\nHAT,1,,\nCUP,x,,\nCUP,2,,\n"
    job = queued(price_list, content)

    assert run_jobs() == 1

    job.refresh_from_db()
    assert (job.status, job.added, job.unchanged, job.rejected) == ("finished", 3, 1, 2)
    assert (job.position, job.lines_read, job.columns) == (len(content), 7, list(LAYOUT.names))
    assert prices_of(price_list) == [
        ("CUP", 1, 200, None),
        ("MUG", 1, 100, None),
        ("MUG", 10, 90, 100),
        ("TEA", 1, 700, None),
    ]
    assert list(RejectedRow.objects.order_by("line").values_list("line", "code", "reason", "row")) == [
        (5, "unknown_sku", "There is no variant with SKU HAT.", "HAT,1,,"),
        (6, "price", "The price is not a decimal number with a point.", "CUP,x,,"),
    ]
    assert timeline(price_list.pk) == ["price_list.created", *["price_list.prices_set"] * 3]
    assert list(
        Event.objects.filter(subject_id=price_list.pk, version__gt=2).order_by("version").values_list("data", flat=True)
    ) == [
        {"prices": 2},
        {"prices": 1},
    ]


@pytest.mark.usefixtures("folder")
def test_the_same_file_again_changes_no_price(north: Client) -> None:
    a_variant("MUG")
    price_list = a_price_list(north)
    content = HEADER + "MUG,1,,\nMUG,0.90,10,\n"
    for _ in range(2):
        queued(price_list, content)
        run_jobs()
    price_list.refresh_from_db()
    assert (price_list.version, prices_of(price_list)) == (2, [("MUG", 1, 100, None), ("MUG", 10, 90, None)])
    assert list(Job.objects.order_by("pk").values_list("added", "unchanged")) == [(2, 0), (0, 2)]


@pytest.mark.usefixtures("folder")
def test_a_file_of_other_columns_fails_its_job_and_sets_nothing(north: Client) -> None:
    price_list = a_price_list(north)
    job = queued(price_list, "colour\nred\n")
    run_jobs()
    job.refresh_from_db()
    assert job.status == "failed"
    assert "names none of the columns" in job.failure
    assert prices_of(price_list) == []
