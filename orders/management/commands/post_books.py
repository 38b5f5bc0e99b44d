"""Posts what was entered in ledgers before there were books."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

import stored_value.actions
import stored_value.queries
from orders.actions.posting import post_older
from orders.queries.booked import orders_not_posted


class Command(BaseCommand):
    help = "Post what orders, gift cards and store credit moved before there were books; it may be run again."

    def handle(self, **_options: Any) -> None:
        orders, values = orders_not_posted(), stored_value.queries.values_not_posted()
        made = 0
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
            for order_id in progress.track(orders, description="Orders"):
                made += post_older(order_id)
            for stored_value_id in progress.track(values, description="Gift cards and store credit"):
                made += stored_value.actions.post_older(stored_value_id)
        self.stdout.write(f"{made} postings of {len(orders)} orders and {len(values)} gift cards and store credits")
