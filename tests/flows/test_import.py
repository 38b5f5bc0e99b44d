"""A shop's invoices from a file to the warehouse's door: import, fulfil, verify."""

from __future__ import annotations

import csv
import datetime as dt
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import nullcontext
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core.management import CommandError, call_command
from django.db import connection, models, transaction
from django.db.models import Sum

from core.actors import Actor
from core.clients import ensure_storefront
from core.jobs.commands import RowsRejected
from core.models import Event, Job
from core.transactions import action
from customers.actions import ensure_customer
from customers.models import Customer
from inventory.actions import NewVariant, ensure_catalogue, update_variant
from inventory.models import StockMovement, Variant
from orders.actions import NewLine, cancel_order, update_order
from orders.models import Order, OrderLine
from orders.payments.models import LedgerEntry
from stored_value.models import StoredValue, StoredValueEntry
from stored_value.queries import stored_value_discrepancies
from tests.core.children import ROOT, environment, wait_until
from tests.factories.inventory import a_location, stock_up
from tests.factories.orders import a_placed_order, assert_everything_adds_up, stock
from tests.factories.storefronts import a_storefront
from tests.factories.watching import everything, nothing_changes

pytestmark = pytest.mark.django_db(transaction=True)

SAMPLE = Path(__file__).parent.parent / "data" / "retail_sample.csv"
"""Six orders among rows of every other kind."""

REAL = django_settings.BASE_DIR.parent / "shared" / "data" / "online_retail_2010-12-01.csv"
NET = "138.75 GBP net: 147.24 GBP charged, 8.49 GBP credited by invoice"
CORRECTION = "zero-price invoice: a stock correction, not an order"
NO_ORDER = "an order needs goods, positive quantities and no negative price"


def run(command: str, *arguments: Any, rejecting: bool = False, **options: Any) -> list[str]:
    """What the command says; `rejecting`: its status tells that it rejected rows."""
    out = StringIO()
    ends = pytest.raises(RowsRejected) if rejecting else nullcontext()
    with ends:
        call_command(command, *arguments, storefront="Retail", stdout=out, **options)
    return out.getvalue().splitlines()


@pytest.fixture
def rejects(tmp_path: Path) -> Path:
    return tmp_path / "rejects" / "rejects.csv"


@pytest.fixture
def imports(rejects: Path) -> Callable[..., list[str]]:
    """Imports a file; rejects that an earlier import wrote are moved out of the way."""

    def imports(file: Path, *, rejecting: bool = True, **options: Any) -> list[str]:
        rejects.unlink(missing_ok=True)
        return run("import_orders", file, rejecting=rejecting, rejects=rejects, **options)

    return imports


Import = Callable[..., list[str]]


def imported() -> dict[str, Any]:
    """The orders as the file tells them: reference → total, shipping, customer, country, lines."""
    return {
        str(order.external_ref): (
            order.total,
            order.shipping,
            order.customer and order.customer.external_ref,
            order.metadata["country"],
            [(line.sku, line.quantity, line.unit_price) for line in order.lines.all()],
        )
        for order in Order.objects.select_related("customer").prefetch_related("lines").order_by("external_ref")
    }


ORDERS = {
    "700001": (5_028, 1_800, "20001", "United Kingdom", [("85001A", 10, 255), ("85002", 2, 339)]),
    "700002": (1_777, 0, None, "United Kingdom", [("85001A", 3, 255), ("85001A", 2, 506)]),
    "700003": (6_820, 6_195, "20002", "France", [("85003", 5, 125)]),
    "700004": (504, 0, "20001", "United Kingdom", [("85004", 12, 42), ("85005", 1, 0)]),
    "700012": (339, 0, "20003", "EIRE", [("85002", 1, 339)]),
    "700015": (256, 0, "20003", "EIRE", [("85001A", 1, 256)]),
}
UNITS = {"85001A": 16, "85002": 3, "85003": 5, "85004": 12, "85005": 1}


