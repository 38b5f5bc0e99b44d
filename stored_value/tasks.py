"""Clocks of stored value."""

from __future__ import annotations

import structlog
from celery import shared_task
from django.utils import timezone

from core.actors import Actor
from core.locks import one_at_a_time
from stored_value.actions import expire
from stored_value.models import StoredValue
from stored_value.queries import stored_value_discrepancies, value_postings_off

logger = structlog.get_logger(__name__)

BATCH = 500


@shared_task
@one_at_a_time("stored_value.expire_gift_cards")
def expire_gift_cards() -> int:
    """Take away what is left on gift cards whose last day is over; returns how many."""
    today = timezone.localdate()
    over = list(StoredValue.objects.expired(today).order_by("expires_on").values_list("pk", flat=True)[:BATCH])
    return sum(expire(pk, today=today, actor=Actor.system("gift card expiry")) for pk in over)


@shared_task
@one_at_a_time("stored_value.reconcile_stored_value")
def reconcile_stored_value() -> bool:
    """Prove that every balance is the sum of its entries; log the first that isn't; change nothing."""
    wrong = [*stored_value_discrepancies(), *value_postings_off()]
    if wrong:
        logger.error("reconcile_stored_value_broken", rows=len(wrong), first=str(wrong[0]))
    else:
        logger.info("reconcile_stored_value_ok")
    return not wrong
