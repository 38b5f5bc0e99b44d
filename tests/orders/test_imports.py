"""Reading invoices from a file: what becomes an order, and why the rest does not."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from core.files.records import cells_of
from orders.actions import NewLine
from orders.imports.reading import (
    COLUMNS,
    CORRECTION,
    CREDIT,
    Invoice,
    Reject,
    UnreadableFile,
    read_file,
)

MUG = "1,MUG,A MUG,2,12-01-2010 08:26,2.55,17850,United Kingdom"


def read(
    folder: Path, *rows: str, header: str = ",".join(COLUMNS), encoding: str = "utf-8-sig"
) -> list[Invoice | Reject]:
    path = folder / "orders.csv"
    path.write_text("\r\n".join([header, *rows]) + "\r\n", encoding=encoding)
    return read_file(path)


def the_invoice(folder: Path, *rows: str) -> Invoice:
    (found,) = read(folder, *rows)
    assert isinstance(found, Invoice), found
    return found


def the_reject(folder: Path, *rows: str) -> Reject:
    (found,) = read(folder, *rows)
    assert isinstance(found, Reject), found
    return found


def test_an_invoice_is_an_order_with_its_time_customer_and_country(tmp_path: Path) -> None:
    invoice = the_invoice(tmp_path, MUG)
    assert invoice.number == "1"
    assert invoice.placed_at == dt.datetime(2010, 12, 1, 8, 26, tzinfo=dt.UTC)
    assert (invoice.customer_ref, invoice.country) == ("17850", "United Kingdom")
    assert invoice.lines == [NewLine("MUG", 2, unit_price=255)]
    assert invoice.names == {"MUG": "A MUG"}
    assert (invoice.shipping, invoice.total) == (0, 510)


def test_rows_of_one_sku_and_price_are_one_line_and_of_two_prices_two(tmp_path: Path) -> None:
    invoice = the_invoice(
        tmp_path,
        MUG,
        "1,JAR,A JAR,1,12-01-2010 08:26,1,17850,United Kingdom",
        "1,MUG,A MUG,3,12-01-2010 08:26,2.55,17850,United Kingdom",
        "1,MUG,A MUG,1,12-01-2010 08:26,0,17850,United Kingdom",
    )
    assert invoice.lines == [
        NewLine("MUG", 5, unit_price=255),
        NewLine("JAR", 1, unit_price=100),
        NewLine("MUG", 1, unit_price=0),
    ]


@pytest.mark.parametrize("code", ["POST", "DOT", "C2"])
def test_shipping_rows_are_the_orders_shipping_charge(tmp_path: Path, code: str) -> None:
    invoice = the_invoice(tmp_path, MUG, f"1,{code},POSTAGE,2,12-01-2010 08:26,18.005,17850,France")
    assert (invoice.shipping, invoice.total) == (2 * 1_801, 510 + 3_602)
    assert [line.sku for line in invoice.lines] == ["MUG"]


def test_without_a_customer_the_order_is_a_guests(tmp_path: Path) -> None:
    assert the_invoice(tmp_path, MUG.replace("17850", "")).customer_ref == ""


def test_a_product_without_a_description_is_named_by_its_code(tmp_path: Path) -> None:
    assert the_invoice(tmp_path, MUG.replace("A MUG", "")).names == {"MUG": "MUG"}


def test_a_credit_invoice_is_set_aside_with_its_amount(tmp_path: Path) -> None:
    reject = the_reject(tmp_path, "C1,MUG,A MUG,-2,12-01-2010 08:26,2.55,17850,United Kingdom")
    assert (reject.number, reject.reason, reject.amount) == ("C1", CREDIT, -510)


def test_an_invoice_without_prices_is_a_stock_correction(tmp_path: Path) -> None:
    reject = the_reject(tmp_path, "2,MUG,,-10,12-01-2010 08:26,0,,United Kingdom")
    assert (reject.reason, reject.amount) == (CORRECTION, 0)


@pytest.mark.parametrize(
    "row",
    [
        "1,POST,POSTAGE,1,12-01-2010 08:26,18,17850,France",
        "1,MUG,A MUG,-1,12-01-2010 08:26,2.55,17850,France",
        "1,MUG,A MUG,0,12-01-2010 08:26,2.55,17850,France",
        "1,MUG,A MUG,1,12-01-2010 08:26,-2.55,17850,France",
    ],
)
def test_what_cannot_be_an_order_is_rejected_whole(tmp_path: Path, row: str) -> None:
    assert "an order needs goods" in the_reject(tmp_path, row).reason


@pytest.mark.parametrize(
    "row",
    [
        "1,MUG,A MUG,1000001,12-01-2010 08:26,2.55,17850,France",
        "1,MUG,A MUG,1,12-01-2010 08:26,99999999999999.99,17850,France",
    ],
)
def test_what_is_too_large_for_an_order_is_rejected_whole(tmp_path: Path, row: str) -> None:
    assert the_reject(tmp_path, row).reason == "an amount or a quantity is too large"


@pytest.mark.parametrize(
    "row",
    [
        "1,MUG,A\x00MUG,1,12-01-2010 08:26,2.55,17850,France",
        "1,,A MUG,1,12-01-2010 08:26,2.55,17850,France",
        "1,MUG,A MUG,one,12-01-2010 08:26,2.55,17850,France",
        "1,MUG,A MUG,1.5,12-01-2010 08:26,2.55,17850,France",
        "1,MUG,A MUG,1,2010-12-01,2.55,17850,France",
        "1,MUG,A MUG,1,12-01-2010 08:26,free,17850,France",
        "1,MUG,A MUG,1,12-01-2010 08:26,NaN,17850,France",
        "1,MUG,A MUG,1,12-01-2010 08:26,Infinity,17850,France",
        "1,MUG,A MUG,1,12-01-2010 08:26,1e400,17850,France",
        "1,MUG,A MUG",
    ],
)
def test_a_row_that_cannot_be_read_rejects_its_invoice_and_no_other(tmp_path: Path, row: str) -> None:
    bad, good = read(tmp_path, row, MUG.replace("1,MUG", "2,MUG", 1))
    assert isinstance(bad, Reject)
    assert bad.reason.startswith("unreadable row: ")
    assert isinstance(good, Invoice)


@pytest.mark.parametrize(
    ("row", "long"),
    [
        (f"1,{'X' * 65},A MUG,1,12-01-2010 08:26,2.55,17850,France", "StockCode"),
        (f"1,MUG,{'X' * 251},1,12-01-2010 08:26,2.55,17850,France", "Description"),
        (f"{'1' * 101},MUG,A MUG,1,12-01-2010 08:26,2.55,17850,France", "InvoiceNo"),
        (f"1,MUG,A MUG,1,12-01-2010 08:26,2.55,{'9' * 101},France", "CustomerID"),
    ],
)
def test_text_that_is_too_long_to_keep_rejects_its_invoice(tmp_path: Path, row: str, long: str) -> None:
    assert f"{long} is longer than" in the_reject(tmp_path, row).reason


def test_rows_of_an_invoice_belong_together_wherever_they_stand(tmp_path: Path) -> None:
    found = read(tmp_path, MUG, MUG.replace("1,MUG", "2,MUG", 1), MUG)
    assert [(each.number, len(each.rows)) for each in found] == [("1", 2), ("2", 1)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_a_byte_order_mark_makes_no_difference(tmp_path: Path, encoding: str) -> None:
    assert len(read(tmp_path, MUG, encoding=encoding)) == 1


def test_a_file_of_another_kind_is_unreadable(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="lacks the columns InvoiceNo"):
        read(tmp_path, "1", header="number")
    with pytest.raises(UnreadableFile, match="cannot be read"):
        read(tmp_path, "é" * 10, encoding="latin-1")
    with pytest.raises(UnreadableFile, match="cannot be read"):
        read_file(tmp_path / "missing.csv")


def test_a_rejected_row_is_kept_as_it_stands(tmp_path: Path) -> None:
    reject = the_reject(tmp_path, 'C9,MUG,"A ""MUG"", L",-2,12-01-2010 08:26,2.55,,France')
    (row,) = reject.rows
    assert (row.number, row.as_csv()) == (2, 'C9,MUG,"A ""MUG"", L",-2,12-01-2010 08:26,2.55,,France')
    assert cells_of(row.as_csv()) == list(row.text.values())
