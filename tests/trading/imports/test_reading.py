"""A CSV of book orders as it is read: what is good, what is set aside, and where one may stop and go on."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from typing import BinaryIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.files.records import MAX_RECORD, Rejected
from core.files.tables import open_table
from core.text import normal
from trading.imports.batching import Rows
from trading.imports.reading import LAYOUT, read_batches

GOOD = "1,JPM,Buy,20,2000"
SHORT = "orderId,symbol,side,amount,price\n"
LONG = "orderId,symbol,side,amount,price,source\n"


def read(content: str | bytes, *, header: str = SHORT, rows: int = 1000) -> list[Rows]:
    """Of a file that is `content` under a header."""
    raw = header.encode() + (content if isinstance(content, bytes) else content.encode())
    with open_table(LAYOUT, opener(raw)) as table:
        return list(read_batches(table, rows=rows))


def opener(content: bytes) -> Callable[[int], BinaryIO]:
    return lambda at: io.BytesIO(content[at:])


def rows(batches: list[Rows]) -> list[tuple[str, ...]]:
    """line, id, whether it is a number, symbol, side, amount, price, source: as PostgreSQL would read them."""
    found = []
    for line in (line for batch in batches for line in batch.copied):
        _, *cells = line.rstrip("\n").split("\t")
        found.append(tuple(_unescaped(cell) for cell in cells))
    return found


def _unescaped(cell: str) -> str:
    marks = {"\\\\": "\\", "\\t": "\t", "\\n": "\n", "\\r": "\r"}
    text, rest = "", cell
    while rest:
        taken = 2 if rest[0] == "\\" else 1
        text, rest = text + marks.get(rest[:2], rest[0]) if taken == 2 else text + rest[0], rest[taken:]
    return text


def rejected(batches: list[Rows]) -> list[Rejected]:
    return [each for batch in batches for each in batch.rejected]


def why(row: str | bytes) -> str:
    """The code with which a row alone in a file without sources is set aside."""
    raw = row if isinstance(row, bytes) else row.encode()
    (only,) = rejected(read(raw + b"\n"))
    assert only.line == 2
    return only.code


def test_a_file_has_sources_or_has_none() -> None:
    assert rows(read("7,JPM,Buy,20,2000\n")) == [("2", "7", "t", "JPM", "Buy", "20", "2000", "")]
    assert rows(read("A-7,BRK.B,Sell,5,1,desk one\n8,JPM,Buy,1,2,\n", header=LONG)) == [
        ("2", "A-7", "f", "BRK.B", "Sell", "5", "1", "desk one"),
        ("3", "8", "t", "JPM", "Buy", "1", "2", ""),
    ]


@pytest.mark.parametrize(
    ("header", "row"),
    [
        ("orderId,symbol,side,price,amount,source", "1,JPM,Buy,2000,20,desk"),
        ("source,price,amount,side,symbol,orderId", "desk,2000,20,Buy,JPM,1"),
        ('"Order ID","SYMBOL","side","quantity","price","Source"\r', '1,"JPM",Buy,20,2000,desk\r'),
        ("\ufefforder_id, symbol ,Side,Amount,Price,source", "1,JPM,Buy,20,2000,desk"),
    ],
)
def test_columns_go_by_their_names_in_any_order_and_spelling(header: str, row: str) -> None:
    batches = read(f"{row}\n", header=f"{header}\n")
    assert rows(batches) == [("2", "1", "t", "JPM", "Buy", "20", "2000", "desk")]
    assert batches[-1].lines == 2


def test_empty_lines_and_windows_line_ends_are_no_rows() -> None:
    batches = read(f"\r\n{GOOD}\r\n   \n\n2,JPM,Buy,1,1")
    assert [row[0] for row in rows(batches)] == ["3", "6"]
    assert rejected(batches) == []


def test_quotes_may_stand_around_anything_and_line_ends_within_them() -> None:
    content = '"a,""b",JPM,"Buy",20,2000,"x, ""y"""\n2,JPM,Buy,1,1,"two\nlines"\n3,JPM,Buy,1,1,\n'
    batches = read(content, header=LONG)
    assert rows(batches) == [
        ("2", 'a,"b', "f", "JPM", "Buy", "20", "2000", 'x, "y"'),
        ("5", "3", "t", "JPM", "Buy", "1", "1", ""),
    ]
    assert [(each.line, each.code) for each in rejected(batches)] == [(3, "source")]


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("1,JPM,Buy,20", "columns"),
        ("1,JPM,Buy,20,2000,a", "columns"),
        ("1,JPM,Buy,20,3,39", "columns"),
        ("1,JPM,Buy,20,", "price"),
        ("nothing like a row", "columns"),
        (",JPM,Buy,20,2000", "id"),
        ("a/b,JPM,Buy,20,2000", "id"),
        ("..,JPM,Buy,20,2000", "id"),
        (f"{'x' * 65},JPM,Buy,20,2000", "id"),
        ("1, JPM,Buy,20,2000", "symbol"),
        ("1,,Buy,20,2000", "symbol"),
        ("1,imports,Buy,20,2000", "symbol"),
        ("1,JPM,buy,20,2000", "side"),
        ("1,JPM,,20,2000", "side"),
        ("1,JPM,Buy,0,2000", "amount"),
        ("1,JPM,Buy,1000001,2000", "amount"),
        ("1,JPM,Buy,1.5,2000", "amount"),
        ("1,JPM,Buy,-1,2000", "amount"),
        ("1,JPM,Buy,٣,2000", "amount"),
        ("1,JPM,Buy,1_000,2000", "amount"),
        ("1,JPM,Buy, 20,2000", "amount"),
        ("1,JPM,Buy,+20,2000", "amount"),
        ("1,JPM,Buy,NaN,2000", "amount"),
        (f"1,JPM,Buy,{'9' * 4000},1", "amount"),
        ("1,JPM,Buy,20,0", "price"),
        ("1,JPM,Buy,20,1000000001", "price"),
        ("1,JPM,Buy,20,1e3", "price"),
        ('1,JPM,Buy,20,"1"b', "not_csv"),
        ('1,J"PM,Buy,20,1', "not_csv"),
        ("1,JPM,Buy\r,20,1", "not_csv"),
        ('"1,JPM,Buy,20,1', "not_csv"),
        (b"1,caf\xe9,Buy,20,1", "not_utf8"),
        ("1,J\x00PM,Buy,20,1", "nul"),
        ("x" * (MAX_RECORD + 1), "too_long"),
        ("x" * 3_000_000, "too_long"),
    ],
)
def test_a_row_that_cannot_be_an_order_is_set_aside_with_the_reason(row: str | bytes, code: str) -> None:
    assert why(row) == code


