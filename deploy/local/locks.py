"""Locks that end with the processes that hold them (flock), so that a kill -9 leaves nothing to clean up."""

from __future__ import annotations

import fcntl
import os
import signal
import time
from contextlib import suppress
from pathlib import Path

_PAUSE = 0.02


def take(path: Path, *, shared: bool = False, wait: float = 0.0) -> int | None:
    """A descriptor that holds the lock on `path`, or None if others still hold it after `wait` seconds.

    Closing the descriptor releases the lock, unless a child process inherited it: then the last one to end does.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    operation = (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB
    deadline = time.monotonic() + wait
    while not _locked(descriptor, operation):
        if time.monotonic() >= deadline:
            os.close(descriptor)
            return None
        time.sleep(_PAUSE)
    return descriptor


def _locked(descriptor: int, operation: int) -> bool:
    try:
        fcntl.flock(descriptor, operation)
    except BlockingIOError:
        return False
    return True


def holders(path: Path) -> list[int]:
    """The ids of the other processes that hold the lock on `path`, as far as /proc shows them to this user."""
    wanted = path.stat()
    me = os.getpid()
    numbers = (int(entry.name) for entry in Path("/proc").glob("[0-9]*"))
    return [pid for pid in numbers if pid != me and _holds(pid, (wanted.st_dev, wanted.st_ino))]


def signal_holders(path: Path, number: signal.Signals) -> None:
    for pid in holders(path):
        with suppress(ProcessLookupError):
            os.kill(pid, number)


def _holds(pid: int, wanted: tuple[int, int]) -> bool:
    try:
        descriptors = list(Path(f"/proc/{pid}/fd").iterdir())
    except OSError:
        return False
    return any(_is_lock(pid, descriptor, wanted) for descriptor in descriptors)


def _is_lock(pid: int, descriptor: Path, wanted: tuple[int, int]) -> bool:
    """Whether it is `wanted` (device, inode) and locked: a process that only tries the lock has the file open too."""
    try:
        found = descriptor.stat()
        if (found.st_dev, found.st_ino) != wanted:
            return False
        return "FLOCK" in Path(f"/proc/{pid}/fdinfo/{descriptor.name}").read_text()
    except OSError:
        return False
