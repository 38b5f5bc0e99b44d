"""Takes commands from the broker that COMMANDS_QUEUE_URL names, until it is asked to stop."""

from __future__ import annotations

import functools
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from config.commands.consuming import Connect, take_commands
from core.stopping import Stop


class Command(BaseCommand):
    help = (
        "Take commands from the queues of COMMANDS_QUEUE_URL, one at a time, until SIGTERM. Run as many as are needed."
    )

    def handle(self, **_options: Any) -> None:
        connect = connector(settings.COMMANDS_QUEUE_URL)
        stop = Stop()
        with stop.on_signals():
            take_commands(connect, stop)


def connector(url: str) -> Connect:
    """How to reach the broker of that address. Raises CommandError."""
    scheme = urlsplit(url).scheme
    if scheme in {"amqp", "amqps"}:
        from config.commands.rabbitmq import connect
    elif scheme == "sqs":
        connect = _sqs()
    else:
        raise CommandError("Set COMMANDS_QUEUE_URL to amqp://user:password@host/vhost, amqps://… or sqs://<region>.")
    return functools.partial(connect, url, settings.COMMANDS_QUEUE_PREFIX)


def _sqs() -> Any:
    try:
        import boto3  # noqa: F401 - an extra
    except ImportError:
        raise CommandError("sqs:// needs boto3: install the extra aws.") from None
    from config.commands.sqs import connect

    return connect
