"""Reading invoices from a file: what becomes an order, and why the rest does not."""

from __future__ import annotations

import datetime as dt
import io
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.files.records import Rejected, cells_of
from core.files.tables import UnfitFile, open_table
from orders.actions import NewLine
from orders.imports.reading import (
    CORRECTION,
    LAYOUT,
    NO_CREDIT,
    NO_ORDER,
    NOBODYS_CREDIT,
    Credit,
    Invoice,
    Reject,
    read_invoices,
)

LONDON = ZoneInfo("Europe/London")
MUG = "1,MUG,A MUG,2,12-01-2010 08:26,2.55,17850,United Kingdom"


def read(
    *rows: str, header: str = ",".join(LAYOUT.names), encoding: str = "utf-8", zone: ZoneInfo = LONDON
) -> list[Invoice | Credit | Reject]:
    content = "\r\n".join([header, *rows, ""]).encode(encoding)
    return read_invoices(lambda at: io.BytesIO(content[at:]), zone).items


def the_invoice(*rows: str, **how: Any) -> Invoice:
    (found,) = read(*rows, **how)
    assert isinstance(found, Invoice), found
    return found


def reason_of(reject: Reject) -> str:
    (reason,) = {row.reason for row in reject.rows}
    return reason


def the_reject(*rows: str, **how: Any) -> Reject:
    (found,) = read(*rows, **how)
    assert isinstance(found, Reject), found
    return found


def test_an_invoice_is_an_order_with_its_time_customer_and_country() -> None:
    invoice = the_invoice(MUG)
    assert invoice.number == "1"
    assert invoice.placed_at == dt.datetime(2010, 12, 1, 8, 26, tzinfo=dt.UTC)
    assert (invoice.customer_ref, invoice.country) == ("17850", "United Kingdom")
    assert invoice.lines == [NewLine("MUG", 2, unit_price=255, tax=0)]
    assert invoice.names == {"MUG": "A MUG"}
    assert (invoice.shipping, invoice.total) == (0, 510)


def test_rows_of_one_sku_and_price_are_one_line_and_of_two_prices_two() -> None:
    invoice = the_invoice(
        MUG,
        "1,JAR,A JAR,1,12-01-2010 08:26,1,17850,United Kingdom",
        "1,MUG,A MUG,3,12-01-2010 08:26,2.55,17850,United Kingdom",
        "1,MUG,A MUG,1,12-01-2010 08:26,0,17850,United Kingdom",
    )
    assert invoice.lines == [
        NewLine("MUG", 5, unit_price=255, tax=0),
        NewLine("JAR", 1, unit_price=100, tax=0),
        NewLine("MUG", 1, unit_price=0, tax=0),
    ]


@pytest.mark.parametrize("code", ["POST", "DOT", "C2"])
def test_shipping_rows_are_the_orders_shipping_charge(code: str) -> None:
    invoice = the_invoice(MUG, f"1,{code},POSTAGE,2,12-01-2010 08:26,18.005,17850,United Kingdom")
    assert (invoice.shipping, invoice.total) == (3_601, 510 + 3_601)
    assert [line.sku for line in invoice.lines] == ["MUG"]


def test_without_a_customer_the_order_is_a_guests() -> None:
    assert the_invoice(MUG.replace("17850", "")).customer_ref == ""


def test_a_product_without_a_description_is_named_by_its_code() -> None:
    assert the_invoice(MUG.replace("A MUG", "")).names == {"MUG": "MUG"}


def test_a_credit_invoice_is_its_customers() -> None:
    (credit,) = read("C1,MUG,A MUG,-2,12-01-2010 08:26,2.55,17850,United Kingdom")
    assert isinstance(credit, Credit)
    assert (credit.number, credit.customer_ref, credit.amount) == ("C1", "17850", 510)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("C1,MUG,A MUG,-2,12-01-2010 08:26,2.55,,United Kingdom", NOBODYS_CREDIT),
        ("C1,MUG,A MUG,2,12-01-2010 08:26,2.55,17850,United Kingdom", NO_CREDIT),
        ("C1,MUG,A MUG,-2,12-01-2010 08:26,-2.55,17850,United Kingdom", NO_CREDIT),
        ("C1,MUG,A MUG,-2,12-01-2010 08:26,0,17850,United Kingdom", NO_CREDIT),
    ],
)
def test_what_is_no_credit_is_rejected_with_why(row: str, reason: str) -> None:
    assert reason_of(the_reject(row)) == reason


