"""Files whose first row names the columns: what a reader gets of them, and which are refused."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import BinaryIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.files.records import BadRow
from core.files.tables import Column, Layout, UnfitFile, open_table

LAYOUT = Layout(Column("sku", ["StockCode"]), Column("unitPrice", ["price"]), Column("note", required=False))


def opener(content: str) -> Callable[[int], BinaryIO]:
    return lambda at: io.BytesIO(content.encode()[at:])


def rows(content: str) -> list[tuple[int, list[str] | str]]:
    """(line, cells or the code of the reason) of each row."""
    found: list[tuple[int, list[str] | str]] = []
    with open_table(LAYOUT, opener(content)) as table:
        for record in table:
            try:
                found.append((record.line, table.header.cells(record)))
            except BadRow as bad:
                found.append((record.line, bad.code))
    return found


@pytest.mark.parametrize(
    ("content", "cells"),
    [
        ("sku,unitPrice,note\nA,1,x\n", ["A", "1", "x"]),
        ("note,unitPrice,sku\nx,1,A\n", ["A", "1", "x"]),
        ("price,stock code\n1,A\n", ["A", "1", ""]),
        ("SKU,UNIT_PRICE\nA,1\n", ["A", "1", ""]),
        ('"stock-code"," Unit  Price "\n"A","1"\n', ["A", "1", ""]),
        ("\ufeffsku,price\r\nA,1", ["A", "1", ""]),
    ],
)
def test_cells_come_in_the_order_of_the_layout_whatever_that_of_the_file(content: str, cells: list[str]) -> None:
    assert rows(content) == [(2, cells)]


def test_the_header_is_the_first_row_that_there_is() -> None:
    assert rows("\n  \nsku,price\n\nA,1\n") == [(5, ["A", "1", ""])]


def test_every_line_is_a_row_or_has_a_reason_and_its_own_number() -> None:
    content = 'sku,price\nA,3,39\n"B\nB",1\nC\nD"D,1\n"E,1\nF,1\nG,"1'
    assert rows(content) == [
        (2, "columns"),
        (3, ["B\nB", "1", ""]),
        (5, "columns"),
        (6, "not_csv"),
        (7, "not_csv"),
        (8, ["F", "1", ""]),
        (9, "not_csv"),
    ]


@pytest.mark.parametrize(
    ("header", "detail"),
    [
        ("", "The file is empty."),
        ("\n\r\n", "The file is empty."),
        ("sku", "The file lacks the columns unitPrice."),
        ("sku,prize", "The file lacks the columns unitPrice. It has unknown columns: prize."),
        ("sku,price,", "It has unknown columns: column 3, which has no name."),
        ("sku,price,a,b,c,d,e,f,g", "It has unknown columns: a, b, c, d, e and 2 more."),
        ("sku,price,\x1b[2J", "It has unknown columns: ?[2J."),
        ("sku,price,Stock Code", "It names more than once: sku."),
        ("sku,price,Price,unit price", "It names more than once: unitPrice."),
        ("A,1", "The file has no header: its first row names none of the columns."),
        (
            'sku,"price',
            "The first row cannot be read. The row is not CSV: a quote in it is not closed, or not doubled ",
        ),
        ("sku,price\x00", "The first row cannot be read. The row contains a NUL character."),
        (f"sku,price,{'x' * 4096}", "The first row cannot be read. The row is longer than 4096 bytes."),
    ],
)
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_other_columns_are_refused_and_named(mark: str, header: str, detail: str) -> None:
    with pytest.raises(UnfitFile) as refusal:
        rows(f"{mark}{header}\nA,1\n" if header.strip() else mark + header)
    assert refusal.value.detail.startswith(detail)
    assert (
        refusal.value.unblock == "The first row names the columns, in any order: sku, unitPrice and, if wanted, note."
    )


def test_a_file_of_another_encoding_is_refused() -> None:
    for encoding in ("utf-16", "utf-32"):
        with pytest.raises(UnfitFile):
            LAYOUT.check(io.BytesIO("sku,price\nA,1\n".encode(encoding)))


@given(st.binary(max_size=300))
def test_whatever_a_file_begins_with_its_refusal_fits_where_failures_are_kept(content: bytes) -> None:
    with pytest.raises(UnfitFile) as refusal:
        LAYOUT.check(io.BytesIO(content))
    assert len(f"{refusal.value.detail} {refusal.value.unblock}") <= 500


@pytest.mark.parametrize(
    ("header", "row", "guessed"),
    [
        ("sku,price,note", "A,3,39,x", {"A"}),
        ("sku,price,note", "A", {"A"}),
        ("price,note,sku", "3,39,x,A", {"A"}),
        ("price,sku,note", "3,39,A,x", {"39", "A"}),
        ("price,sku,note", "3,A,x,y", {"A", "x"}),
        ("sku,price,note", '"A,3,x', {"A"}),
        ("price,sku,note", "3", set()),
    ],
)
def test_what_an_unreadable_row_may_be_about_is_counted_from_either_end(
    header: str, row: str, guessed: set[str]
) -> None:
    with open_table(LAYOUT, opener(f"{header}\n{row}\n")) as table:
        (record,) = table
        assert table.header.guess(record, 0) == guessed


def test_checking_a_file_leaves_it_open() -> None:
    stream = io.BytesIO(b"sku,price\nA,1\n")
    LAYOUT.check(stream)
    assert not stream.closed


def test_reading_goes_on_from_any_row_under_the_same_header() -> None:
    content = "note,price,sku\nx,1,A\ny,2,B\n"
    with open_table(LAYOUT, opener(content)) as table:
        next(iter(table))
        at, lines = table.at, table.lines
    with open_table(LAYOUT, opener(content), at=at, lines=lines) as rest:
        assert (rest.begins_at, rest.lines_before) == (at, 2)
        assert [(record.line, rest.header.cells(record)) for record in rest] == [(3, ["B", "2", "y"])]
        assert (rest.at, rest.lines) == (len(content), 3)
