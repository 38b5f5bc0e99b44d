"""What is killed, and when."""

from __future__ import annotations

import os
import random
import signal
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

from deploy.faults.system import FAILS_THEN, RECOVERED, Beside, Up
from deploy.local import locks, processes
from deploy.local.session import all_servers

_DOWN = (1.0, 4.0)
"""Seconds for which what nobody watches over stays away."""
_SENDERS = "the workers of handlers, mail and payments"
SENDERS = frozenset({_SENDERS, f"one process of {_SENDERS}"})
"""Whose death may leave a second copy of an e-mail: one for each of them that was sending."""
_MARKS = {
    _SENDERS: "--queues\0handlers,mail",
    "the worker of webhooks": "--queues\0webhooks",
    "the workers of sinks": "--queues\0sinks",
    "the workers of jobs": "--queues\0jobs",
    "the scheduler": "\0beat\0",
    "the web": "gunicorn",
}


@dataclass(frozen=True)
class Blow:
    """Something that happens so many seconds after the first order. It `is_fault`, or it ends one."""

    at: float
    name: str
    act: Callable[[], object]
    is_fault: bool = True


def blows(up: Up, around: Beside, seconds: float, chance: random.Random) -> list[Blow]:
    """Everything killed once, in any order, over so many seconds; the receiver that fails is well with the last one."""
    victims = list(_victims(up, around))
    chance.shuffle(victims)
    slot, planned = seconds / len(victims), []
    for number, (name, kill, start) in enumerate(victims):
        at = slot * (number + chance.uniform(0.2, 1.0))
        planned.append(Blow(at, f"kill -9 of {name}", kill))
        if start is not None:
            planned.append(Blow(at + chance.uniform(*_DOWN), f"{name} is started again", start, is_fault=False))
    last = max(blow.at for blow in planned if blow.is_fault)
    fails, recovers = partial(around.failing.become, FAILS_THEN), partial(around.failing.become, RECOVERED)
    planned.append(Blow(last / 2, "the receiver that hung answers 500", fails, is_fault=False))
    planned.append(Blow(last, "the receiver that failed is well again", recovers))
    return sorted(planned, key=lambda blow: blow.at)


def _victims(up: Up, around: Beside) -> Iterator[tuple[str, Callable[[], None], Callable[[], object] | None]]:
    """(name, how it is killed, how it is started again where `up` doesn't do that)."""
    for name in _MARKS:
        yield name, partial(_kill_child, up, name), None
    yield f"one process of {_SENDERS}", partial(_kill_one, up), None
    for server in all_servers(around.folder).values():
        name = "PostgreSQL" if server.name == "PostgreSQL" else "Redis"
        yield name, partial(locks.signal_holders, server.lock, signal.SIGKILL), None
    broker = around.broker
    yield "Celery's broker", partial(locks.signal_holders, broker.lock, signal.SIGKILL), broker.ensure
    if around.rabbitmq is not None:
        yield "RabbitMQ", around.rabbitmq.kill, around.rabbitmq.start


def _kill_child(up: Up, name: str) -> None:
    """With all of its processes: each child of `up` has a session of its own."""
    for pid in _children(up, name):
        with suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)


def _kill_one(up: Up) -> None:
    for parent in _children(up, _SENDERS):
        pid = next((each for each in processes.running() if processes.parent(each) == parent), parent)
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _children(up: Up, name: str) -> list[int]:
    """None while it is dead already. The feed is a gunicorn, too, and the only one with threads."""
    found = [pid for pid in processes.running() if processes.parent(pid) == up.pid]
    return [
        pid for pid in found
        if _MARKS[name] in processes.command(pid)
        and not any(each.startswith("WEB_THREADS=") for each in processes.environment(pid))
    ]  # fmt: skip
