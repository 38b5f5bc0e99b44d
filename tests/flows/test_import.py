"""A shop's invoices from a file to the warehouse's door: import, fulfil, verify."""

from __future__ import annotations

import csv
import signal
import subprocess
import sys
from collections.abc import Callable
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
from core.models import Event, Job
from customers.actions import ensure_customer
from customers.models import Customer
from inventory.actions import NewVariant, ensure_catalogue
from inventory.models import StockMovement, Variant
from orders.models import Order, OrderLine
from orders.payments.models import LedgerEntry
from tests.core.children import ROOT, environment, wait_until
from tests.factories.orders import assert_everything_adds_up, everything, stock

pytestmark = pytest.mark.django_db(transaction=True)

SAMPLE = Path(__file__).parent.parent / "data" / "retail_sample.csv"
"""Six orders among rows of every other kind."""

REAL = django_settings.BASE_DIR.parent / "shared" / "data" / "online_retail_2010-12-01.csv"
CREDIT = "credit invoice: set aside for returns"
CORRECTION = "zero-price invoice: a stock correction, not an order"
NO_ORDER = "an order needs goods, positive quantities and no negative price"


def run(command: str, *arguments: Any, **options: Any) -> list[str]:
    """What the command says."""
    out = StringIO()
    call_command(command, *arguments, storefront="Retail", stdout=out, **options)
    return out.getvalue().splitlines()


@pytest.fixture
def rejects(tmp_path: Path) -> Path:
    return tmp_path / "rejects" / "rejects.csv"


@pytest.fixture
def imports(rejects: Path) -> Callable[[Path], list[str]]:
    return lambda file: run("import_orders", file, rejects=rejects)


Import = Callable[[Path], list[str]]


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
            "2 invoices rejected as stock corrections",
            "1 credit invoices (2 rows, -8.49 GBP) set aside for returns",
            "7 invoices rejected for other reasons",
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
        assert [(row["line"], row["InvoiceNo"], row["Quantity"]) for row in told[:3]] == [
            ("12", "C700005", "-2"),
            ("13", "C700005", "-1"),
            ("15", "700006", "-10"),
        ]
        assert {row["InvoiceNo"]: row["reason"] for row in told} == {
            "C700005": CREDIT,
            "700006": CORRECTION,
            "700007": CORRECTION,
            "700008": "unreadable row: Quantity 'six' is not understood",
            "700009": NO_ORDER,
            "700010": NO_ORDER,
            "700011": "unreadable row: UnitPrice '' is not understood",
            "700013": "unreadable row: InvoiceDate '2010-12-01 12:10' is not understood",
            "700014": "unreadable row: StockCode is missing",
            "700016": "unreadable row: UnitPrice 'NaN' is not understood",
        }
        # An invoice with one unreadable row is rejected whole.
        assert [row["line"] for row in told if row["InvoiceNo"] == "700008"] == ["17", "18"]

    def test_fulfilled_it_is_all_delivered_and_adds_up(self, imports: Import) -> None:
        imports(SAMPLE)
        assert run("fulfil") == ["6 orders delivered, 6 shipments dispatched, 0 refused"]
        assert run("verify") == ["6 orders, 0 units off, 0 cents off"]
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
        assert run("verify") == ["6 orders, 0 units off, 0 cents off"]
        assert all_but_jobs() == before
        jobs = Job.objects.order_by("pk").values_list("status", "position", "added", "unchanged", "rejected")
        assert list(jobs) == [("finished", 16, 6, 0, 12), *[("finished", 16, 0, 6, 12)] * 2]


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
        (HEADER.replace(",UnitPrice", "").encode(), "lacks the columns UnitPrice"),
        (b"", "lacks the columns InvoiceNo, StockCode"),
        (f"{HEADER}\n1,A,caf\xe9,1,12-01-2010 09:00,1,,UK".encode("latin-1"), "cannot be read"),
    ],
)
def test_a_file_of_another_kind_is_refused_whole(imports: Import, tmp_path: Path, content: bytes, told: str) -> None:
    path = tmp_path / "other.csv"
    path.write_bytes(content)
    before = everything()
    with pytest.raises(CommandError, match=told):
        imports(path)
    assert everything() == before


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("1,A,N,1000001,12-01-2010 09:00,1,,UK", "an amount or a quantity is too large"),
        ("1,A,N,1,12-01-2010 09:00,1e20,,UK", "an amount or a quantity is too large"),
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
    ensure_customer(client_id=client.pk, external_ref="20002", name="Customer 20002", actor=Actor.system("test"))
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
    assert run("verify") == [f"{len(there)} orders, 0 units off, 0 cents off"]
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
    assert run("verify") == ["6 orders, 0 units off, 0 cents off"]
    assert run("fulfil") == ["4 orders delivered, 4 shipments dispatched, 0 refused"]
    assert stock() == dict.fromkeys(UNITS, (0, 0))
    sold = StockMovement.objects.filter(kind="ship").values_list("variant__sku").annotate(Sum("on_hand"))
    assert dict(sold) == {sku: -units for sku, units in UNITS.items()}
    assert_everything_adds_up()


@pytest.mark.slow
@pytest.mark.skipif(not REAL.exists(), reason="the data set is not beside the repository")
def test_the_first_day_of_the_real_data_set(imports: Import, rejects: Path) -> None:
    assert imports(REAL) == [
        "92 orders (92 new), 40,273.31 GBP in all, of which 706.77 GBP shipping",
        "9 invoices rejected as stock corrections",
        "6 credit invoices (26 rows, -325.23 GBP) set aside for returns",
        f"Rejected rows with their reasons: {rejects}",
    ]
    assert Order.objects.aggregate(Sum("total"), Sum("shipping")) == {"total__sum": 4_027_331, "shipping__sum": 70_677}
    charged = LedgerEntry.objects.filter(kind="charged").aggregate(Sum("amount"))
    assert charged == {"amount__sum": 4_027_331}
    assert run("fulfil")[0].startswith("92 orders delivered")
    assert run("verify") == ["92 orders, 0 units off, 0 cents off"]
    assert imports(REAL)[0].startswith("92 orders (0 new), 40,273.31 GBP")
    assert set(stock().values()) == {(0, 0)}


def test_an_empty_shop_verifies_clean() -> None:
    ensure_storefront("Retail")
    assert run("verify") == ["0 orders, 0 units off, 0 cents off"]
