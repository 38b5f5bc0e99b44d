"""The journal of a time as a file that an accountant's program reads."""

from __future__ import annotations

import argparse
import datetime as dt
import sys
from itertools import chain
from typing import Any, TextIO

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from books.exporting import COLUMNS, journal
from core.clients import find_client
from core.errors import NotFound
from core.files.writing import csv_of


class Command(BaseCommand):
    help = "Write all lines of the books from a first to a last day as CSV: one line for each line of a posting."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("first", type=dt.date.fromisoformat, help="the first day, such as 2026-01-01")
        parser.add_argument("last", type=dt.date.fromisoformat, help="the last day")
        parser.add_argument("--storefront", help="of this storefront only; else of all")
        parser.add_argument("--output", type=argparse.FileType("w", encoding="utf-8"), default=sys.stdout)

    def handle(self, *, first: dt.date, last: dt.date, storefront: str | None, output: TextIO, **_options: Any) -> None:
        if last < first:
            raise CommandError("The last day is before the first.")
        try:
            client_id = find_client(storefront).pk if storefront else None
        except NotFound as error:
            raise CommandError(error.detail) from error
        rows = journal(client_id, since=_midnight(first), before=_midnight(last + dt.timedelta(days=1)))
        output.writelines(csv_of(chain([COLUMNS], rows)))


def _midnight(day: dt.date) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, dt.time()))
