"""Proves that every book adds up: orders, fills, trades, price levels and totals."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from trading.queries import RULES, BookTally, verify_book


class Command(BaseCommand):
    help = (
        "Check book orders, trades, levels and totals against the fills. Changes nothing; exits with 1 if any is off."
    )

    def handle(self, **_options: Any) -> None:
        tally = _verified()
        self.stdout.write(
            f"{tally.orders:,} book orders, {tally.trades:,} trades, "
            f"{tally.units_off:,} units off, {tally.cents_off:,} cents off"
        )
        for line in tally.lines:
            self.stdout.write(f"  {line}")
        if tally.lines:
            raise CommandError("The book does not add up; nothing was changed.")


def _verified() -> BookTally:
    columns = (
        TextColumn("Verifying the book"),
        BarColumn(),
        TextColumn("{task.completed} of {task.total}"),
        TimeElapsedColumn(),
    )
    tally = BookTally()
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("verify", total=RULES)
        for tally in verify_book():
            progress.update(task, completed=tally.rules)
    return tally
