"""EVENT_SINKS: what it may say, and what is said to mistakes."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from core.brokers import needs_host
from core.sinks.adapters import KINDS
from core.sinks.configuration import BadSink, Kind, parse_sinks
from tests.core.children import ROOT, environment

MISSING = Kind(adapter="x.Y", modes=("structured",), check=needs_host, library="no_such_library", extra="nobody")


def refusal(text: str) -> str:
    with pytest.raises(BadSink) as caught:
        parse_sinks(text, {**KINDS, "missing": MISSING})
    return str(caught.value)


def test_without_a_value_there_are_none() -> None:
    assert parse_sinks("", KINDS) == parse_sinks(" {} ", KINDS) == {}


@pytest.mark.parametrize(
    "text",
    [
        '{"erp": "amqp://ann:p%40ss@mq/orders?types=order.*,stock.received&format=binary&batch=20", "cache": '
        '"redis://r/s"}',
        "erp=amqp://ann:p%40ss@mq/orders?types=order.*,stock.received&format=binary&batch=20\n cache=redis://r/s",
    ],
)
def test_sinks_are_named_in_json_or_one_after_the_other(text: str) -> None:
    sinks = parse_sinks(text, KINDS)
    assert list(sinks) == ["erp", "cache"]
    erp, cache = sinks["erp"], sinks["cache"]
    assert (erp.types, erp.mode, erp.batch, erp.path) == (("order.*", "stock.received"), "binary", 20, "orders")
    assert (cache.types, cache.mode, cache.batch, cache.path) == ((), "structured", 500, "s")
    assert erp.place == "amqp://mq/orders"
    assert erp.without_secrets("amqp://ann:p%40ss@mq, p@ss") == "amqp://ann:***@mq, ***"
    assert cache.without_secrets("as it is") == "as it is"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"erp": ', "It begins like JSON and is none: "),
        ('{"erp": "amqp://mq", "erp": "amqp://mq"}', "'erp' is there twice; each has a name of its own."),
        ("erp", "Sink 'erp': it has no address; write its URL."),
        ('{"erp": 7}', "Sink 'erp': it has no address; write its URL."),
        ("Erp=amqp://mq", "'Erp' is no name: it begins with a small letter"),
        ("erp=mq", "Sink 'erp': 'mq' is no kind of sink; there are amqp, amqps, "),
        ("erp=ftp://mq", "Sink 'erp': 'ftp' is no kind of sink"),
        ("erp=amqp:///orders", "Sink 'erp': write where it is, as in amqp://host/…"),
        ("erp=amqp://mq:x/orders", "Sink 'erp': Port could not be cast to integer"),
        ("erp=amqp://mq/a#b", "Sink 'erp': what follows # means nothing"),
        ("erp=redis://r/", "Sink 'erp': write the stream after the host, as in redis://host/stream"),
        ("erp=amqp://mq?colour=red", "Sink 'erp': it has no option 'colour'; there are batch, format, mandatory, "),
        ("erp=amqp://mq?batch=1&batch=2", "Sink 'erp': batch is there twice."),
        ("erp=amqp://mq?batch=501", "Sink 'erp': batch is '501'; it must be a number from 1 to 500."),
        ("erp=amqp://mq?batch=0", "batch is '0'"),
        ("erp=amqp://mq?batch=+1", "batch is ' 1'"),
        ("erp=amqp://mq?batch=٣", "batch is '٣'"),
        ("erp=amqp://mq?format=xml", "format is 'xml'; it must be structured or binary."),
        ("erp=amqp://mq?types=Order.*", "types is 'Order.*'; it must be types of events with commas between"),
        ("erp=amqp://mq?types=", "types is ''"),
        ("erp=amqp://mq?mandatory=1", "mandatory is '1'; it must be yes or no."),
        ("erp=amqp://mq?queue=", "queue is ''; it must be the name of a queue to declare."),
        ("erp=redis://r/s?maxlen=0", "maxlen is '0'; it must be how many events to keep, from 1 on."),
        ("erp=missing://x", "Sink 'erp': missing needs a library that isn't here; install the extra 'nobody'."),
    ],
)
def test_a_mistake_is_told_with_what_it_is_to_be(text: str, words: str) -> None:
    assert words in refusal(text)


def test_no_refusal_shows_a_password() -> None:
    assert "secret" not in refusal("erp=amqp://ann:secret@mq?batch=0")


@pytest.mark.django_db
def test_a_process_with_a_mistake_does_not_start() -> None:
    command = [sys.executable, "manage.py", "check"]
    child = subprocess.run(
        command, cwd=ROOT, env=environment(EVENT_SINKS=json.dumps({"erp": "x"})), capture_output=True, text=True
    )
    assert child.returncode != 0
    assert "ImproperlyConfigured: EVENT_SINKS: Sink 'erp': 'x' is no kind of sink" in child.stderr


@pytest.mark.django_db
def test_each_sink_has_a_sweep_in_the_queue_of_sinks() -> None:
    told = "from config import settings as s; print(s.CELERY_BEAT_SCHEDULE['sink-erp'])"
    child = subprocess.run(
        [sys.executable, "-c", told],
        cwd=ROOT,
        env=environment(EVENT_SINKS="erp=amqp://mq"),
        capture_output=True,
        text=True,
    )
    assert child.stdout.strip() == str(
        {
            "task": "core.tasks.work_sink",
            "args": ("erp",),
            "schedule": 5.0,
            "options": {"queue": "sinks", "expires": 5.0},
        }
    ), child.stderr
