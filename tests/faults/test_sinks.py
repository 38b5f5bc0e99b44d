"""Event sinks at work in Celery: one that hangs and one that is down hold up nobody, and a worker that is killed loses
nothing."""

from __future__ import annotations

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pika
import pytest
import redis
from django.conf import settings

from core.models import Sink
from deploy.local.valkey import Valkey
from tests.core.children import ROOT, environment, wait_until
from tests.core.sinks.sinks import ids, logged
from tests.rabbitmq import rabbitmq_url

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

WITHIN = 60
"""Seconds after a fault within which each sink has everything."""


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[str]:
    """Celery's."""
    valkey = Valkey(tmp_path / "valkey")
    valkey.ensure()
    yield valkey.url
    valkey.stop()


@contextmanager
def worker(folder: Path, broker: str, sinks: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """The product's worker of sinks with its scheduler; a process for each sink."""
    celery = [sys.executable, "-m", "celery", "--quiet", "--app", "config", "worker", "--queues", "sinks", "--beat"]
    options = ["--concurrency", str(len(sinks)), "--schedule", str(folder / "schedule"), "--loglevel", "WARNING"]
    variables = environment(EVENT_SINKS=json.dumps(sinks), CELERY_BROKER_URL=broker)
    with (folder / "worker.log").open("ab") as log:
        process = subprocess.Popen(
            [*celery, *options], cwd=ROOT, env=variables, stdout=log, stderr=log, start_new_session=True
        )
    try:
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)


def position(name: str) -> int:
    return Sink.objects.filter(name=name).values_list("position", flat=True).first() or 0


def first_times(received: list[str]) -> list[str]:
    return list(dict.fromkeys(received))


def test_sinks_that_hang_or_are_down_hold_up_nobody_and_a_kill_loses_nothing(tmp_path: Path, broker: str) -> None:
    name = f"test-{secrets.token_hex(6)}"
    stream = redis.Redis.from_url(settings.REDIS_URL, decode_responses=True)
    cache = urlsplit(settings.REDIS_URL)
    connection = pika.BlockingConnection(pika.URLParameters(rabbitmq_url()))
    channel = connection.channel()
    channel.exchange_declare(name, "topic", durable=True)
    queue = channel.queue_declare("", exclusive=True).method.queue
    channel.queue_bind(queue, name, "#")
    try:
        with socket.create_server(("127.0.0.1", 0), backlog=50) as silent, socket.socket() as nobody:
            nobody.bind(("127.0.0.1", 0))
            sinks = {
                "hangs": f"redis://127.0.0.1:{silent.getsockname()[1]}/x",
                "down": f"amqp://127.0.0.1:{nobody.getsockname()[1]}/x",
                "erp": f"{rabbitmq_url().rstrip('/')}/{name}?batch=7",
                "cache": f"redis://{cache.netloc}/{name}?batch=7&db={cache.path.strip('/') or 0}",
            }
            with worker(tmp_path, broker, sinks) as process:
                events = ids(logged(200))
                wait_until(lambda: position("erp") == position("cache") == 200, WITHIN)
                waiting = {sink.name: sink for sink in Sink.objects.filter(name__in=["hangs", "down"])}
                assert {name: sink.position for name, sink in waiting.items()} == {"hangs": 0, "down": 0}
                assert "Connection refused" in waiting["down"].last_error
                events += ids(logged(2000))
                wait_until(lambda: position("erp") > 500, WITHIN)
                os.killpg(process.pid, signal.SIGKILL)
            with worker(tmp_path, broker, sinks):
                wait_until(lambda: position("erp") == position("cache") == 2200, WITHIN)
        received: list[str] = []
        for _, properties, _ in channel.consume(queue, auto_ack=True, inactivity_timeout=1):
            if properties is None:
                break
            received.append(str(properties.message_id))
        assert first_times(received) == events
        assert len(received) <= 2200 + 7
        entries: Any = stream.xrange(name)
        assert [fields["id"] for _, fields in entries] == events
    finally:
        connection.channel().exchange_delete(name)
        connection.close()
        stream.delete(name)
        stream.close()
