"""One supervised child process."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

_LONGEST_PAUSE = 30.0
# A child that ran this long is well: its next death counts as the first.
_STEADY_AFTER = 60.0
_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


@dataclass
class Child:
    """`pass_fds` are the descriptors it inherits; `environment` is added to the parent's."""

    name: str
    command: Sequence[str]
    environment: dict[str, str] = field(default_factory=dict)
    pass_fds: tuple[int, ...] = ()
    process: subprocess.Popen[bytes] | None = None
    restart_at: float | None = None
    _started: float = 0.0
    _deaths: int = 0
    _unfinished: bytes = b""

    def start(self, folder: Path, lock: int) -> IO[bytes]:
        """Start it; its output, standard error included, not blocking."""
        self.restart_at = None
        self._started = time.monotonic()
        self.process = subprocess.Popen(  # noqa: S603
            self.command,
            cwd=folder,
            env={**os.environ, "PYTHONUNBUFFERED": "1", **self.environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            pass_fds=(lock, *self.pass_fds),
            start_new_session=True,  # a Ctrl-C at the terminal reaches the parent alone, which stops all in order
            preexec_fn=die_with_parent,
        )
        output = self.process.stdout
        assert output is not None  # noqa: S101
        os.set_blocking(output.fileno(), False)
        return output

    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def bury(self) -> str | None:
        """If it has died: plan its next start, at once the first time, the later the more often it died, and say so."""
        if self.process is None or (code := self.process.poll()) is None:
            return None
        self.process = None
        self._deaths = 1 if time.monotonic() - self._started > _STEADY_AFTER else self._deaths + 1
        pause = 0.0 if self._deaths == 1 else min(2.0 ** (self._deaths - 2), _LONGEST_PAUSE)
        self.restart_at = time.monotonic() + pause
        when = f"in {pause:.0f} s" if pause else "at once"
        return f"{self.name} {_how(code)}; starting it again {when}"

    def lines(self, received: bytes) -> Iterator[str]:
        """The complete lines, now that these bytes came; none (b"") ends the last line."""
        *complete, self._unfinished = (self._unfinished + received).split(b"\n")
        if not received and self._unfinished:
            complete, self._unfinished = [self._unfinished], b""
        for line in complete:
            yield line.decode(errors="replace")


def die_with_parent() -> None:
    """Runs in the fresh child: should the parent be killed, the kernel asks this child to end."""
    if _LIBC is not None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def _how(code: int) -> str:
    return f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
