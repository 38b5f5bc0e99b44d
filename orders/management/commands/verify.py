"""Proves that the ledgers of stock, money, stored value and uses of offers, the books, customers' credit and the orders
add up."""

from __future__ import annotations

import argparse
import uuid
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

import books.queries
import inventory.queries
import pricing.queries
import stored_value.queries
from core.clients import find_client
from core.errors import NotFound
from core.money import format_money
from orders.queries.verification import Tally, credit_off, net_charges, verify_orders
from orders.settlement.queries import settlement_off

SHOWN = 20


class Command(BaseCommand):
    help = "Check orders, stock, money, books, gift cards, credit and offers; exit with 1 if the ledgers are off."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--storefront", help="check the orders of this storefront only")

    def handle(self, *, storefront: str | None, **_options: Any) -> None:
        client_id = _client(storefront) if storefront else None
        tally = self._orders(client_id)
        stock = inventory.queries.stock_discrepancies()
        value = [*stored_value.queries.stored_value_discrepancies(), *stored_value.queries.value_postings_off()]
        offers = pricing.queries.offers_off()
        closes, settled, credit = books.queries.closes_off(), settlement_off(), credit_off()
        units_off = tally.off("units") + sum(abs(each.stored - each.expected) for each in stock)
        in_books = (
            sum(each.off for each in closes) + sum(each.off for each in settled) + sum(each.off for each in credit)
        )
        cents_off = tally.off("cents") + sum(each.off for each in value) + in_books
        self.stdout.write(f"{tally.orders} orders, {units_off} units off, {cents_off} cents off")
        for currency, charged, credited in _with_credit_invoices(client_id):
            net = format_money(charged - credited, currency)
            self.stdout.write(
                f"{net} net: {format_money(charged, currency)} charged, "
                f"{format_money(credited, currency)} credited by invoice"
            )
        of_orders = [*tally.discrepancies, *tally.postings]
        wrong = [
            *map(str, of_orders),
            *map(_in_words, stock),
            *map(str, value),
            *map(str, credit),
            *map(str, offers),
            *map(str, closes),
            *map(str, settled),
        ]
        for each in wrong[:SHOWN]:
            self.stdout.write(f"  {each}")
        if len(wrong) > SHOWN:
            self.stdout.write(f"  and {len(wrong) - SHOWN} more")
        if wrong:
            raise CommandError("The ledgers do not add up; nothing was changed.")

    def _orders(self, client_id: uuid.UUID | None) -> Tally:
        columns = (
            TextColumn("Verifying orders"),
            BarColumn(),
            TextColumn("{task.completed:,.0f}"),
            TimeElapsedColumn(),
        )
        tally = Tally()
        with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
            task = progress.add_task("verify", total=None)
            for tally in verify_orders(client_id):
                progress.update(task, completed=tally.orders)
        return tally


def _with_credit_invoices(client_id: uuid.UUID | None) -> list[tuple[str, int, int]]:
    """Where other systems' credit invoices were brought in, what their orders come to with them is told."""
    return [each for each in net_charges(client_id) if each[2]]


def _client(name: str) -> uuid.UUID:
    try:
        return find_client(name).pk
    except NotFound as error:
        raise CommandError(error.detail) from error


def _in_words(found: inventory.queries.Discrepancy) -> str:
    line = f" of line {found.line_id}" if found.line_id else ""
    where = f"{found.sku} at {found.location}"
    return f"{where}: {found.what}{line} is {found.stored}, {found.source} says {found.expected}"