def test_the_bounds_themselves_are_good() -> None:
    content = f"{'x' * 64},{'S' * 64},Sell,1000000,1000000000,{'s' * 64}\n0,A,Buy,1,1,\n"
    assert len(rows(read(content, header=LONG))) == 2


@pytest.mark.parametrize("source", ["s" * 65, "No\x1brth", "No\u202erth"])
def test_a_source_that_cannot_be_kept_sets_its_row_aside(source: str) -> None:
    assert [each.code for each in rejected(read(f"1,JPM,Buy,20,1,{source}\n", header=LONG))] == ["source"]


def test_a_quote_that_nothing_closes_costs_its_own_line_alone() -> None:
    content = '1,JPM,Buy,1,1,\n"2,JPM,Buy,1,1,\n3,JPM,Buy,1,1,\n4,JPM,Buy,1,1,"x"\n'
    batches = read(content, header=LONG)
    assert [row[1] for row in rows(batches)] == ["1", "3", "4"]
    assert [(each.line, each.text, each.code) for each in rejected(batches)] == [(3, '"2,JPM,Buy,1,1,', "not_csv")]


def test_what_is_shown_of_a_row_is_text_whatever_its_bytes() -> None:
    (only,) = rejected(read(b"\xff\x00,JPM\r\n"))
    assert only.text == "\\xff\\x00,JPM"
    assert len(rejected(read(b"x" * 9999))[0].text) == 1000


def test_ids_are_numbers_only_as_json_writes_them() -> None:
    content = "".join(f"{ref},A,Buy,1,1\n" for ref in ("0", "-5", "007", "-0", "1_0", "1234567890123456789", "12"))
    assert [row[2] for row in rows(read(content))] == ["t", "t", "f", "f", "f", "f", "t"]


def test_every_batch_but_the_last_is_full_and_begins_where_the_one_before_ended() -> None:
    content = "".join(f"{number},JPM,Buy,1,1\n" for number in range(25))
    batches = read(content, rows=10)
    assert [len(batch.copied) for batch in batches] == [10, 10, 5]
    assert [batch.begins_at for batch in batches[1:]] == [batch.ends_at for batch in batches[:-1]]
    assert (batches[0].begins_at, batches[-1].ends_at) == (0, len(SHORT) + len(content))


PIECES = [b'"', b",", b"\n", b"\r\n", b"\r", b"\x00", b"\xff", b"JPM", b"Buy", b"7", b"\\", b" ", b"\xc3\xa9"]
WHOLE_ROWS = [b"1,JPM,Buy,1,1,\n", b'2,JPM,Buy,1,1,"a\nb"\n']
BYTES = st.lists(st.sampled_from(PIECES + WHOLE_ROWS) | st.binary(max_size=4), max_size=60).map(b"".join)


@given(content=BYTES, size=st.integers(1, 5))
@settings(max_examples=400, deadline=None)
def test_any_bytes_are_read_to_their_end_and_going_on_anywhere_gives_the_same(content: bytes, size: int) -> None:
    whole = read(content, header=LONG)
    assert whole[-1].ends_at == len(LONG) + len(content)
    parts = list(_resumed(LONG.encode() + content, size))
    assert rows(parts) == rows(whole)
    assert rejected(parts) == rejected(whole)
    for each in rejected(whole):
        each.text.encode()
        assert "\x00" not in each.text


def _resumed(content: bytes, size: int) -> Iterator[Rows]:
    """Each batch read by a run of its own, as if every one before had been killed."""
    at = lines = 0
    while at < len(content):
        with open_table(LAYOUT, opener(content), at=at, lines=lines) as table:
            batch = next(read_batches(table, rows=size))
        assert batch.ends_at > at
        yield batch
        at, lines = batch.ends_at, batch.lines


CELLS = st.tuples(
    st.text(st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="/"), min_size=1, max_size=64).filter(
        lambda ref: ref not in {".", ".."}
    ),
    st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._:\-]{0,63}", fullmatch=True).filter(
        lambda symbol: symbol not in {"imports", "instruments", "orders", "trades"}
    ),
    st.sampled_from(["Buy", "Sell"]),
    st.integers(1, 1_000_000).map(str),
    st.integers(1, 1_000_000_000).map(str),
    st.text(st.characters(exclude_categories=["C", "Zl", "Zp"]), max_size=32).map(normal),
)


@given(cells=st.lists(CELLS, max_size=8))
@settings(max_examples=200, deadline=None)
def test_whatever_may_be_an_order_is_read_as_it_was_written(cells: list[tuple[str, ...]]) -> None:
    file = io.StringIO(newline="")
    csv.writer(file).writerows(cells)
    batches = read(file.getvalue(), header=LONG)
    assert rejected(batches) == []
    assert [(row[1], *row[3:]) for row in rows(batches)] == cells
