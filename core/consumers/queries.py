"""How far consumers are: what they begin with, and what the command and monitoring ask."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

from django.conf import settings
from django.db.models import Count, F, Min, Q, Sum
from django.db.models.functions import Greatest

from core.consumers.batches import Place
from core.models import ConsumedPartition, RefusedMessage


@dataclass(frozen=True)
class Standing:
    """A consumer of KAFKA_CONSUMERS: how many offsets it was behind when its partitions were last looked at, and when
    that was (None: never), of the one that was looked at longest ago; how many of its partitions are stuck, and its
    refused messages that nobody has settled.
    """

    name: str
    lag: int
    seen_at: dt.datetime | None
    stuck: int
    refused: int


def standings() -> list[Standing]:
    """In the order of the setting."""
    rows = (
        ConsumedPartition.objects.order_by()
        .values_list("consumer")
        .annotate(
            behind=Sum(Greatest(F("end_offset") - F("next_offset"), 0)),
            seen=Min("seen_at"),
            stuck=Count("pk", filter=~Q(last_error="")),
        )
    )
    found = {name: (lag, seen_at, stuck) for name, lag, seen_at, stuck in rows}
    waiting = RefusedMessage.objects.waiting().order_by().values_list("partition__consumer")
    refused = dict(waiting.annotate(refused=Count("pk")))
    unseen = (0, None, 0)
    return [Standing(name, *found.get(name, unseen), refused.get(name, 0)) for name in settings.KAFKA_CONSUMERS]


def places_of(consumer: str, topic: str, partitions: Collection[int]) -> dict[int, Place]:
    """How far the partitions are, by number; those that were never begun are left out."""
    rows = ConsumedPartition.objects.filter(consumer=consumer, topic=topic, partition__in=partitions)
    return {
        number: Place(next_offset, repositions)
        for number, next_offset, repositions in rows.values_list("partition", "next_offset", "repositions")
    }