class TestTheSample:
    def test_it_tells_what_it_did(self, imports: Import, rejects: Path) -> None:
        assert imports(SAMPLE) == [
            "6 orders (6 new), 147.24 GBP in all, of which 79.95 GBP shipping",
            "2 invoices set aside as stock corrections",
            "1 credit invoices (2 rows), 8.49 GBP credited to their customers",
            "7 invoices, or rows that cannot be read, rejected for other reasons",
            f"Rejected rows with their reasons: {rejects}",
        ]

    def test_every_order_is_as_the_file_says(self, imports: Import) -> None:
        imports(SAMPLE)
        assert imported() == ORDERS
        assert stock() == {sku: (units, units) for sku, units in UNITS.items()}
        assert Customer.objects.count() == 3
        names = dict(OrderLine.objects.values_list("sku", "name"))
        assert (names["85003"], names["85004"]) == ("85003", 'CANDLE, "LARGE"')
        first = Order.objects.get(external_ref="700001")
        assert str(first.placed_at) == "2010-12-01 09:00:00+00:00"
        assert set(Order.objects.values_list("status", "payment_terms")) == {("placed", "on_account")}
        assert_everything_adds_up()

    def test_every_rejected_row_is_kept_as_it_stands_with_its_line_and_reason(
        self, imports: Import, rejects: Path
    ) -> None:
        imports(SAMPLE)
        with rejects.open(encoding="utf-8", newline="") as file:
            told = list(csv.DictReader(file))
        assert [(row["line"], row["InvoiceNo"], row["Quantity"]) for row in told[:1]] == [
            ("15", "700006", "-10"),
        ]
        assert {row["InvoiceNo"]: row["reason"] for row in told} == {
            "700006": CORRECTION,
            "700007": CORRECTION,
            "700008": "unreadable row: Quantity 'six' is not a whole number",
            "700009": NO_ORDER,
            "700010": NO_ORDER,
            "700011": "The row has 4 cells; the first row names 8 columns.",
            "700013": "unreadable row: InvoiceDate '2010-12-01 12:10' is not a time such as 12-31-2010 08:26",
            "700014": "unreadable row: StockCode is missing",
            "700016": "unreadable row: UnitPrice 'NaN' is not a decimal number with a point",
        }
        # An invoice with one unreadable row is rejected whole.
        assert [row["line"] for row in told if row["InvoiceNo"] == "700008"] == ["17", "18"]

    def test_fulfilled_it_is_all_delivered_and_adds_up(self, imports: Import) -> None:
        imports(SAMPLE)
        assert run("fulfil") == ["6 orders delivered, 6 shipments dispatched, 0 refused"]
        assert run("verify") == ["6 orders, 0 units off, 0 cents off", NET]
        assert stock() == dict.fromkeys(UNITS, (0, 0))
        assert set(Order.objects.values_list("status", flat=True)) == {"delivered"}
        assert_everything_adds_up()

    def test_twice_changes_nothing(self, imports: Import, rejects: Path) -> None:
        imports(SAMPLE)
        told = rejects.read_bytes()
        before = all_but_jobs()
        assert imports(SAMPLE)[0] == "6 orders (0 new), 147.24 GBP in all, of which 79.95 GBP shipping"
        assert (all_but_jobs(), rejects.read_bytes()) == (before, told)
        run("fulfil")
        before = all_but_jobs()
        assert imports(SAMPLE)[0].startswith("6 orders (0 new)")
        assert run("fulfil") == ["0 orders delivered, 0 shipments dispatched, 0 refused"]
        assert run("verify") == ["6 orders, 0 units off, 0 cents off", NET]
        assert all_but_jobs() == before
        jobs = Job.objects.order_by("pk").values_list("status", "position", "added", "unchanged", "rejected")
        assert list(jobs) == [("finished", 16, 7, 0, 10), *[("finished", 16, 0, 7, 10)] * 2]


def all_but_jobs() -> dict[str, Any]:
    """Every row, those events excepted that tell what became of a job."""
    rows = everything()
    events = Event.objects.exclude(subject_type=Job.subject_type).order_by("pk").values_list()
    del rows[Job._meta.db_table], rows["core_rejectedrow"], rows["core_outboxentry"]
    return {**rows, Event._meta.db_table: list(events)}


