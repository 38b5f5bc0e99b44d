"""The command that imports a file: what it says, what it leaves behind, and being killed in the middle."""

from __future__ import annotations

import csv
import os
import signal
import subprocess
import sys
from contextlib import nullcontext
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from pytest_django import Settings

from core.actors import Actor
from core.clients import ensure_storefront
from core.jobs.actions import pause_job
from core.jobs.commands import RowsRejected, job_of_file
from core.models import Job
from tests.core.children import ROOT, environment, wait_until
from tests.factories.trading import a_book_order
from tests.factories.watching import nothing_changes
from trading.models import BOOK_IMPORT, BookImport, BookOrder, PriceLevel
from trading.queries import book_discrepancies

pytestmark = pytest.mark.django_db(transaction=True)

HEADER = "orderId,symbol,side,amount,price\n"


@pytest.fixture
def rejects(tmp_path: Path) -> Path:
    return tmp_path / "rejects" / "orders.csv"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "orders.csv"
    path.write_text(f"{HEADER}1,JPM,Buy,20,20\n2,JPM,Buy,10,21\n=cmd(),JPM,Hold,12,25\nnonsense\n", encoding="utf-8")
    return path


def run(file: Path, rejects: Path | None, *, rejecting: bool = True) -> list[str]:
    """What the command says, without the seconds it took; `rejecting`: its status tells that it rejected rows."""
    out = StringIO()
    with pytest.raises(RowsRejected) if rejecting else nullcontext():
        call_command("import_book", file, client="Desk", rejects=rejects, stdout=out)
    return out.getvalue().replace(" in ", "\n", 1).splitlines()


def test_it_tells_how_many_rows_came_in(file: Path, rejects: Path) -> None:
    said = run(file, rejects)
    assert said[0] == "4 rows: 2 added, 0 unchanged, 2 rejected"
    assert said[-1] == f"Rejected rows with their reasons: {rejects}"
    assert BookOrder.objects.filter(client__name="Desk").count() == 2
    assert not list(book_discrepancies())


def test_rejected_rows_are_written_as_they_stand_with_line_and_reason_and_no_formula(file: Path, rejects: Path) -> None:
    run(file, rejects)
    with rejects.open(encoding="utf-8", newline="") as written:
        assert list(csv.reader(written)) == [
            ["line", "code", "reason", "orderId", "symbol", "side", "amount", "price"],
            ["4", "side", "The side is neither Buy nor Sell.", "'=cmd()", "JPM", "Hold", "12", "25"],
            ["5", "columns", "The row has 1 cells; the first row names 5 columns.", "nonsense"],
        ]


def test_again_it_adds_nothing(file: Path, rejects: Path) -> None:
    run(file, rejects)
    assert run(file, rejects)[0] == "4 rows: 0 added, 2 unchanged, 2 rejected"
    assert BookOrder.objects.count() == 2


def test_a_file_that_is_not_there_is_refused_in_words(tmp_path: Path, rejects: Path) -> None:
    with pytest.raises(CommandError, match="cannot be read"):
        run(tmp_path / "none.csv", rejects, rejecting=False)
    assert BookImport.objects.count() == 0


def test_rejects_of_two_files_of_one_name_do_not_overwrite_each_other(tmp_path: Path, settings: Settings) -> None:
    settings.DATA_DIR = tmp_path
    for number in range(2):
        file = tmp_path / str(number) / "orders.csv"
        file.parent.mkdir()
        file.write_text(f"{HEADER}wrong {number}\n", encoding="utf-8")
        run(file, None)
    written = [path.read_text(encoding="utf-8") for path in sorted((tmp_path / "rejects").iterdir())]
    assert [text.splitlines()[1].rpartition(",")[2] for text in written] == ["wrong 0", "wrong 1"]


def test_rejects_of_an_earlier_import_are_not_overwritten_where_their_path_is_given(file: Path, rejects: Path) -> None:
    run(file, rejects)
    first = rejects.read_bytes()
    said = run(file, rejects)
    job = BookImport.objects.latest("id")
    second = rejects.with_name(f"orders.{job.pk}.csv")
    assert said[-1] == f"Rejected rows with their reasons: {second}"
    assert (rejects.read_bytes(), second.read_bytes()) == (first, first)