def test_an_invoice_without_prices_is_a_stock_correction() -> None:
    reject = the_reject("2,MUG,,-10,12-01-2010 08:26,0,,United Kingdom")
    assert (reason_of(reject), reject.amount) == (CORRECTION, 0)


@pytest.mark.parametrize(
    "row",
    [
        "1,POST,POSTAGE,1,12-01-2010 08:26,18,17850,France",
        "1,MUG,A MUG,-1,12-01-2010 08:26,2.55,17850,France",
        "1,MUG,A MUG,0,12-01-2010 08:26,2.55,17850,France",
        "1,MUG,A MUG,1,12-01-2010 08:26,-2.55,17850,France",
    ],
)
def test_what_cannot_be_an_order_is_rejected_whole(row: str) -> None:
    assert reason_of(the_reject(row)) == NO_ORDER


@pytest.mark.parametrize(
    "row",
    [
        "1,MUG,A MUG,1000001,12-01-2010 08:26,2.55,17850,France",
        "1,MUG,A MUG,1,12-01-2010 08:26,99999999999999.99,17850,France",
    ],
)
def test_what_is_too_large_for_an_order_is_rejected_whole(row: str) -> None:
    assert reason_of(the_reject(row)) == "an amount or a quantity is too large"


WHOLE_NUMBER = "is not a whole number"
DECIMAL = "is not a decimal number with a point"
TIME = "is not a time such as 12-31-2010 08:26"


@pytest.mark.parametrize(
    ("column", "cell", "reason"),
    [
        ("StockCode", "", "StockCode is missing"),
        ("StockCode", "  ", "StockCode is missing"),
        ("Quantity", "one", f"Quantity 'one' {WHOLE_NUMBER}"),
        ("Quantity", "1.5", f"Quantity '1.5' {WHOLE_NUMBER}"),
        ("Quantity", "1_000", f"Quantity '1_000' {WHOLE_NUMBER}"),
        ("Quantity", "٣", f"Quantity '٣' {WHOLE_NUMBER}"),
        ("Quantity", " 1", f"Quantity ' 1' {WHOLE_NUMBER}"),
        ("Quantity", "+1", f"Quantity '+1' {WHOLE_NUMBER}"),
        ("Quantity", "", f"Quantity '' {WHOLE_NUMBER}"),
        ("Quantity", "9" * 50, f"Quantity '{'9' * 40}…' {WHOLE_NUMBER}"),
        ("UnitPrice", "free", f"UnitPrice 'free' {DECIMAL}"),
        ("UnitPrice", "NaN", f"UnitPrice 'NaN' {DECIMAL}"),
        ("UnitPrice", "Infinity", f"UnitPrice 'Infinity' {DECIMAL}"),
        ("UnitPrice", "1e3", f"UnitPrice '1e3' {DECIMAL}"),
        ("UnitPrice", "1_0.5", f"UnitPrice '1_0.5' {DECIMAL}"),
        ("UnitPrice", "٢.٥", f"UnitPrice '٢.٥' {DECIMAL}"),
        ("UnitPrice", ".5", f"UnitPrice '.5' {DECIMAL}"),
        ("UnitPrice", "5.", f"UnitPrice '5.' {DECIMAL}"),
        ("UnitPrice", "2.55 ", f"UnitPrice '2.55 ' {DECIMAL}"),
        ("UnitPrice", "£2.55", f"UnitPrice '£2.55' {DECIMAL}"),
        ("InvoiceDate", "2010-12-01", f"InvoiceDate '2010-12-01' {TIME}"),
        ("InvoiceDate", "12-1-2010 08:26", f"InvoiceDate '12-1-2010 08:26' {TIME}"),
        ("InvoiceDate", "12-01-2010  08:26", f"InvoiceDate '12-01-2010  08:26' {TIME}"),
        ("InvoiceDate", "١٢-٠١-٢٠١٠ ٠٨:٢٦", f"InvoiceDate '١٢-٠١-٢٠١٠ ٠٨:٢٦' {TIME}"),
        ("InvoiceDate", "13-01-2010 08:26", f"InvoiceDate '13-01-2010 08:26' {TIME}"),
        (
            "InvoiceDate",
            "03-28-2010 01:30",
            "InvoiceDate '03-28-2010 01:30' never came in Europe/London, as the clocks went forward",
        ),
        (
            "InvoiceDate",
            "10-31-2010 01:30",
            "InvoiceDate '10-31-2010 01:30' came twice in Europe/London, as the clocks went back",
        ),
    ],
)
def test_a_cell_that_cannot_be_understood_rejects_its_invoice_and_no_other(column: str, cell: str, reason: str) -> None:
    cells = MUG.split(",")
    cells[LAYOUT.names.index(column)] = cell
    bad, good = read(",".join(cells), MUG.replace("1,MUG", "2,MUG", 1))
    assert isinstance(bad, Reject)
    assert reason_of(bad) == f"unreadable row: {reason}"
    assert isinstance(good, Invoice)


