"""What people do to partitions and refused messages, by action and in the console."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client as Browser
from django.utils import timezone
from pytest_django import Settings

from core.actors import Actor
from core.consumers.actions import (
    KEPT_FOR,
    NotToBeTriedAgain,
    StillRefused,
    forget_old,
    reposition_partition,
    set_aside,
    try_again,
)
from core.errors import AuthorityMissing, InvalidInput, NotFound, StaleVersion
from core.models import KEPT_BYTES, Client, Event, RefusedMessage
from tests.core.consumers.topics import DOTTED, names
from tests.factories.core import ACTOR, a_partition, a_refused_message, timeline
from tests.factories.staff import a_person, a_superuser, a_token, browser_of, button, list_page, object_page, told
from tests.factories.watching import refused

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def kinds(settings: Settings) -> None:
    settings.CONSUMER_KINDS = {"things": DOTTED}


def a_message(value: bytes, **fields: Any) -> RefusedMessage:
    return a_refused_message(partition=a_partition(consumer="things"), key=b"k", value=value, **fields)


def test_a_message_that_is_tried_again_has_its_effect_once_and_is_forgotten() -> None:
    row = a_message(b'{"name": "Ann"}')
    for _ in range(2):
        row = try_again(row.pk, actor=ACTOR)
    row.refresh_from_db()
    assert names() == ["Ann"]
    assert (bytes(row.key), bytes(row.value), row.reason, row.forgotten) == (b"", b"", "", True)
    assert row.settled_at is not None
    assert timeline(row.pk) == ["refused_message.worked"]
    assert Event.objects.get(type="client.created").actor_name == ACTOR.name


@pytest.mark.parametrize("value", [b'{"name": "refused"}', b"no json"])
def test_one_that_is_refused_again_changes_nothing(value: bytes) -> None:
    row = a_message(value)
    with refused(StillRefused):
        try_again(row.pk, actor=ACTOR)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"value": b""}, "The message has no value."),
        ({"value": b"x", "size": KEPT_BYTES + 1}, "It is too large to be kept whole."),
    ],
)
def test_one_of_which_nothing_is_left_to_work_is_refused(fields: dict[str, Any], words: str) -> None:
    row = a_message(**fields)
    with refused(NotToBeTriedAgain) as caught:
        try_again(row.pk, actor=ACTOR)
    assert caught.value.detail == words


def test_one_that_is_set_aside_has_no_effect_and_is_forgotten() -> None:
    row = a_message(b'{"name": "Ann"}')
    for _ in range(2):
        set_aside(row.pk, actor=ACTOR)
    assert try_again(row.pk, actor=ACTOR).settled_at is not None
    assert (names(), timeline(row.pk)) == ([], ["refused_message.set_aside"])


def test_what_it_said_is_forgotten_after_its_time() -> None:
    old = a_message(b"x", refused_at=timezone.now() - KEPT_FOR - dt.timedelta(minutes=1))
    a_message(b"y", refused_at=timezone.now() - KEPT_FOR + dt.timedelta(minutes=1))
    assert (forget_old(timezone.now()), forget_old(timezone.now())) == (1, 0)
    with refused(NotToBeTriedAgain):
        try_again(old.pk, actor=ACTOR)
    assert RefusedMessage.objects.waiting().count() == 2


def test_a_partition_is_moved_and_says_so() -> None:
    row = a_partition(next_offset=5, end_offset=9, last_error="Lost.")
    reposition_partition(row.pk, to=2, actor=ACTOR)
    moved = reposition_partition(row.pk, to=2, actor=ACTOR)
    assert (moved.next_offset, moved.repositions, moved.last_error, moved.version) == (2, 1, "", 1)
    event = Event.objects.get(subject_id=row.pk)
    assert event.data == {"consumer": row.consumer, "topic": row.topic, "partition": 0, "before": 5, "after": 2}


@pytest.mark.parametrize("to", [-1, 10])
def test_nowhere_is_a_partition_moved_where_it_never_was(to: int) -> None:
    row = a_partition(next_offset=5, end_offset=9)
    with refused(InvalidInput) as caught:
        reposition_partition(row.pk, to=to, actor=ACTOR)
    assert caught.value.errors[0].detail == "The partition was seen to end at 9; 0 is before the first message."


ACTS: list[Callable[..., Any]] = [try_again, set_aside, lambda pk, **how: reposition_partition(pk, to=0, **how)]


@pytest.mark.parametrize("act", ACTS)
def test_all_refuse_what_is_not_there_other_versions_and_people_without_the_authority(act: Callable[..., Any]) -> None:
    message, person = a_message(b"x"), a_person()
    pk = message.partition_id if act is ACTS[2] else message.pk
    with refused(NotFound):
        act(uuid.uuid4(), actor=ACTOR)
    with refused(StaleVersion):
        act(pk, actor=ACTOR, expected_version=7)
    with refused(AuthorityMissing):
        act(pk, actor=Actor.staff(person))


# The console


@pytest.fixture
def browser() -> Browser:
    return browser_of(a_superuser())


def press(browser: Browser, model: str, row: Any, name: str, **typed: object) -> str:
    row.refresh_from_db()
    sent = {"version": row.version, "token": a_token(), **typed}
    return told(browser.post(button(model, row.pk, name), sent, follow=True))


@pytest.mark.django_db(transaction=True)
def test_the_console_shows_what_a_message_said_and_tries_it_again(browser: Browser) -> None:
    row, bad = a_message(b'{"name": "Ann"}'), a_message(b'{"name": "refused"} \x00\xff')
    assert "not_json It is not JSON." in told(browser.get(list_page("core.refusedmessage", waiting="yes")))
    page = told(browser.get(object_page("core.refusedmessage", row.pk)))
    assert 'Value {"name": "Ann"}' in page
    assert "\\x00\\xff" in told(browser.get(object_page("core.refusedmessage", bad.pk)))
    assert "is worked" in press(browser, "core.refusedmessage", row, "try")
    assert "It is forgotten." in told(browser.get(object_page("core.refusedmessage", row.pk)))
    assert "The body is not" in press(browser, "core.refusedmessage", bad, "try")
    assert "is set aside" in press(browser, "core.refusedmessage", bad, "aside")
    assert (names(), RefusedMessage.objects.waiting().exists()) == (["Ann"], False)


@pytest.mark.django_db(transaction=True)
def test_the_console_shows_how_far_behind_a_partition_is_and_moves_it(browser: Browser) -> None:
    row = a_partition(next_offset=5, end_offset=1205, last_error="Kafka has no message there.")
    listed = told(browser.get(list_page("core.consumedpartition", stuck="yes")))
    assert "Stuck 5 1,200" in listed
    assert "goes on with the message at 1,205" in press(browser, "core.consumedpartition", row, "reposition", to=1205)
    page = told(browser.get(object_page("core.consumedpartition", row.pk)))
    assert "Goes on at 1,205, not 5" in page
    assert Client.objects.count() == 0