HEADER = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country"


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (HEADER.replace(",UnitPrice", "").encode(), "The file lacks the columns UnitPrice."),
        (HEADER.replace("Price", "Prize").encode(), "lacks the columns UnitPrice. It has unknown columns: UnitPrize."),
        (f"{HEADER},unit price".encode(), "It names more than once: UnitPrice."),
        (b"1,A,N,1,12-01-2010 09:00,1,,UK\n", "The file has no header: its first row names none of the columns. The "),
        (b"", "The file is empty. The first row names the columns, in any order: InvoiceNo, StockCode, Description, "),
    ],
)
def test_a_file_of_other_columns_is_refused_whole_and_says_which(
    imports: Import, tmp_path: Path, content: bytes, told: str
) -> None:
    path = tmp_path / "other.csv"
    path.write_bytes(content)
    with nothing_changes(), pytest.raises(CommandError, match=re.escape(told)) as refusal:
        imports(path)
    assert refusal.value.returncode == 1


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("1,A,N,1000001,12-01-2010 09:00,1,,UK", "an amount or a quantity is too large"),
        ("1,A,N,1,12-01-2010 09:00,99999999999999.99,,UK", "an amount or a quantity is too large"),
        (f"1,{'x' * 65},N,1,12-01-2010 09:00,1,,UK", "unreadable row: StockCode is longer than 64 characters"),
        (",A,N,1,12-01-2010 09:00,1,,UK", "unreadable row: InvoiceNo is missing"),
    ],
)
def test_what_no_order_can_hold_is_set_aside_and_the_rest_is_imported(
    imports: Import, rejects: Path, tmp_path: Path, row: str, reason: str
) -> None:
    path = tmp_path / "large.csv"
    path.write_text(f"{HEADER}\n{row}\n2,B,Bowl,1,12-01-2010 09:00,1,,UK\n", encoding="utf-8")
    assert imports(path)[0].startswith("1 orders (1 new), 1.00 GBP in all")
    with rejects.open(encoding="utf-8", newline="") as file:
        assert [row["reason"] for row in csv.DictReader(file)] == [reason]
    assert stock() == {"B": (1, 1)}


def a_file(folder: Path, *rows: str, name: str = "more.csv") -> Path:
    path = folder / name
    path.write_text("\n".join([HEADER, *rows, ""]), encoding="utf-8")
    return path


def reasons(rejects: Path) -> list[tuple[str, str, str]]:
    """(line, code, reason) of each rejected row."""
    with rejects.open(encoding="utf-8", newline="") as file:
        return [(row["line"], row["code"], row["reason"]) for row in csv.DictReader(file)]


A = "1,A,Ann's mug,3,12-01-2010 09:00,2.50,9,UK"
B = "1,B,Bowl,2,12-01-2010 09:00,0.125,9,UK"
POST = "1,POST,POSTAGE,1,12-01-2010 09:00,4,9,UK"


