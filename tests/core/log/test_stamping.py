"""The log's positions: without gaps, in the order of versions, given by one stamper at a time."""

from __future__ import annotations

import uuid
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import DatabaseError, transaction

from core.ids import new_id
from core.log import be_the_stamper, newest_position, stamp
from core.models import Event, LogEntry, OutboxEntry
from core.relay import fan_out
from tests.factories.core import a_client, an_event

pytestmark = pytest.mark.django_db


def log() -> list[tuple[int, uuid.UUID]]:
    return list(LogEntry.objects.order_by("position").values_list("position", "event_id"))


def test_events_are_stamped_as_they_leave_the_outbox_in_the_order_in_which_they_were_recorded() -> None:
    first, second = an_event(), an_event()
    assert (newest_position(), log()) == (0, [])
    assert fan_out() == 2
    third = an_event()
    assert fan_out() == 1
    assert log() == [(1, first.pk), (2, second.pk), (3, third.pk)]
    assert newest_position() == 3


def test_an_entry_says_whose_event_it_is_and_of_which_type() -> None:
    client = a_client()
    event = Event.objects.create(type="order.held", subject_type="x", subject_id=new_id(), version=1, client=client)
    fan_out()
    entry = LogEntry.objects.get()
    assert (entry.event_id, entry.type, entry.client_id) == (event.pk, "order.held", client.pk)


def test_events_of_a_subject_are_stamped_by_version_whatever_the_clocks_said() -> None:
    subject, ids = new_id(), sorted(uuid.uuid4() for _ in range(4))
    event = {"type": "x", "subject_type": "x", "subject_id": subject}
    late = Event.objects.create(id=ids[3], version=1, **event)
    early = Event.objects.create(id=ids[0], version=2, **event)
    other = Event.objects.create(id=ids[1], version=1, type="x", subject_type="x", subject_id=new_id())
    assert fan_out() == 3
    assert log() == [(1, late.pk), (2, other.pk), (3, early.pk)]


def test_what_happened_to_a_subject_before_is_taken_along_though_it_is_beyond_the_batch() -> None:
    subject, ids = new_id(), sorted(uuid.uuid4() for _ in range(3))
    event = {"type": "x", "subject_type": "x", "subject_id": subject}
    late = Event.objects.create(id=ids[2], version=1, **event)
    early = Event.objects.create(id=ids[0], version=2, **event)
    other = Event.objects.create(id=ids[1], version=1, type="x", subject_type="x", subject_id=new_id())
    assert (fan_out(limit=1), fan_out(limit=1), fan_out(limit=1)) == (2, 1, 0)
    assert log() == [(1, late.pk), (2, early.pk), (3, other.pk)]


def test_an_event_keeps_the_position_that_it_has() -> None:
    event, other = an_event(), an_event()
    fan_out()
    OutboxEntry.objects.create(event=event, subject_id=event.subject_id, version=event.version)
    assert fan_out() == 1
    assert log() == [(1, event.pk), (2, other.pk)]


@pytest.mark.parametrize("positions", [(2,), (1, 3), (5, 6)], ids=str)
def test_the_database_refuses_positions_with_a_gap(positions: tuple[int, ...]) -> None:
    entries = [LogEntry(position=position, event=an_event(), type="x") for position in positions]
    with pytest.raises(DatabaseError, match="leave a gap"), transaction.atomic():
        LogEntry.objects.bulk_create(entries)
    assert log() == []


def test_an_event_has_one_position_and_keeps_it_for_ever() -> None:
    event = an_event()
    fan_out()
    with pytest.raises(DatabaseError, match="unique"), transaction.atomic():
        LogEntry.objects.create(position=2, event=event, type="x")
    with pytest.raises(DatabaseError, match="Cannot update or delete"), transaction.atomic():
        LogEntry.objects.update(type="y")
    assert log() == [(1, event.pk)]


def test_events_from_before_there_was_a_log_are_entered_by_a_command_that_may_be_run_again() -> None:
    older = [an_event(), an_event()]
    OutboxEntry.objects.all().delete()  # as a relay did that knew no log
    waiting = an_event()
    told = [StringIO(), StringIO()]
    for out in told:
        call_command("stamp_log", stdout=out)
    assert [out.getvalue() for out in told] == ["2 events entered into the log\n", "0 events entered into the log\n"]
    assert log() == [(1, older[0].pk), (2, older[1].pk)]
    fan_out()
    assert log()[2:] == [(3, waiting.pk)]


def test_stamping_nothing_changes_nothing() -> None:
    be_the_stamper()
    assert stamp([]) == []
    assert log() == []
