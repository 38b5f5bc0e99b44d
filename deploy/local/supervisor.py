"""Runs child processes side by side: a name before each line of their output, whoever dies started again, all stopped
at the end. One thread only, because the children are forked with a hook."""

from __future__ import annotations

import os
import selectors
import signal
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType

from deploy.local import locks
from deploy.local.children import Child
from deploy.local.errors import EmbeddedError

_TURN = 0.1
_STOP_WITHIN = 35.0
_ORPHANS_WITHIN = 5.0
_REVIVE_EVERY = 1.0


class Supervisor:
    """A context: starts `children` in `folder` on entering, stops them on leaving.

    `lock` is a path whose lock it holds together with its children, so that the next supervisor finds, and ends, those
    that outlived a killed one. `write` takes a line; `revive` starts dead servers again and returns their names.
    """

    def __init__(
        self,
        children: Sequence[Child],
        *,
        folder: Path,
        lock: Path,
        write: Callable[[str], None],
        revive: Callable[[], list[str]],
    ) -> None:
        self._children = children
        self._folder = folder
        self._lock_path = lock
        self._lock: int | None = None
        self._write = write
        self._revive = revive
        self._revive_at = 0.0
        self._selector = selectors.DefaultSelector()
        self._signals = 0
        self._width = max(len(child.name) for child in children)

    def __enter__(self) -> Supervisor:
        self._lock = _claim(self._lock_path)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._ask_to_stop)
        for child in self._children:
            self._start(child)
        return self

    def __exit__(self, *_: object) -> None:
        self._stop()
        if self._lock is not None:
            os.close(self._lock)

    @property
    def stopping(self) -> bool:
        """Whether a signal asked to stop, or nobody reads the output any more."""
        return self._signals > 0

    def run_until(self, done: Callable[[], bool], *, within: float | None = None) -> bool:
        """Supervise until `done` or stopping; False if neither came within that many seconds."""
        deadline = None if within is None else time.monotonic() + within
        while not (self.stopping or done()):
            if deadline is not None and time.monotonic() > deadline:
                return False
            self._take_turn()
        return True

    def say(self, line: str) -> None:
        try:
            self._write(line)
        except OSError:
            self._write = _discard
            self._signals += 1

    def _ask_to_stop(self, _number: int, _frame: FrameType | None) -> None:
        self._signals += 1

    def _take_turn(self) -> None:
        self._pump(_TURN)
        for child in self._children:
            if died := child.bury():
                self.say(f"!! {died}")
            if child.restart_at is not None and time.monotonic() >= child.restart_at:
                self._start(child)
        if time.monotonic() >= self._revive_at:
            self._revive_at = time.monotonic() + _REVIVE_EVERY
            for name in self._revive():
                self.say(f"!! {name} died and has been started again")

    def _start(self, child: Child) -> None:
        if self._lock is None:
            raise EmbeddedError("The supervisor has not been entered.")
        output = child.start(self._folder, self._lock)
        self._selector.register(output, selectors.EVENT_READ, (child, output))

    def _pump(self, wait: float) -> None:
        """Pass on what the children write; returns after at most `wait` seconds without any."""
        for key, _events in self._selector.select(wait):
            child, output = key.data
            received = os.read(key.fd, 65536)
            for line in child.lines(received):
                self.say(f"{child.name:{self._width}} | {line}")
            if not received:
                self._selector.unregister(output)
                output.close()  # by its owner: its descriptor's number is given out again at once

    def _stop(self) -> None:
        """Ask each child to end and wait for it; a second Ctrl-C, or too long a wait, kills what is left."""
        limit = max(self._signals, 1)
        deadline = time.monotonic() + _STOP_WITHIN
        for child in self._children:
            if child.process is not None and child.is_running():
                child.process.terminate()
        while any(child.is_running() for child in self._children):
            if time.monotonic() > deadline or self._signals > limit:
                break
            self._pump(_TURN)
        locks.signal_holders(self._lock_path, signal.SIGKILL)
        for child in self._children:
            if child.process is not None:
                child.process.wait()
        self._pump(0)


def end_orphans(path: Path) -> None:
    """End the processes that still hold the lock on `path`: the children of a supervisor that was killed."""
    os.close(_claim(path))


def _claim(path: Path) -> int:
    for number in (signal.SIGTERM, signal.SIGKILL):
        lock = locks.take(path)
        if lock is None:
            locks.signal_holders(path, number)
            lock = locks.take(path, wait=_ORPHANS_WITHIN)
        if lock is not None:
            return lock
    raise EmbeddedError(f"Processes of an earlier run hold {path} and can't be ended: {locks.holders(path)}")


def _discard(_line: str) -> None:
    return