class TestASecondFile:
    @pytest.fixture(autouse=True)
    def _first(self, imports: Import, tmp_path: Path) -> None:
        said = imports(a_file(tmp_path, A, B, POST, name="first.csv"), rejecting=False)
        assert said[0] == "1 orders (1 new), 11.75 GBP in all, of which 4.00 GBP shipping"

    def test_of_the_same_content_in_any_order_is_already_there(self, imports: Import, tmp_path: Path) -> None:
        before = all_but_jobs()
        said = imports(a_file(tmp_path, POST, B.replace("Bowl", "A bowl"), A), rejecting=False)
        assert said[0] == "1 orders (0 new), 11.75 GBP in all, of which 4.00 GBP shipping"
        assert all_but_jobs() == before

    @pytest.mark.parametrize(
        ("rows", "differing"),
        [
            ([A, B, POST, "1,C,Cup,1,12-01-2010 09:00,1,9,UK"], "C at 1.00 GBP: 0 units stored, 1 in the file"),
            ([A, POST], "B at 0.13 GBP: 1 units stored, 0 in the file; B at 0.12 GBP: 1 units stored, 0 in the file"),
            ([A.replace(",3,", ",4,"), B, POST], "A at 2.50 GBP: 3 units stored, 4 in the file"),
            ([A, B], "shipping 4.00 GBP stored, 0.00 GBP in the file"),
            ([row.replace(",9,", ",8,") for row in (A, B, POST)], "a customer other than 8"),
            ([row.replace(",9,", ",,") for row in (A, B, POST)], "a customer other than none"),
            ([row.replace("UK", "FR") for row in (A, B, POST)], "country UK stored, FR in the file"),
            (
                [row.replace("12-01-2010 09:00", "07-01-2010 09:00") for row in (A, B, POST)],
                "placed at 2010-12-01 09:00 UTC stored, 2010-07-01 08:00 in the file",
            ),
            (
                [f"1,{sku},N,1,12-01-2010 09:00,1,9,UK" for sku in "VWXYZ"],
                "shipping 4.00 GBP stored, 0.00 GBP in the file; A at 2.50 GBP: 3 units stored, 0 in the file; "
                "B at 0.13 GBP: 1 units stored, 0 in the file; and 6 more",
            ),
        ],
    )
    def test_that_says_something_else_of_an_invoice_is_rejected_with_what_differs(
        self, imports: Import, rejects: Path, tmp_path: Path, rows: list[str], differing: str
    ) -> None:
        before, order = all_but_jobs(), Order.objects.get()
        said = imports(a_file(tmp_path, *rows))
        assert said[0] == "0 orders (0 new), 0.00 GBP in all, of which 0.00 GBP shipping"
        reason = f"invoice 1 is order {order} already, and differs: {differing}"[:300]
        assert reasons(rejects) == [(str(line), "order_exists", reason) for line in range(2, 2 + len(rows))]
        assert all_but_jobs() == before

    def test_is_compared_with_the_order_as_it_came_not_as_it_became(self, imports: Import, tmp_path: Path) -> None:
        order = Order.objects.get()
        update_order(order.pk, metadata={"country": "elsewhere"}, actor=Actor.system("test"))
        cancel_order(order.pk, reason="Changed their mind", actor=Actor.system("test"))
        assert imports(a_file(tmp_path, A, B, POST), rejecting=False)[0].startswith("1 orders (0 new), 11.75 GBP")

    def test_with_other_invoices_counts_only_what_is_stored(self, imports: Import, tmp_path: Path) -> None:
        new = "2,A,Ann's mug,1,12-02-2010 09:00,2.50,9,UK"
        said = imports(a_file(tmp_path, A, new, "3,A,Ann's mug,x,12-02-2010 09:00,2.50,9,UK"))
        assert said[0] == "1 orders (1 new), 2.50 GBP in all, of which 0.00 GBP shipping"


def test_an_order_that_the_storefront_placed_itself_under_the_number_is_not_taken_for_the_invoice(
    imports: Import, rejects: Path, tmp_path: Path
) -> None:
    stock_up({"A": 5}, currency="EUR")
    placed = a_placed_order(ensure_storefront("Retail"), {"A": 3}, external_ref="1")
    before = all_but_jobs()
    imports(a_file(tmp_path, A.replace(",9,", ",,")))
    (told,) = reasons(rejects)
    assert told[2].startswith(
        f"invoice 1 is order {placed} already, and differs: country none stored, UK in the file; "
    )
    assert all_but_jobs() == before


def test_an_order_with_a_discount_is_not_taken_for_an_invoice_of_the_same_lines(
    imports: Import, rejects: Path, tmp_path: Path
) -> None:
    stock_up({"A": 5}, currency="GBP")
    placed = a_placed_order(
        ensure_storefront("Retail"),
        currency="GBP",
        lines=[NewLine("A", 3, unit_price=250, discount=50)],
        external_ref="1",
        metadata={"country": "UK"},
        placed_at=dt.datetime(2010, 12, 1, 9, tzinfo=dt.UTC),
    )
    before = all_but_jobs()
    imports(a_file(tmp_path, A.replace(",9,", ",,")))
    differs = "total 7.00 GBP stored, 7.50 GBP in the file"
    assert reasons(rejects) == [("2", "order_exists", f"invoice 1 is order {placed} already, and differs: {differs}")]
    assert all_but_jobs() == before


