"""Compares what a gateway says it did on a day with what it was asked."""

from __future__ import annotations

import argparse
import datetime as dt
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from core.actors import Actor
from core.errors import DomainError
from orders.payments.gateways import gateway_names
from orders.settlement.reconciling import Reconciled, reconcile

DIFFERENCES = 3
"""The exit status of a run that went to its end and found differences that are open."""


class Command(BaseCommand):
    help = "Record each difference between a gateway's calls of a day and ours; exit with 3 if some are open."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--gateway", required=True, help="its name in PAYMENT_GATEWAYS")
        parser.add_argument("--day", type=dt.date.fromisoformat, help="such as 2026-01-31; yesterday by default")
        parser.add_argument("--seconds", type=float, default=3600.0, help="that it may take (3600)")

    def handle(self, *, gateway: str, day: dt.date | None, seconds: float, **_options: Any) -> None:
        if gateway not in gateway_names():
            raise CommandError(f"There is no gateway {gateway}; there are: {', '.join(gateway_names()) or 'none'}.")
        day = day or timezone.localdate() - dt.timedelta(days=1)
        found = self._reconciled(gateway, day, seconds)
        self.stdout.write(
            f"{day}: {found.calls} calls at {gateway}, {found.missing} of ours missing there, "
            f"{found.new} new differences, {found.open} open"
        )
        if found.open:
            raise CommandError("There are differences; the console shows them.", returncode=DIFFERENCES)

    def _reconciled(self, gateway: str, day: dt.date, seconds: float) -> Reconciled:
        columns = (SpinnerColumn(), TextColumn("{task.completed:,.0f} calls compared"), TimeElapsedColumn())
        with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
            task = progress.add_task("compare", total=None)
            try:
                return reconcile(
                    gateway, day, actor=Actor.system("payment reconciliation"), seconds=seconds,
                    told=lambda calls: progress.update(task, completed=calls),
                )  # fmt: skip
            except DomainError as error:
                raise CommandError(f"{error.detail} {error.unblock}".strip()) from error