@pytest.mark.parametrize(
    ("shown", "zone", "utc"),
    [
        ("12-01-2010 08:26", "Europe/London", "2010-12-01 08:26"),
        ("07-01-2011 08:26", "Europe/London", "2011-07-01 07:26"),
        ("07-01-2011 08:26", "America/New_York", "2011-07-01 12:26"),
        ("07-01-2011 00:26", "Asia/Tokyo", "2011-06-30 15:26"),
        ("07-01-2011 08:26", "UTC", "2011-07-01 08:26"),
        ("10-31-2010 02:00", "Europe/London", "2010-10-31 02:00"),
        ("10-31-2010 00:59", "Europe/London", "2010-10-30 23:59"),
    ],
)
def test_times_are_what_the_clocks_of_the_files_zone_showed(shown: str, zone: str, utc: str) -> None:
    invoice = the_invoice(MUG.replace("12-01-2010 08:26", shown), zone=ZoneInfo(zone))
    assert invoice.placed_at == dt.datetime.fromisoformat(f"{utc}+00:00")


@pytest.mark.parametrize(
    ("quantity", "price", "lines", "total"),
    [
        (300, "0.005678", [(170, 1), (130, 0)], 170),
        (1000, "0.125", [(500, 13), (500, 12)], 12_500),
        (3, "0.335", [(2, 34), (1, 33)], 101),
        (1, "2.555", [(1, 256)], 256),
        (12, "0.42", [(12, 42)], 504),
        (1, "0.004", [(1, 0)], 0),
        (1_000_000, "0.000000000000000001", [(1_000_000, 0)], 0),
        (999_999, "0.123456789012345678", [(345_679, 13), (654_320, 12)], 12_345_667),
    ],
)
def test_a_row_comes_to_its_exact_amount_rounded_once(
    quantity: int, price: str, lines: list[tuple[int, int]], total: int
) -> None:
    invoice = the_invoice(f"1,MUG,A MUG,{quantity},12-01-2010 08:26,{price},17850,UK")
    assert [(line.quantity, line.unit_price) for line in invoice.lines] == lines
    assert invoice.total == total


def test_rows_are_rounded_each_for_itself_and_units_of_one_price_are_one_line() -> None:
    row = "1,MUG,A MUG,3,12-01-2010 08:26,0.335,17850,UK"
    invoice = the_invoice(row, row)
    assert [(line.quantity, line.unit_price) for line in invoice.lines] == [(4, 34), (2, 33)]
    assert (invoice.total, invoice.prices) == (2 * 101, {"MUG": 34})


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (("17850", "17851"), "the invoice has several customers: '17850' and '17851'"),
        (("17850", ""), "the invoice has several customers: '17850' and 'none'"),
        (("United Kingdom", "France"), "the invoice has several countries: 'United Kingdom' and 'France'"),
        (("08:26", "08:27"), "the invoice has several dates: '2010-12-01 08:26 UTC' and '2010-12-01 08:27 UTC'"),
    ],
)
def test_rows_of_one_invoice_that_contradict_each_other_reject_it(change: tuple[str, str], reason: str) -> None:
    reject = the_reject(MUG, MUG.replace(*change))
    assert [(row.line, row.code, row.reason) for row in reject.rows] == [
        (2, "contradictory", reason),
        (3, "contradictory", reason),
    ]


