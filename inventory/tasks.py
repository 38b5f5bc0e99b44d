"""Clocks of inventory."""

from __future__ import annotations

from dataclasses import asdict

import structlog
from celery import shared_task

from core.locks import one_at_a_time
from inventory.queries import stock_discrepancies

logger = structlog.get_logger(__name__)


@shared_task
@one_at_a_time("inventory.reconcile_stock")
def reconcile_stock() -> bool:
    """Prove that every level and reservation is the sum of its movements; log the first that isn't; change nothing."""
    wrong = stock_discrepancies()
    if wrong:
        logger.error("reconcile_stock_broken", rows=len(wrong), **asdict(wrong[0]))
    else:
        logger.info("reconcile_stock_ok")
    return not wrong
