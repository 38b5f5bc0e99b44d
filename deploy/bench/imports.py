"""A million book orders through `import_book` beside a plain COPY of the same rows into the same table, in turns.

    python -m deploy.bench.imports [--rows N] [--rounds N]

In a database of its own (DATABASE_URL): its book grows with every round.
"""

from __future__ import annotations

import argparse
import random
import statistics
import time
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory

import django

django.setup()

from django.core.management import call_command  # noqa: E402 - Django is set up first
from django.db import connection, transaction  # noqa: E402

from core.actors import Actor  # noqa: E402
from core.clients import ensure_storefront  # noqa: E402
from core.ids import new_id_text  # noqa: E402
from core.transactions import action  # noqa: E402
from trading.actions import ensure_instruments, open_import  # noqa: E402

ACTOR = Actor.system("bench")
SYMBOLS = [f"S{number:03}" for number in range(20)]
_COPY = """
COPY trading_bookorder (id, version, client_id, ref, ref_is_number, instrument_id, side, amount, price, source, status,
    filled, entered_amount, entered_price, created_at, book_import_id) FROM STDIN
"""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    ratios = []
    with TemporaryDirectory() as folder:
        for number in range(options.rounds):
            file = _write(Path(folder) / f"{number}.csv", options.rows, number)
            plain, imported = _copied(file), _imported(file)
            again = _imported(file)
            ratios.append(imported / plain)
            print(f"COPY {plain:.1f} s, import {imported:.1f} s ({imported / plain:.2f}×), again {again:.1f} s")  # noqa: T201
    print(f"median {statistics.median(ratios):.2f}×")  # noqa: T201


def _write(path: Path, rows: int, seed: int) -> Path:
    """Offers as desks make them: twenty symbols, prices in a band, ten sources."""
    chance = random.Random(seed)  # noqa: S311 - no secrets
    with path.open("w", encoding="utf-8") as file:
        file.write("orderId,symbol,side,amount,price,source\n")
        for number in range(rows):
            symbol, side = chance.choice(SYMBOLS), chance.choice(("Buy", "Sell"))
            file.write(
                f"{seed}-{number},{symbol},{side},{chance.randint(1, 1000)},{chance.randint(9900, 10100)},"
                f"desk {chance.randint(0, 9)}\n"
            )
    return path


def _copied(file: Path) -> float:
    """Seconds of one COPY of rows that are ready: nothing is read or checked meanwhile."""
    client_id = ensure_storefront("Copied").pk
    instruments = _listed()
    job = open_import(name=file.name, client_id=client_id, actor=ACTOR)
    ready = "".join(_ready(file, str(client_id), instruments, str(job.pk))).encode()
    began = time.perf_counter()
    with transaction.atomic(), connection.cursor() as cursor, cursor.cursor.copy(_COPY) as copy:
        copy.write(ready)
    return time.perf_counter() - began


@action
def _listed() -> dict[str, str]:
    found = ensure_instruments(SYMBOLS, actor=ACTOR)
    return {symbol: str(instrument.pk) for symbol, instrument in found.items()}


def _ready(file: Path, client_id: str, instruments: dict[str, str], import_id: str) -> Iterator[str]:
    with file.open(encoding="utf-8") as lines:
        next(lines)
        for line in lines:
            ref, symbol, side, amount, price, source = line.rstrip("\n").split(",")
            values = (
                new_id_text(), "0", client_id, ref, "f", instruments[symbol], side, amount, price, source, "open", "0",
                amount, price, "2026-01-01 00:00:00+00", import_id,
            )  # fmt: skip
            yield "\t".join(values) + "\n"


def _imported(file: Path) -> float:
    began = time.perf_counter()
    call_command("import_book", file, client="Imported", stdout=StringIO(), stderr=StringIO())
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