@pytest.mark.parametrize(
    ("row", "code", "reason"),
    [
        (
            "1,MUG,A MUG,2,12-01-2010 08:26,3,39,17850,UK",
            "columns",
            "The row has 9 cells; the first row names 8 columns.",
        ),
        ("1,MUG,A MUG", "columns", "The row has 3 cells; the first row names 8 columns."),
        ("1,MUG,A MUG,2,12-01-2010 08:26,2.55,17850", "columns", "The row has 7 cells; the first row names 8 columns."),
        ('1,MUG,"A MUG,2,12-01-2010 08:26,2.55,17850,UK', "not_csv", None),
        ('1,MUG,A "MUG",2,12-01-2010 08:26,2.55,17850,UK', "not_csv", None),
        ("1,MUG,A\x00MUG,2,12-01-2010 08:26,2.55,17850,UK", "nul", "The row contains a NUL character."),
        (f"1,MUG,{'x' * 5000},2,12-01-2010 08:26,2.55,17850,UK", "too_long", "The row is longer than 4096 bytes."),
    ],
)
def test_a_row_that_cannot_be_read_is_rejected_with_its_invoice_and_no_other(
    row: str, code: str, reason: str | None
) -> None:
    reason = reason or "The row is not CSV: a quote in it is not closed, or not doubled within quotes."
    shown = row.replace("\x00", "\\x00")[:1000]
    own, good, bad = read(MUG, row, MUG.replace("1,MUG", "2,MUG", 1))
    assert isinstance(own, Reject)
    assert own.rows == [
        Rejected(2, MUG, "incomplete", "the invoice has a row that cannot be read, at line 3"),
    ]
    assert isinstance(bad, Reject)
    assert bad.rows == [Rejected(3, shown, code, reason)]
    assert isinstance(good, Invoice)


def test_a_row_of_too_many_cells_rejects_its_invoice_wherever_its_number_stands() -> None:
    header = "Country,CustomerID,UnitPrice,InvoiceDate,Quantity,Description,StockCode,InvoiceNo"
    rows = [f"UK,17850,{price},12-01-2010 08:26,1,A MUG,MUG,7" for price in ("2.55", "3,39")]
    own, bad = read(*rows, header=header)
    assert isinstance(own, Reject)
    assert isinstance(bad, Reject)
    assert [row.code for row in (*own.rows, *bad.rows)] == ["incomplete", "columns"]


def test_a_row_that_is_not_utf8_is_rejected_alone() -> None:
    good, bad = read(
        "2,MUG,A MUG,1,12-01-2010 08:26,1,,UK", "3,CUP,caf\xe9,1,12-01-2010 08:26,1,,UK", encoding="latin-1"
    )
    assert isinstance(good, Invoice)
    assert isinstance(bad, Reject)
    assert bad.rows == [Rejected(3, "3,CUP,caf\\xe9,1,12-01-2010 08:26,1,,UK", "not_utf8", "The row is not UTF-8.")]


def test_a_description_of_several_lines_is_one_line_and_later_rows_keep_their_lines() -> None:
    first, second = read(
        '1,MUG,"A\nBLUE\tMUG ",2,12-01-2010 08:26,2.55,17850,UK', "2,CUP,A CUP,one,12-01-2010 08:26,1,,UK"
    )
    assert isinstance(first, Invoice)
    assert first.names == {"MUG": "A BLUE MUG"}
    assert isinstance(second, Reject)
    assert [row.line for row in second.rows] == [4]


@pytest.mark.parametrize(
    "header",
    [
        "Country,CustomerID,UnitPrice,InvoiceDate,Quantity,Description,StockCode,InvoiceNo",
        '"country","Customer ID","unit_price","INVOICEDATE","quantity","description","Stock Code","invoice no"',
        "Country,Customer ID,Price,InvoiceDate,Quantity,Description,SKU,Invoice",
    ],
)
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_columns_go_by_their_names_in_any_order_and_spelling(header: str, mark: str) -> None:
    row = ",".join(reversed(MUG.split(",")))
    assert read(row, header=mark + header) == [replaced(the_invoice(MUG), text=row)]


def replaced(invoice: Invoice, *, text: str) -> Invoice:
    (row,) = invoice.rows
    return replace(invoice, rows=[replace(row, text=text)])


