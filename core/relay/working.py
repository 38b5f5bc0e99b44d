"""A relay at work: fan out, claim, attempt, write down how it went."""

from __future__ import annotations

import datetime as dt
import random
import time
from collections.abc import Callable

import structlog
from django.utils import timezone

from core.deadlines import DeadlineExceeded, deadline
from core.errors import DomainError
from core.lanes import LANES, Lane
from core.models import Delivery, DeliveryStatus
from core.relay.batches import Batch
from core.relay.claims import claim, complete, complete_done, give_back
from core.relay.errors import HeldBack, Undeliverable
from core.relay.fanout import fan_out
from core.relay.targets import deliver
from core.request_ids import bind_request_id
from core.wakeups import wake_lane

logger = structlog.get_logger(__name__)

BATCH_SECONDS = 5.0
"""After which no more of a batch is begun: what is left goes back, for a fresh choice among the targets."""


def run_relay(*lanes: Lane, seconds: float = 0.0, linger: float = 0.0) -> int:
    """Relay in these lanes (none: in all) until nothing is due for `linger` seconds, beginning nothing after `seconds`.

    With 0 seconds, one pass over what is due. Returns how many deliveries were attempted, events fanned out included.
    """
    started = idle_since = time.monotonic()
    total = 0
    while True:
        done = relay_once(*lanes)
        total += done
        now = time.monotonic()
        if done:
            idle_since = now
        elif now - idle_since >= linger:
            return total
        else:
            time.sleep(0.1)
        if seconds and now - started >= seconds:
            return total


def relay_once(*lanes: Lane) -> int:
    """Fan out one batch of new events and attempt one batch of deliveries of each lane; returns how many of both."""
    return fan_out() + sum(deliver_batch(lane) for lane in lanes or LANES)


def deliver_batch(lane: Lane, limit: int | None = None) -> int:
    """Claim due deliveries of one target and attempt each outside any transaction; returns how many were claimed."""
    claimed = claim(lane, limit)
    if claimed:
        if len(claimed) == lane.batch and lane.concurrency > 1:
            wake_lane(lane.name)  # There may be more than one relay can do.
        batch = Batch(claimed, lane)
        with batch.watched():
            _work_through(batch, lane)
    return len(claimed)


def _work_through(batch: Batch, lane: Lane) -> None:
    last_start = time.monotonic() + BATCH_SECONDS
    try:
        while delivery := batch.take():
            try:
                attempt(delivery, lane, done=batch.note_done)
            except HeldBack:
                give_back([delivery])
                batch.give_back()
            if time.monotonic() > last_start:
                batch.give_back()
    finally:
        batch.write_done()


def attempt(delivery: Delivery, lane: Lane, *, done: Callable[[Delivery], None] = complete_done) -> DeliveryStatus:
    """Hand one claimed event to its target and write down how it went; `done` writes that it was taken.

    Any exception is a failure to try again later, but for HeldBack, which it raises.

    An event that was claimed too often without an outcome ended the process each time; it is a dead letter, so that
    it does not hold up its subject for ever.
    """
    if delivery.attempts > 1 and lane.is_spent(attempts=delivery.attempts - 1, waited=_waited(delivery)):
        return _bury(delivery, "Every attempt ended without an outcome: the process died, or outlived its lease.")
    try:
        with bind_request_id(delivery.event.request_id), deadline(lane.deadline):
            deliver(delivery.target, delivery.event.envelope())
    except HeldBack:
        raise
    except Undeliverable as error:
        return _bury(delivery, error.detail)
    except (Exception, DeadlineExceeded) as error:
        return _failed(delivery, lane, error)
    done(delivery)
    return DeliveryStatus.DONE


def _waited(delivery: Delivery) -> dt.timedelta:
    return timezone.now() - delivery.queued_at


def _failed(delivery: Delivery, lane: Lane, error: BaseException) -> DeliveryStatus:
    spent = lane.is_spent(attempts=delivery.attempts, waited=_waited(delivery))
    status = DeliveryStatus.DEAD if spent else DeliveryStatus.PENDING
    wait = random.uniform(0, lane.longest_pause(delivery.attempts))  # noqa: S311 - jitter, not a secret
    described = error.detail if isinstance(error, DomainError) else f"{type(error).__name__}: {error}"
    logger.warning(
        "delivery_failed",
        lane=lane.name,
        target=delivery.target,
        event_id=str(delivery.event_id),
        attempts=delivery.attempts,
        status=status.value,
        exc_info=None if isinstance(error, DomainError) else error,
    )
    complete(
        delivery, status=status, available_at=timezone.now() + dt.timedelta(seconds=wait), last_error=described[:2000]
    )
    return status


def _bury(delivery: Delivery, reason: str) -> DeliveryStatus:
    logger.error("delivery_buried", target=delivery.target, event_id=str(delivery.event_id), reason=reason)
    complete(delivery, status=DeliveryStatus.DEAD, last_error=reason)
    return DeliveryStatus.DEAD
