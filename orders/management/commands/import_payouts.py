"""Brings in what a gateway paid to the bank, and what it kept for itself."""

from __future__ import annotations

import argparse
import datetime as dt
from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from core.actors import Actor
from core.errors import DomainError
from core.jobs.commands import opener, require_fit
from core.money import format_money
from orders.payments.gateways import gateway_names
from orders.settlement.actions import import_payouts
from orders.settlement.errors import PayoutsRefused
from orders.settlement.fetching import FETCHED_DAYS, Fetched, fetch_payouts
from orders.settlement.models import Payout
from orders.settlement.reading import LAYOUT, read_payouts

SHOWN = 100


class Command(BaseCommand):
    help = (
        "Post a gateway's payouts, from a CSV or as the gateway tells of them: to the bank, to fees, from its cash; "
        "a payout is brought in once."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("file", type=Path, nargs="?", help=f"CSV with the columns {LAYOUT}")
        named = parser.add_mutually_exclusive_group(required=True)
        named.add_argument("--gateway", help="whose the file is: its name in PAYMENT_GATEWAYS")
        named.add_argument("--from-gateway", help="which is asked, without a file: its name in PAYMENT_GATEWAYS")
        parser.add_argument(
            "--since", type=dt.date.fromisoformat,
            help=f"with --from-gateway: the first day, such as 2026-01-31; {FETCHED_DAYS} days ago by default",
        )  # fmt: skip
        parser.add_argument("--seconds", type=float, default=3600.0, help="that the gateway may take (3600)")

    def handle(self, *, file: Path | None, gateway: str | None, from_gateway: str | None, **options: Any) -> None:
        name = gateway or from_gateway or ""
        if name not in gateway_names():
            raise CommandError(f"There is no gateway {name}; there are: {', '.join(gateway_names()) or 'none'}.")
        if (file is None) == (from_gateway is None):
            raise CommandError("Name a file with --gateway, or no file with --from-gateway.")
        if file is None:
            self._fetch(name, options["since"], options["seconds"])
        elif options["since"] is not None:
            raise CommandError("--since goes with --from-gateway: a file is brought in whole.")
        else:
            self._import(file, name)

    def _import(self, file: Path, gateway: str) -> None:
        require_fit(file, LAYOUT)
        found = read_payouts(opener(file))
        if found.problems:
            raise self._refused(file, found.problems)
        try:
            new = import_payouts(gateway, found.payouts, actor=Actor.system("payout import"))
        except PayoutsRefused as refusal:
            raise self._refused(file, refusal.problems) from refusal
        self._show(new, len(found.payouts) - len(new))

    def _refused(self, file: Path, problems: Sequence[str]) -> CommandError:
        self._show_problems(problems)
        return CommandError(f"{file}: {len(problems)} problems; nothing was brought in.")

    def _fetch(self, gateway: str, since: dt.date | None, seconds: float) -> None:
        today = timezone.localdate()
        since = since or today - dt.timedelta(days=FETCHED_DAYS)
        found = self._fetched(gateway, since, today + dt.timedelta(days=1), seconds)
        self._show(found.new, found.here)
        if found.refused:
            self._show_problems(list(chain.from_iterable(found.refused.values())))
            raise CommandError(f"Not brought in, the whole payout each: {', '.join(found.refused)}.")

    def _fetched(self, gateway: str, since: dt.date, until: dt.date, seconds: float) -> Fetched:
        actor = Actor.system("payout import")
        try:
            return fetch_payouts(gateway, since, until, actor=actor, seconds=seconds)
        except DomainError as error:
            raise CommandError(f"{error.detail} {error.unblock}".strip()) from error

    def _show(self, new: Sequence[Payout], here: int) -> None:
        for payout in new:
            net, fee = (format_money(each, payout.currency) for each in (payout.net, payout.fee))
            self.stdout.write(f"{payout} of {payout.paid_on}: {net} to the bank, {fee} of fees")
        self.stdout.write(f"{len(new)} payouts brought in, {here} were here already")

    def _show_problems(self, problems: Sequence[str]) -> None:
        for problem in problems[:SHOWN]:
            self.stderr.write(problem)
        if len(problems) > SHOWN:
            self.stderr.write(f"and {len(problems) - SHOWN} more")
