"""Claims: deliveries leased to one relay. The commit makes the claim, and its token proves it later."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from core.lanes import Lane
from core.locks import lock_key
from core.models import Delivery, DeliveryStatus
from core.relay.targets import held_in

# A delivery is due when nothing earlier of its subject is still on its way to the same target, fanned out or not.
_DUE = """
    d.status IN ('pending', 'claimed') AND d.available_at <= %(now)s
    AND (d.status = 'pending' OR d.lease_until < %(now)s)
    AND (
        SELECT 1 FROM core_delivery earlier
        WHERE earlier.target = d.target AND earlier.subject_id = d.subject_id AND earlier.version < d.version
          AND earlier.status IN ('pending', 'claimed')
        ORDER BY earlier.version LIMIT 1) IS NULL
    AND (
        SELECT 1 FROM core_outboxentry unseen
        WHERE unseen.subject_id = d.subject_id AND unseen.version < d.version
        ORDER BY unseen.version LIMIT 1) IS NULL
"""

# The targets of the lane are read off the index one by one. Of those that have room for another relay, the one that
# waits longest is chosen, and a batch is claimed of that one alone: so that no target waits behind another's.
_CLAIM = f"""
WITH RECURSIVE waiting (target) AS (
    (SELECT d.target FROM core_delivery d WHERE d.lane = %(lane)s AND d.status IN ('pending', 'claimed')
     ORDER BY d.target LIMIT 1)
    UNION ALL
    SELECT (SELECT d.target FROM core_delivery d
            WHERE d.lane = %(lane)s AND d.status IN ('pending', 'claimed') AND d.target > waiting.target
            ORDER BY d.target LIMIT 1)
    FROM waiting WHERE waiting.target IS NOT NULL
), chosen AS MATERIALIZED (
    SELECT waiting.target FROM waiting CROSS JOIN LATERAL (
        SELECT d.available_at FROM core_delivery d WHERE d.lane = %(lane)s AND d.target = waiting.target AND {_DUE}
        ORDER BY d.available_at LIMIT 1) first
    WHERE waiting.target <> ALL(%(held)s::text[]) AND %(per_target)s > (
        SELECT count(DISTINCT busy.token) FROM core_delivery busy
        WHERE busy.target = waiting.target AND busy.status = 'claimed' AND busy.lease_until >= %(now)s)
    ORDER BY first.available_at LIMIT 1
), due AS MATERIALIZED (
    SELECT d.id FROM core_delivery d
    WHERE d.lane = %(lane)s AND d.target = (SELECT target FROM chosen) AND {_DUE}
    ORDER BY d.available_at LIMIT %(limit)s FOR UPDATE OF d SKIP LOCKED
)
UPDATE core_delivery SET status = 'claimed', token = %(token)s, lease_until = %(lease_until)s, attempts = attempts + 1,
    available_at = %(now)s + LEAST(%(cap)s, %(base)s * 2.0 ^ LEAST(attempts, 30)) * interval '1 second'
WHERE id = ANY(ARRAY(SELECT id FROM due))
RETURNING id
"""  # noqa: S608


def claim(lane: Lane, limit: int | None = None) -> list[Delivery]:
    """Lease due deliveries of one target to this relay, all under one token.

    A claim that ends without an outcome is due again after the lease, and after a pause that grows each time, so that
    what kills its process doesn't kill one after the other.
    """
    now = timezone.now()
    values: dict[str, Any] = {
        "token": uuid.uuid4(),
        "now": now,
        "lease_until": now + dt.timedelta(seconds=lane.lease),
        "lane": lane.name,
        "held": held_in(lane),
        "per_target": lane.per_target,
        "limit": limit or lane.batch,
        "base": lane.backoff_base,
        "cap": lane.backoff_cap,
    }
    with transaction.atomic(), connection.cursor() as cursor:
        # One after the other, each seeing what the one before it claimed: else two would fill the same target's room.
        # Without sorting: a queue's statistics may be those of an hour when it was empty, and by them PostgreSQL would
        # read and sort all that waits. So each ORDER BY in the statement names the index that is to be read.
        cursor.execute(
            "SELECT pg_advisory_xact_lock(%s), set_config('enable_sort', 'off', true)",
            [lock_key(f"core.relay.claim:{lane.name}")],
        )
        cursor.execute(_CLAIM, values)
        claimed = [row[0] for row in cursor.fetchall()]
    if not claimed:
        return []
    return list(Delivery.objects.select_related("event").filter(pk__in=claimed).order_by("id"))


def renew(delivery: Delivery, lane: Lane) -> None:
    """Extend the lease of what was claimed with this delivery and has no outcome yet."""
    until = timezone.now() + dt.timedelta(seconds=lane.lease)
    Delivery.objects.filter(token=delivery.token, status=DeliveryStatus.CLAIMED).update(lease_until=until)


def give_back(deliveries: Sequence[Delivery]) -> None:
    """Unclaim what was not attempted: that counts for nothing."""
    mine = Delivery.objects.filter(
        pk__in=[delivery.pk for delivery in deliveries],
        token__in={delivery.token for delivery in deliveries},
        status=DeliveryStatus.CLAIMED,
    )
    mine.update(
        status=DeliveryStatus.PENDING,
        token=None,
        lease_until=None,
        attempts=F("attempts") - 1,
        available_at=timezone.now(),
    )


def complete(*deliveries: Delivery, **changes: object) -> None:
    """Write the outcome of what was claimed together. Only the holder of the token may: whoever claimed one after the
    lease ran out writes its own outcome.
    """
    Delivery.objects.filter(
        pk__in=[delivery.pk for delivery in deliveries], token=deliveries[0].token, status=DeliveryStatus.CLAIMED
    ).update(token=None, lease_until=None, **changes)


def complete_done(*deliveries: Delivery) -> None:
    complete(*deliveries, status=DeliveryStatus.DONE, finished_at=timezone.now(), last_error="")