@pytest.mark.parametrize(
    ("row", "long"),
    [
        (f"1,{'X' * 65},A MUG,1,12-01-2010 08:26,2.55,17850,France", "StockCode"),
        (f"1,MUG,{'X' * 251},1,12-01-2010 08:26,2.55,17850,France", "Description"),
        (f"{'1' * 101},MUG,A MUG,1,12-01-2010 08:26,2.55,17850,France", "InvoiceNo"),
        (f"1,MUG,A MUG,1,12-01-2010 08:26,2.55,{'9' * 101},France", "CustomerID"),
    ],
)
def test_text_that_is_too_long_to_keep_rejects_its_invoice(row: str, long: str) -> None:
    assert f"{long} is longer than" in reason_of(the_reject(row))


@pytest.mark.parametrize(
    ("row", "named"),
    [
        (
            "1,MU\u200bG,A MUG,1,12-01-2010 08:26,2.55,17850,France",
            "StockCode can't be kept: This contains a character",
        ),
        (
            '1,MUG,A MUG,1,12-01-2010 08:26,2.55,17850,"Fra\nnce"',
            "Country can't be kept: This contains a line break",
        ),
        ("1,MUG,A MUG,1,12-01-2010 08:26,2.55,17850,Fra\u202ence", "Country can't be kept: This contains a control"),
    ],
)
def test_text_that_cannot_be_kept_rejects_its_invoice_and_names_the_column(row: str, named: str) -> None:
    assert named in reason_of(the_reject(row))


def test_rows_of_an_invoice_belong_together_wherever_they_stand() -> None:
    found = read(MUG, MUG.replace("1,MUG", "2,MUG", 1), MUG)
    assert [(each.number, len(each.rows)) for each in found] == [("1", 2), ("2", 1)]


@pytest.mark.parametrize(
    ("header", "detail"),
    [
        ("number", "The file has no header: its first row names none of the columns."),
        (MUG, "The file has no header: its first row names none of the columns."),
        (
            "InvoiceNo,StockCode",
            "The file lacks the columns Description, Quantity, InvoiceDate, UnitPrice, CustomerID, ",
        ),
        (f"{','.join(LAYOUT.names)},Currency", "It has unknown columns: Currency."),
        (f"{','.join(LAYOUT.names)},Price", "It names more than once: UnitPrice."),
        (";".join(LAYOUT.names), "The file has no header: its first row names none of the columns."),
    ],
)
def test_a_file_of_other_columns_is_refused_and_says_which(header: str, detail: str) -> None:
    with pytest.raises(UnfitFile) as refusal:
        read(MUG, header=header)
    assert refusal.value.detail.startswith(detail)
    assert refusal.value.unblock == (
        "The first row names the columns, in any order: InvoiceNo, StockCode, Description, Quantity, InvoiceDate, "
        "UnitPrice, CustomerID, Country."
    )


def test_a_rejected_row_is_kept_as_it_stands() -> None:
    text = 'C9,MUG,"A ""MUG"", L",-2,12-01-2010 08:26,2.55,,France'
    assert the_reject(text).rows == [Rejected(2, text, "nobodys_credit", NOBODYS_CREDIT)]
    assert cells_of(text) == ["C9", "MUG", 'A "MUG", L', "-2", "12-01-2010 08:26", "2.55", "", "France"]


PIECES = [b'"', b",", b"\n", b"\r\n", b"\r", b"\x00", b"\xff", b"1", b"MUG", b"2.55", b" ", b"\xc3\xa9"]
WHOLE = [f"{MUG}\n".encode(), MUG.replace("1,MUG", "2,MUG", 1).encode() + b"\r\n", b'3,MUG,"A\nMUG",1,x,2,,UK\n']
BYTES = st.lists(st.sampled_from(PIECES + WHOLE) | st.binary(max_size=4), max_size=40).map(b"".join)


@given(BYTES)
@settings(max_examples=300, deadline=None)
def test_whatever_a_file_holds_every_row_of_it_is_in_an_order_or_rejected_once(content: bytes) -> None:
    file = f"{','.join(LAYOUT.names)}\n".encode() + content
    with open_table(LAYOUT, lambda at: io.BytesIO(file[at:])) as table:
        lines = [record.line for record in table]
    items = read_invoices(lambda at: io.BytesIO(file[at:]), LONDON).items
    told = [row.line for item in items for row in item.rows]
    assert sorted(told) == lines