def test_what_is_refused_leaves_no_stock_no_product_and_no_customer(
    imports: Import, rejects: Path, tmp_path: Path
) -> None:
    withdrawn = stock_up({"A": 1})["A"]
    update_variant(withdrawn.pk, {"active": False}, actor=Actor.system("test"))
    ensure_storefront("Retail")
    before = all_but_jobs()
    for _ in range(3):
        said = imports(a_file(tmp_path, A, "1,NEW,New,50,12-01-2010 09:00,2.50,9,UK"))
        assert said[0] == "0 orders (0 new), 0.00 GBP in all, of which 0.00 GBP shipping"
        assert {reason for _, _, reason in reasons(rejects)} == {
            "Some lines cannot be ordered. No product with SKU 'A' is on sale."
        }
    assert all_but_jobs() == before


def test_a_location_that_does_not_sell_is_refused_before_anything_is_made(imports: Import, tmp_path: Path) -> None:
    a_location("ATTIC", active=False)
    with nothing_changes(), pytest.raises(CommandError, match="Location ATTIC is inactive: what it has is not sold"):
        imports(a_file(tmp_path, A), location="ATTIC", rejecting=False)


def test_stock_of_other_locations_is_used_before_any_is_received(imports: Import, tmp_path: Path) -> None:
    stock_up({"A": 2}, location="NORTH", currency="GBP")
    imports(a_file(tmp_path, A), rejecting=False)
    received = StockMovement.objects.filter(kind="receive").values_list("location__code", "on_hand", "note")
    assert set(received) == {("NORTH", 2, ""), ("MAIN", 1, "For invoice 1")}
    assert stock() == {"A": (3, 3)}
    assert_everything_adds_up()


def test_the_same_times_of_another_zone_are_other_times(imports: Import, tmp_path: Path) -> None:
    summer = a_file(tmp_path, A.replace("12-01-2010", "07-01-2010"))
    imports(summer, rejecting=False)
    assert str(Order.objects.get().placed_at) == "2010-07-01 08:00:00+00:00"
    before = all_but_jobs()
    imports(summer, time_zone="UTC")
    assert all_but_jobs() == before
    assert Job.objects.latest("id").options == {"location": "MAIN", "time_zone": "UTC"}


def test_without_another_word_times_are_those_of_the_storefront_s_zone(imports: Import, tmp_path: Path) -> None:
    a_storefront("Retail", time_zone="America/New_York")
    imports(a_file(tmp_path, A.replace("12-01-2010", "07-01-2010")), rejecting=False)
    assert str(Order.objects.get().placed_at) == "2010-07-01 13:00:00+00:00"
    assert Job.objects.latest("id").options == {"location": "MAIN", "time_zone": "America/New_York"}


def test_history_is_brought_in_whatever_the_storefront_sells_now(imports: Import, tmp_path: Path) -> None:
    a_storefront("Retail", currencies=["EUR"], countries=["DE"], number_prefix="R-")
    imports(a_file(tmp_path, A), rejecting=False)
    order = Order.objects.get()
    assert (order.currency, order.display_number) == ("GBP", f"R-{order.number}")


@pytest.mark.parametrize("zone", ["Mars/Olympus", "", "../etc/passwd", "europe/london"])
def test_a_time_zone_that_there_is_not_is_refused(imports: Import, tmp_path: Path, zone: str) -> None:
    with nothing_changes(), pytest.raises(CommandError, match="There is no time zone"):
        imports(a_file(tmp_path, A), time_zone=zone, rejecting=False)


