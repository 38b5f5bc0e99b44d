"""What the database refuses of a sink."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest
from django.db import connection
from django.db.models import F
from django.utils import timezone

from core.models import Sink, SinkHour
from tests.core.sinks.sinks import logged, row
from tests.factories.core import a_sink
from tests.factories.watching import refused_by_the_database

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_position_goes_onward() -> None:
    a_sink("test")
    logged(5)
    Sink.objects.update(position=3)
    Sink.objects.update(position=5)
    assert row().position == 5


def test_a_position_goes_back_by_a_repositioning_alone() -> None:
    a_sink("test")
    logged(5)
    Sink.objects.update(position=5)
    with refused_by_the_database("sink test goes back from 5 to 4 by hand alone"):
        Sink.objects.update(position=4)
    with refused_by_the_database("by hand alone"):
        Sink.objects.update(position=4, repositions=F("repositions") + 2)
    Sink.objects.update(position=4, repositions=F("repositions") + 1)
    assert row().position == 4


def test_no_sink_is_past_the_end_of_the_log() -> None:
    a_sink("test")
    logged(2)
    with refused_by_the_database("sink test is past the end of the log at 3"):
        Sink.objects.update(position=3)
    with refused_by_the_database("past the end of the log"):
        a_sink("other", position=3)


@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        ({"position": -1, "repositions": 1}, "sink_position_from_none"),
        ({"token": uuid.UUID(int=1)}, "sink_lease_has_a_holder"),
        ({"lease_until": timezone.now()}, "sink_lease_has_a_holder"),
        ({"failures": 1}, "sink_failing_says_why"),
        ({"last_error": "x"}, "sink_failing_says_why"),
        ({"failures": 1, "failing_since": timezone.now(), "next_try_at": timezone.now()}, "sink_failing_says_why"),
        ({"name": "other"}, "sink_is_of_one_name"),
    ],
)
def test_a_row_says_nothing_by_halves(values: dict[str, Any], constraint: str) -> None:
    a_sink("test")
    with refused_by_the_database(constraint if constraint != "sink_is_of_one_name" else "name"):
        Sink.objects.update(**values)


@pytest.mark.parametrize("name", ["", "A", "1a", "a b", "a.b"])
def test_a_name_is_plain(name: str) -> None:
    with refused_by_the_database("sink_name_is_plain"):
        Sink.objects.bulk_create([Sink(name=name)])


def test_a_name_is_one_sink_s() -> None:
    a_sink("test")
    with refused_by_the_database("core_sink_name"):
        a_sink("test")


def test_no_sink_is_deleted() -> None:
    a_sink("test")
    with refused_by_the_database("Cannot delete"):
        Sink.objects.all().delete()
    with refused_by_the_database("never truncated"), connection.cursor() as cursor:
        cursor.execute("TRUNCATE core_sink CASCADE")


def test_an_hour_of_a_sink_is_whole_and_counted_once() -> None:
    hour = dt.datetime(2026, 5, 4, 10, tzinfo=dt.UTC)
    sink = a_sink("test")
    SinkHour.objects.create(sink=sink, hour=hour)
    with refused_by_the_database("sink_hour_once"):
        SinkHour.objects.create(sink=sink, hour=hour)
    with refused_by_the_database("sink_hour_is_whole"):
        SinkHour.objects.create(sink=sink, hour=hour + dt.timedelta(minutes=30))
