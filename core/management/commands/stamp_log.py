"""Gives events a place in the log that left the outbox before there was one."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from core.log import missed, stamp_missed


class Command(BaseCommand):
    help = "Enter events into the log that are in neither the log nor the outbox; it may be stopped and run again."

    def handle(self, **_options: Any) -> None:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        total = 0
        with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
            task = progress.add_task("Events", total=missed().count())
            for stamped in stamp_missed():
                total += stamped
                progress.advance(task, stamped)
        self.stdout.write(f"{total} events entered into the log")