def test_unit_prices_finer_than_a_penny_come_to_exact_totals(imports: Import, tmp_path: Path) -> None:
    imports(
        a_file(
            tmp_path,
            "1,SCREW,Screw,300,12-01-2010 09:00,0.005678,9,UK",
            "2,NAIL,Nail,1000,12-01-2010 09:00,0.125,9,UK",
        ),
        rejecting=False,
    )
    assert dict(Order.objects.values_list("external_ref", "total")) == {"1": 170, "2": 12_500}
    assert stock() == {"SCREW": (300, 300), "NAIL": (1000, 1000)}
    assert run("verify") == ["2 orders, 0 units off, 0 cents off"]
    assert_everything_adds_up()


def test_no_cell_of_a_rejects_file_is_a_formula(imports: Import, rejects: Path, tmp_path: Path) -> None:
    imports(a_file(tmp_path, "=1+1,@SUM(A1),\t-x,-5,12-01-2010 09:00,2.50,+9x,UK"))
    with rejects.open(encoding="utf-8", newline="") as file:
        (row,) = csv.DictReader(file)
    assert (row["InvoiceNo"], row["StockCode"], row["Description"], row["Quantity"], row["CustomerID"]) == (
        "'=1+1", "'@SUM(A1)", "'\t-x", "-5", "'+9x",
    )  # fmt: skip


def test_a_credit_invoice_is_store_credit_of_its_customer_once(imports: Import, tmp_path: Path) -> None:
    file = a_file(tmp_path, A, "C2,A,Mug,-2,12-01-2010 09:00,2.50,9,UK")
    for _ in range(2):
        imports(file, rejecting=False)
        (credit,) = StoredValue.objects.all()
        assert credit.customer is not None
        assert (credit.kind, credit.balance, credit.customer.external_ref) == ("store_credit", 500, "9")
        assert [(entry.reference, entry.amount) for entry in credit.entries.all()] == [("C2", 500)]
    assert stored_value_discrepancies() == []
    assert_everything_adds_up()


def test_another_credit_under_the_same_number_is_rejected(imports: Import, tmp_path: Path) -> None:
    imports(a_file(tmp_path, A, "C2,A,Mug,-2,12-01-2010 09:00,2.50,9,UK"), rejecting=False)
    with pytest.raises(RowsRejected, match="1 rows were rejected"):
        call_command(
            "import_orders",
            a_file(tmp_path, A, "C2,A,Mug,-1,12-01-2010 09:00,2.50,9,UK", name="other.csv"),
            storefront="Retail",
            rejects=tmp_path / "r.csv",
            stdout=StringIO(),
        )
    assert [entry.amount for entry in StoredValueEntry.objects.all()] == [500]


def test_its_exit_status_tells_of_rejected_rows_and_not_of_what_is_set_aside(
    imports: Import, rejects: Path, tmp_path: Path
) -> None:
    aside = a_file(tmp_path, A, "C2,A,Mug,-1,12-01-2010 09:00,2.50,9,UK", "3,A,,-1,12-01-2010 09:00,0,,UK")
    assert imports(aside, rejecting=False)[1:3] == [
        "1 invoices set aside as stock corrections",
        "1 credit invoices (1 rows), 2.50 GBP credited to their customers",
    ]
    with pytest.raises(RowsRejected, match="8 rows were rejected; the reasons are in") as rejecting:
        call_command("import_orders", SAMPLE, storefront="Other", rejects=rejects, stdout=StringIO())
    assert rejecting.value.returncode == 3


