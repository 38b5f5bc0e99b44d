"""Clocks of trading."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable
from functools import partial
from typing import BinaryIO

import structlog
from celery import shared_task
from django.utils import timezone

from core.actors import Actor
from core.errors import DomainError
from core.locks import one_at_a_time
from trading.actions import fail_load, queue_load
from trading.errors import LoadBusy, LoadMovedOn
from trading.loading.running import run_load
from trading.models import Load
from trading.queries import verify_book
from trading.stores import object_store

logger = structlog.get_logger(__name__)

WORKER = Actor.system("load")
RUN_SECONDS = 150
"""Well below the time limit of a task: a batch under way is still finished."""
LOADS = 100
GIVE_UP_AFTER = dt.timedelta(days=1)


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


@shared_task
@one_at_a_time("trading.run_loads")
def run_loads() -> int:
    """Run the loads that are queued, and those that a run left in the middle; returns how many came to their end.

    Stops between two batches when its time is up; the next sweep goes on there.
    """
    deadline = time.monotonic() + RUN_SECONDS
    ended = 0
    for load in Load.objects.to_run()[:LOADS]:
        if time.monotonic() < deadline:
            ended += _run(load, stop=lambda: time.monotonic() >= deadline)
    return ended


@shared_task
@one_at_a_time("trading.find_uploads")
def find_uploads() -> int:
    """Queue the loads whose file came although nobody told; give up those that waited too long. Returns how many."""
    return sum(_find(load) for load in Load.objects.waiting().order_by("id")[:LOADS])


def _run(load: Load, stop: Callable[[], bool]) -> bool:
    """Whether it has ended. What goes wrong is logged, and holds up no other load; the next sweep tries again."""
    try:
        ran = run_load(load.pk, open_at=partial(_open, load.object_key), actor=WORKER, stop=stop)
    except (LoadBusy, LoadMovedOn):
        return False
    except Exception:
        logger.exception("load_interrupted", load=str(load.pk))
        return False
    return ran.finished_at is not None


def _open(key: str, at: int) -> BinaryIO:
    return object_store().open(key, at=at)


def _find(load: Load) -> bool:
    try:
        size = object_store().size(load.object_key)
        if size is not None:
            queue_load(load.pk, size=size, actor=WORKER)
        elif load.created_at < timezone.now() - GIVE_UP_AFTER:
            fail_load(load.pk, failure="No file came within a day.", actor=WORKER)
        else:
            return False
    except DomainError as error:
        logger.warning("upload_not_found", load=str(load.pk), error=error.detail)
        return False
    return True
