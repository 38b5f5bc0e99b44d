"""The demo shop."""

from __future__ import annotations

from config.management.commands.load_demo import Command


def test_the_command_says_what_it_loads() -> None:
    assert Command.help
