"""Sinks are paused, resumed and repositioned by people, and each leaves an event."""

from __future__ import annotations

import uuid

import pytest

from core.errors import AuthorityMissing, InvalidInput, NotFound, StaleVersion
from core.models import Event, Sink
from core.sinks.actions import pause_sink, reposition_sink, resume_sink
from core.sinks.queries import Standing, standings
from core.sinks.working import take, work
from tests.core.sinks.sinks import a_sink_of, logged, row
from tests.factories.core import ACTOR, a_sink, timeline
from tests.factories.staff import a_person
from tests.factories.watching import refused

pytestmark = pytest.mark.django_db(transaction=True)

DOWN = a_sink_of("memory://down")


def test_a_paused_sink_is_nobody_s_until_it_is_resumed() -> None:
    sink = a_sink("test")
    pause_sink(sink.pk, actor=ACTOR)
    assert take("test") is None
    resume_sink(sink.pk, actor=ACTOR)
    assert take("test") is not None
    assert timeline(sink.pk) == ["sink.paused", "sink.resumed"]
    assert row().version == 2


def test_again_they_change_nothing() -> None:
    sink = a_sink("test")
    resume_sink(sink.pk, actor=ACTOR)
    pause_sink(sink.pk, actor=ACTOR)
    first = row().paused_at
    pause_sink(sink.pk, actor=ACTOR)
    reposition_sink(sink.pk, after=0, actor=ACTOR)
    assert row().paused_at == first
    assert timeline(sink.pk) == ["sink.paused"]


def test_a_sink_goes_on_from_where_somebody_says_and_its_pause_after_a_failure_is_over() -> None:
    logged(5)
    work(DOWN)
    sink = row()
    reposition_sink(sink.pk, after=4, actor=ACTOR)
    reposition_sink(sink.pk, after=1, actor=ACTOR, expected_version=1)
    sink.refresh_from_db()
    assert (sink.position, sink.repositions, sink.failures, sink.failing_since, sink.last_error) == (1, 2, 0, None, "")
    data = Event.objects.filter(subject_id=sink.pk).order_by("version").values_list("data", flat=True)
    assert list(data) == [
        {"sink": "test", "before": 0, "after": 4},
        {"sink": "test", "before": 4, "after": 1},
    ]
    assert take("test") is not None


@pytest.mark.parametrize("after", [-1, 4])
def test_a_position_that_the_log_does_not_have_is_refused(after: int) -> None:
    logged(3)
    sink = a_sink("test")
    with refused(InvalidInput) as caught:
        reposition_sink(sink.pk, after=after, actor=ACTOR)
    assert caught.value.errors[0].detail == "The log has positions up to 3; 0 is before the first."


@pytest.mark.parametrize("act", [pause_sink, resume_sink, lambda pk, **_: reposition_sink(pk, after=0, **_)])
def test_all_refuse_what_is_not_there_other_versions_and_people_without_the_authority(act: object) -> None:
    sink, person = a_sink("test"), a_person()
    from core.actors import Actor

    with refused(NotFound):
        act(uuid.uuid4(), actor=ACTOR)  # type: ignore[operator]
    with refused(StaleVersion):
        act(sink.pk, actor=ACTOR, expected_version=7)  # type: ignore[operator]
    with refused(AuthorityMissing):
        act(sink.pk, actor=Actor.staff(person))  # type: ignore[operator]


def test_standings_tell_how_far_behind_each_sink_of_the_settings_is(settings: object) -> None:
    settings.EVENT_SINKS = {"new": DOWN, "test": DOWN}  # type: ignore[attr-defined]
    logged(5)
    work(DOWN)
    a_sink("gone")
    failing = row()
    assert standings() == [Standing("new", 5, None, False), Standing("test", 5, failing.failing_since, False)]
    Sink.objects.filter(name="test").update(position=4)
    pause_sink(failing.pk, actor=ACTOR)
    assert standings()[1] == Standing("test", 1, failing.failing_since, True)
