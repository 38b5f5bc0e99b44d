"""What a gateway lists, page by page, as long as there is time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Protocol, TypeVar

from orders.payments.gateways import GatewayUnavailable
from orders.settlement.errors import ReportUnfinished

SECONDS = 150.0
"""That a run may take, well below the time limit of a task."""


class _Page(Protocol):
    @property
    def cursor(self) -> str: ...


P = TypeVar("P", bound=_Page)


def pages(name: str, ask: Callable[[str], P], seconds: float) -> Iterator[P]:
    """`ask` takes a page's cursor. Raises ReportUnfinished when the gateway doesn't tell all in so many seconds."""
    deadline = time.monotonic() + seconds
    cursors: set[str] = {""}
    cursor = ""
    while True:
        try:
            page = ask(cursor)
        except GatewayUnavailable as error:
            raise ReportUnfinished(name, f"{error}.") from error
        yield page
        if not page.cursor:
            return
        if page.cursor in cursors:
            raise ReportUnfinished(name, "it gives the same page again.")
        if time.monotonic() > deadline:
            raise ReportUnfinished(name, "it takes too long.")
        cursor = page.cursor
        cursors.add(cursor)