def kill_once_it_waits(rows: models.QuerySet[Any], *arguments: str) -> None:
    """Lock these rows, run a command in a process of its own, and SIGKILL it as soon as it waits for one of them.

    Returns when the database, too, is done with what the process had begun.
    """
    with transaction.atomic():
        assert list(rows.select_for_update())
        process = subprocess.Popen(
            [sys.executable, "manage.py", *arguments, "--storefront", "Retail"],
            cwd=ROOT,
            env=environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            wait_until(lambda: bool(waiting()) or process.poll() is not None)
            (backend,) = waiting()
        finally:
            process.kill()
            assert process.wait(10) == -signal.SIGKILL
    wait_until(lambda: backend not in backends())


def waiting() -> set[int]:
    """The backends that wait for a lock of this connection."""
    return pids("SELECT pid FROM pg_locks WHERE pg_backend_pid() = ANY(pg_blocking_pids(pid))")


def backends() -> set[int]:
    return pids("SELECT pid FROM pg_stat_activity")


def pids(query: str) -> set[int]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return {pid for (pid,) in cursor.fetchall()}


def third_sku() -> models.QuerySet[Any]:
    """What only the third order needs: the process dies before its stock is received."""
    item = NewVariant("85003", "85003", {"GBP": 125})
    ensure_catalogue([item], actor=Actor.system("test"))
    return Variant.objects.filter(sku="85003")


def third_customer() -> models.QuerySet[Any]:
    """Who only buys the third order: the process dies while that commits, and never hears that it did."""
    client = ensure_storefront("Retail")
    ensure = action(ensure_customer)
    ensure(client_id=client.pk, external_ref="20002", name="Customer 20002", actor=Actor.system("test"))
    return Customer.objects.filter(external_ref="20002")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("third", "there"), [(third_sku, ["700001", "700002"]), (third_customer, ["700001", "700002", "700003"])]
)
def test_killed_half_way_and_run_again_it_ends_the_same(
    imports: Import, rejects: Path, third: Callable[[], models.QuerySet[Any]], there: list[str]
) -> None:
    kill_once_it_waits(third(), "import_orders", str(SAMPLE), "--rejects", str(rejects))
    assert imported() == {ref: ORDERS[ref] for ref in there}
    assert run("verify")[0] == f"{len(there)} orders, 0 units off, 0 cents off"
    assert imports(SAMPLE)[0] == f"6 orders ({6 - len(there)} new), 147.24 GBP in all, of which 79.95 GBP shipping"
    assert imported() == ORDERS
    assert stock() == {sku: (units, units) for sku, units in UNITS.items()}
    assert Customer.objects.count() == 3
    assert_everything_adds_up()


@pytest.mark.slow
def test_fulfilling_killed_half_way_and_run_again_ends_the_same(imports: Import) -> None:
    imports(SAMPLE)
    kill_once_it_waits(Order.objects.filter(external_ref="700003"), "fulfil")
    done = Order.objects.filter(status="delivered").values_list("external_ref", flat=True)
    assert set(done) == {"700001", "700002"}
    assert run("verify") == ["6 orders, 0 units off, 0 cents off", NET]
    assert run("fulfil") == ["4 orders delivered, 4 shipments dispatched, 0 refused"]
    assert stock() == dict.fromkeys(UNITS, (0, 0))
    sold = StockMovement.objects.filter(kind="ship").values_list("variant__sku").annotate(Sum("on_hand"))
    assert dict(sold) == {sku: -units for sku, units in UNITS.items()}
    assert_everything_adds_up()


@pytest.mark.slow
@pytest.mark.skipif(not REAL.exists(), reason="the data set is not beside the repository")
def test_the_first_day_of_the_real_data_set(imports: Import, rejects: Path) -> None:
    assert imports(REAL, rejecting=False) == [
        "92 orders (92 new), 40,273.31 GBP in all, of which 706.77 GBP shipping",
        "9 invoices set aside as stock corrections",
        "6 credit invoices (26 rows), 325.23 GBP credited to their customers",
        f"Rejected rows with their reasons: {rejects}",
    ]
    assert Order.objects.aggregate(Sum("total"), Sum("shipping")) == {"total__sum": 4_027_331, "shipping__sum": 70_677}
    charged = LedgerEntry.objects.filter(kind="charged").aggregate(Sum("amount"))
    assert charged == {"amount__sum": 4_027_331}
    assert run("fulfil")[0].startswith("92 orders delivered")
    assert run("verify") == [
        "92 orders, 0 units off, 0 cents off",
        "39,948.08 GBP net: 40,273.31 GBP charged, 325.23 GBP credited by invoice",
    ]
    assert imports(REAL, rejecting=False)[0].startswith("92 orders (0 new), 40,273.31 GBP")
    assert set(stock().values()) == {(0, 0)}


def test_an_empty_shop_verifies_clean() -> None:
    ensure_storefront("Retail")
    assert run("verify") == ["0 orders, 0 units off, 0 cents off"]
