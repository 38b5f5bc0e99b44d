"""Brings in what a gateway paid to the bank, and what it kept for itself."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from core.actors import Actor
from core.jobs.commands import opener, require_fit
from core.money import format_money
from orders.payments.gateways import gateway_names
from orders.settlement.actions import import_payouts
from orders.settlement.errors import PayoutsRefused
from orders.settlement.reading import LAYOUT, read_payouts

SHOWN = 100


class Command(BaseCommand):
    help = "Post a gateway's payouts from a CSV: to the bank, to fees, from its cash; a payout is brought in once."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help=f"CSV with the columns {LAYOUT}")
        parser.add_argument("--gateway", required=True, help="its name in PAYMENT_GATEWAYS")

    def handle(self, *, file: Path, gateway: str, **_options: Any) -> None:
        if gateway not in gateway_names():
            raise CommandError(f"There is no gateway {gateway}; there are: {', '.join(gateway_names()) or 'none'}.")
        require_fit(file, LAYOUT)
        found = read_payouts(opener(file))
        if found.problems:
            raise self._refused(file, found.problems)
        try:
            new = import_payouts(gateway, found.payouts, actor=Actor.system("payout import"))
        except PayoutsRefused as refusal:
            raise self._refused(file, refusal.problems) from refusal
        for payout in new:
            net, fee = (format_money(each, payout.currency) for each in (payout.net, payout.fee))
            self.stdout.write(f"{payout} of {payout.paid_on}: {net} to the bank, {fee} of fees")
        self.stdout.write(f"{len(new)} payouts brought in, {len(found.payouts) - len(new)} were here already")

    def _refused(self, file: Path, problems: Any) -> CommandError:
        for problem in problems[:SHOWN]:
            self.stderr.write(problem)
        if len(problems) > SHOWN:
            self.stderr.write(f"and {len(problems) - SHOWN} more")
        return CommandError(f"{file}: {len(problems)} problems; nothing was brought in.")
