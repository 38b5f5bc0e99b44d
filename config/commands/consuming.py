"""Takes messages one after the other, settles each, and finds its way back to a broker that went away."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Protocol

import structlog

from config.commands.messages import Message
from config.commands.working import Outcome, work_on
from core.stopping import Stop

log = structlog.get_logger("commands")

_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 30.0


class LineLost(Exception):
    """The broker is not there, or no longer. What was unsettled, it delivers again."""


class Line(Protocol):
    """A connection to a broker, of one thread. Each method raises LineLost."""

    def next(self) -> Message | None:
        """The next message, None when there is none for a second. It is kept from others until it is settled."""

    def reply(self, message: Message, reply: bytes) -> bool:
        """Whether the broker has taken the reply to who asked; False when there is nobody at that address."""

    def done(self, message: Message) -> None:
        """The message goes."""

    def bury(self, message: Message, reason: str) -> None:
        """The message goes to the dead letters, without its key."""

    def again(self, message: Message, pause: float) -> None:
        """The message is delivered again, after so many seconds or sooner."""


Connect = Callable[[Stop], AbstractContextManager[Line]]


def take_commands(connect: Connect, stop: Stop) -> None:
    """Until it is asked to stop; the message at work is settled before."""
    failures = 0
    while not stop.asked:
        try:
            with connect(stop) as line:
                log.info("taking commands")
                failures = 0
                while not stop.asked:
                    take_one(line)
        except LineLost as error:
            failures += 1
            pause = random.uniform(0, min(_LONGEST_PAUSE, _FIRST_PAUSE * 2**failures))  # noqa: S311 - no secret
            log.warning("the broker of commands is not there", error=str(error), pause=round(pause, 2))
            stop.wait(pause)


def take_one(line: Line) -> bool:
    """Take a message and settle it. Returns whether there was one."""
    message = line.next()
    if message is not None:
        settle(line, message, work_on(message))
    return message is not None


def settle(line: Line, message: Message, outcome: Outcome) -> None:
    """In this order, so that a message whose process dies in between is delivered again: a reply may come twice, and
    none is lost."""
    if outcome.pause is not None:
        line.again(message, outcome.pause)
        return
    told = message.wants_reply and line.reply(message, outcome.reply)
    if outcome.reason and not (outcome.unless_told and told):
        log.warning("a command is a dead letter", queue=message.queue)
        line.bury(message, outcome.reason)
    else:
        line.done(message)
