"""Clocks of trading."""

from __future__ import annotations

import structlog
from celery import shared_task

from core.locks import one_at_a_time
from trading.queries import verify_book

logger = structlog.get_logger(__name__)


@shared_task
@one_at_a_time("trading.reconcile_book")
def reconcile_book() -> bool:
    """Prove that orders, trades, levels and totals add up; log the first line that doesn't; change nothing."""
    *_, tally = verify_book()
    if tally.lines:
        logger.error("reconcile_book_broken", lines=len(tally.lines), first=tally.lines[0], units_off=tally.units_off)
    else:
        logger.info("reconcile_book_ok", orders=tally.orders, trades=tally.trades)
    return not tally.lines
