"""The command that takes commands says what it needs."""

from __future__ import annotations

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from config.management.commands.take_commands import connector


@pytest.mark.parametrize("url", ["", "redis://127.0.0.1/0", "amqp"])
def test_an_address_of_no_broker_is_refused_with_what_it_may_be(settings: Settings, url: str) -> None:
    settings.COMMANDS_QUEUE_URL = url
    with pytest.raises(CommandError, match="Set COMMANDS_QUEUE_URL to amqp://"):
        call_command("take_commands")


@pytest.mark.parametrize("url", ["amqp://127.0.0.1/", "amqps://127.0.0.1/", "sqs://eu-central-1"])
def test_brokers_are_told_by_the_scheme(url: str) -> None:
    assert callable(connector(url))