def test_its_exit_status_tells_whether_rows_were_rejected(file: Path, rejects: Path, tmp_path: Path) -> None:
    with pytest.raises(RowsRejected, match="2 rows were rejected; the reasons are in ") as rejecting:
        call_command("import_book", file, client="Desk", rejects=rejects, stdout=StringIO())
    assert rejecting.value.returncode == 3
    good = tmp_path / "good.csv"
    good.write_text(f"{HEADER}3,JPM,Buy,1,1\n", encoding="utf-8")
    run(good, rejects, rejecting=False)


def test_a_file_of_other_columns_is_refused_before_anything_is_made(tmp_path: Path, rejects: Path) -> None:
    file = tmp_path / "swapped.csv"
    file.write_text("orderId,symbol,side,prize,amount\n1,JPM,Buy,20,20\n", encoding="utf-8")
    with nothing_changes(), pytest.raises(CommandError) as refusal:
        run(file, rejects, rejecting=False)
    assert refusal.value.returncode == 1
    assert str(refusal.value) == (
        f"{file}: The file lacks the columns price. It has unknown columns: prize. The first row names the columns, in "
        "any order: orderId, symbol, side, amount, price and, if wanted, source."
    )
    assert not rejects.exists()


def test_paused_in_the_console_it_says_so_and_goes_on_when_it_is_given_again(file: Path, rejects: Path) -> None:
    job = open_job_of(file)
    pause_job(job.pk, actor=Actor.system("test"))
    assert run(file, rejects)[0] == "4 rows: 2 added, 0 unchanged, 2 rejected"
    assert BookImport.objects.get().pk == job.pk


def open_job_of(file: Path) -> Job:
    client = ensure_storefront("Desk")
    return job_of_file(BOOK_IMPORT, file, client=client, actor=Actor.system("import_book"))


ROWS = 4000
BATCH = 500


@pytest.fixture
def long_file(tmp_path: Path) -> Path:
    path = tmp_path / "long.csv"
    rows = "".join(f"{number},S{number // BATCH},Buy,1,{1 + number % 5}\n" for number in range(ROWS))
    path.write_text(HEADER + rows, encoding="utf-8")
    return path


def started(file: Path, rejects: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "manage.py", "import_book", str(file), "--client", "Desk", "--rejects", str(rejects)],
        cwd=ROOT,
        env=environment(IMPORT_BATCH_ROWS=str(BATCH)),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def stopped_in_the_middle(file: Path, rejects: Path, send: int) -> subprocess.Popen[str]:
    """The command, sent this signal while its fifth batch waits for a price level that is locked."""
    a_book_order(ensure_storefront("Others"), symbol="S4", side="Buy", price=3)
    with transaction.atomic():
        assert list(PriceLevel.objects.select_for_update().filter(instrument__symbol="S4"))
        process = started(file, rejects)
        try:
            wait_until(lambda: process.poll() is not None or _added() == 4 * BATCH, 60)
            assert process.poll() is None, process.communicate()
            wait_until(_somebody_waits)
            os.kill(process.pid, send)
            if send == signal.SIGKILL:
                process.wait(10)
        except BaseException:
            process.kill()
            raise
    return process


def _added() -> int:
    return BookOrder.objects.filter(client__name="Desk").count()


def _somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_locks WHERE pg_backend_pid() = ANY(pg_blocking_pids(pid))")
        return cursor.fetchone() is not None


@pytest.mark.slow
def test_killed_in_the_middle_it_goes_on_where_it_was(long_file: Path, rejects: Path) -> None:
    assert stopped_in_the_middle(long_file, rejects, signal.SIGKILL).returncode == -signal.SIGKILL
    wait_until(lambda: _added() == BookImport.objects.get().added)
    before = BookImport.objects.get()
    assert before.status == "running"
    assert before.added in {4 * BATCH, 5 * BATCH}
    assert not list(book_discrepancies())
    assert run(long_file, rejects, rejecting=False)[0] == "4,000 rows: 4,000 added, 0 unchanged, 0 rejected"
    after = BookImport.objects.get()
    assert (after.pk, after.status, after.added) == (before.pk, "finished", ROWS)
    assert _added() == ROWS
    assert not list(book_discrepancies())


def test_interrupted_it_finishes_its_batch_says_so_and_goes_on_later(long_file: Path, rejects: Path) -> None:
    process = stopped_in_the_middle(long_file, rejects, signal.SIGINT)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Stopped after 2,500 rows, all of which are kept. Run the same command again to go on." in said
    assert BookImport.objects.get().added == _added() == 5 * BATCH
    assert run(long_file, rejects, rejecting=False)[0] == "4,000 rows: 4,000 added, 0 unchanged, 0 rejected"
    assert BookImport.objects.count() == 1
