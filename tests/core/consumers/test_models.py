"""What the database itself refuses of consumers."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db.models import F
from django.utils import timezone

from core.models import ConsumedPartition, HeardKey, RefusedMessage
from tests.factories.core import a_partition, a_refused_message
from tests.factories.watching import refused_by_the_database

pytestmark = pytest.mark.django_db


def test_a_partition_goes_back_only_by_hand_which_counts() -> None:
    a_partition(next_offset=5)
    with refused_by_the_database("goes back from 5 to 4 by hand alone"):
        ConsumedPartition.objects.update(next_offset=4)
    with refused_by_the_database("by hand alone"):
        ConsumedPartition.objects.update(next_offset=4, repositions=F("repositions") + 2)
    ConsumedPartition.objects.update(next_offset=4, repositions=F("repositions") + 1)
    ConsumedPartition.objects.update(next_offset=9)


def test_a_partition_is_there_once_for_each_consumer() -> None:
    a_partition(topic="t")
    a_partition(topic="t", consumer="other")
    with refused_by_the_database("consumed_partition_once_per_consumer"):
        a_partition(topic="t")


@pytest.mark.parametrize("values", [{"consumer": "x"}, {"topic": "x"}, {"partition": 7}])
def test_a_partition_is_what_it_is(values: dict[str, Any]) -> None:
    a_partition()
    with refused_by_the_database("Cannot update"):
        ConsumedPartition.objects.update(**values)


@pytest.mark.parametrize(
    ("values", "match"),
    [
        ({"value": b"other"}, "stays as it came, or is forgotten"),
        ({"reason": "other"}, "stays as it came, or is forgotten"),
        ({"forgotten": True}, "refused_message_forgets_all"),
        ({"settled_at": timezone.now()}, "refused_message_settled_is_forgotten"),
        ({"code": "x"}, "Cannot update"),
        ({"offset": 7}, "Cannot update"),
    ],
)
def test_a_refused_message_says_what_it_said_or_nothing(values: dict[str, Any], match: str) -> None:
    a_refused_message()
    with refused_by_the_database(match):
        RefusedMessage.objects.update(**values)


def test_what_is_forgotten_or_settled_stays_so() -> None:
    a_refused_message()
    gone = {"key": b"", "value": b"", "reason": "", "forgotten": True}
    RefusedMessage.objects.update(**gone, settled_at=timezone.now())
    with refused_by_the_database("settled once"):
        RefusedMessage.objects.update(settled_at=None)
    with refused_by_the_database("stays as it came"):
        RefusedMessage.objects.update(forgotten=False, value=b"other")


def test_a_message_is_refused_once_until_its_partition_is_moved() -> None:
    first = a_refused_message()
    a_refused_message(partition=first.partition, repositions=1)
    with refused_by_the_database("refused_message_once"):
        a_refused_message(partition=first.partition)


def test_what_was_heard_of_a_key_only_gets_newer() -> None:
    now = timezone.now()
    HeardKey.objects.create(kind="x", key="00000000-0000-0000-0000-000000000001", as_of=now)
    for as_of in (now, now - dt.timedelta(seconds=1)):
        with refused_by_the_database("is not replaced by what was so at"):
            HeardKey.objects.update(as_of=as_of)
    with refused_by_the_database("heard_key_once_per_kind"):
        HeardKey.objects.create(kind="x", key="00000000-0000-0000-0000-000000000001", as_of=now)


@pytest.mark.parametrize("model", [ConsumedPartition, RefusedMessage, HeardKey])
def test_none_of_them_is_deleted(model: Any) -> None:
    a_refused_message()
    HeardKey.objects.create(kind="x", key="00000000-0000-0000-0000-000000000001", as_of=timezone.now())
    with refused_by_the_database("Cannot delete"):
        model.objects.all()._raw_delete("default")
