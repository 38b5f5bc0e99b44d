"""KAFKA_CONSUMERS: what it may say, and what is said to mistakes; and the command that reads it."""

from __future__ import annotations

import io

import pytest
from django.core.management import CommandError, call_command
from django.utils.module_loading import import_string
from pytest_django import Settings

from config.consumers import MESSAGE_KINDS
from core.consumers.configuration import BadConsumer, parse_consumers
from core.consumers.messages import MessageKind
from tests.core.consumers.topics import a_consumer
from tests.factories.core import a_partition, a_refused_message

KINDS = {"stock": "x.Y", "people": "x.Z"}


def test_consumers_are_named_with_their_topic_and_options() -> None:
    found = parse_consumers(
        "stock=kafkas://ann:p%40ss@k1:9092,k2:9092/levels?batch=20&wait=100&from=latest&sasl=PLAIN people=kafka://k/c",
        KINDS,
    )
    stock, people = found["stock"], found["people"]
    assert (stock.kind, stock.path, stock.batch, stock.wait, stock.begin) == ("x.Y", "levels", 20, 0.1, "latest")
    assert (stock.options, stock.place) == ({"sasl": "PLAIN"}, "kafkas://k1:9092,k2:9092/levels")
    assert stock.without_secrets("p@ss p%40ss") == "*** ***"
    assert (people.path, people.batch, people.wait, people.begin) == ("c", 500, 0.5, "earliest")
    assert parse_consumers("", KINDS) == {}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"stock": ', "It begins like JSON and is none: "),
        ("stock=kafka://k/a stock=kafka://k/a", "'stock' is there twice; each has a name of its own."),
        ("Stock=kafka://k/a", "'Stock' is no name"),
        ("other=kafka://k/a", "'other' is no kind of message; there are people, stock."),
        ("stock", "Consumer 'stock': it has no address; write its URL."),
        ("stock=amqp://k/a", "Consumer 'stock': it is consumed from kafka://… or kafkas://… alone."),
        ("stock=kafka://k", "Consumer 'stock': write the topic after the hosts, as in kafka://host:9092,"),
        ("stock=kafka://k/a?batch=0", "Consumer 'stock': batch is '0'; it must be a number from 1 to 1000."),
        ("stock=kafka://k/a?wait=x", "wait is 'x'; it must be milliseconds from 1 to 10000."),
        ("stock=kafka://k/a?from=here", "from is 'here'; it must be earliest or latest."),
        ("stock=kafka://k/a?group=x", "it has no option 'group'; there are batch, from, sasl, wait."),
    ],
)
def test_a_mistake_is_told_in_words(text: str, words: str) -> None:
    with pytest.raises(BadConsumer) as caught:
        parse_consumers(text, KINDS)
    assert words in str(caught.value)


@pytest.mark.parametrize("dotted", MESSAGE_KINDS.values())
def test_every_consumer_s_kind_of_message_is_there(dotted: str) -> None:
    assert isinstance(import_string(dotted), MessageKind)


@pytest.mark.parametrize(
    ("names", "words"), [((), "Set KAFKA_CONSUMERS to"), (("other",), "has no other; there are none.")]
)
def test_the_command_says_what_it_needs(settings: Settings, names: tuple[str, ...], words: str) -> None:
    settings.KAFKA_CONSUMERS = {}
    with pytest.raises(CommandError, match=words):
        call_command("consume_topics", *names)


@pytest.mark.django_db
def test_the_command_tells_how_far_behind_each_consumer_is(settings: Settings) -> None:
    behind = a_partition(consumer="things", topic="t", next_offset=3, end_offset=10)
    a_partition(consumer="things", topic="t", partition=1, next_offset=3, end_offset=4, last_error="Lost.")
    a_refused_message(partition=behind)
    settings.KAFKA_CONSUMERS = {"things": a_consumer("k", "t")}
    out = io.StringIO()
    call_command("consume_topics", "--lag", stdout=out)
    assert out.getvalue() == "things: 8 behind, seen never, 1 stuck, 1 refused\n"
