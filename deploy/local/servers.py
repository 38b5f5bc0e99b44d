"""The life of one server process: found by its lock, started on a free port, stopped by signal.

The running server itself holds the lock (it inherits the descriptor), and so do its children: that the lock is free is
proof that nothing of it is left, whatever its files say and however it ended.
"""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import time
from abc import ABC, abstractmethod
from pathlib import Path
from typing import ClassVar

from deploy.local import locks, ports
from deploy.local.account import Account, choose
from deploy.local.errors import EmbeddedError

_READY_WITHIN = 60.0
_STOP_WITHIN = 30.0
_ORPHANS_WITHIN = 5.0
_PAUSE = 0.02


class Server(ABC):
    """One server whose data is in `folder`. Start and stop it under the caller's start lock."""

    name: ClassVar[str]
    stop_signals: ClassVar[tuple[signal.Signals, ...]]

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.lock = folder.with_name(f"{folder.name}.lock")
        self.log = folder.with_name(f"{folder.name}.log")
        self._process: subprocess.Popen[bytes] | None = None

    @property
    @abstractmethod
    def url(self) -> str: ...

    @abstractmethod
    def _prepare(self, account: Account) -> None:
        """Make the data folder if there is none, and clear what a killed server left that would hinder the next."""

    @abstractmethod
    def _command(self, account: Account, port: int) -> tuple[list[str], Path]:
        """The command line and the folder to start it in."""

    @abstractmethod
    def _pid(self) -> int | None:
        """The process id that the server wrote down itself."""

    @abstractmethod
    def _is_ready(self) -> bool: ...

    def is_running(self) -> bool:
        descriptor = locks.take(self.lock)
        if descriptor is not None:
            os.close(descriptor)
        return descriptor is None

    def ensure(self) -> bool:
        """Return once the server answers; True if it had to be started."""
        deadline = time.monotonic() + _READY_WITHIN
        orphans = time.monotonic() + _ORPHANS_WITHIN
        while (lock := locks.take(self.lock)) is None:
            if self._lives() and self._is_ready():
                return False
            if not self._lives() and time.monotonic() > orphans:
                locks.signal_holders(self.lock, signal.SIGKILL)
            if time.monotonic() > deadline:
                raise EmbeddedError(f"{self.name} holds {self.lock} but doesn't answer; see {self.log}")
            time.sleep(_PAUSE)
        try:
            self._start(lock)
        finally:
            os.close(lock)
        return True

    def stop(self) -> None:
        """Stop the server cleanly; harder signals follow if it doesn't."""
        for number in self.stop_signals:
            pid = self._pid()
            if pid is not None and self._lives() and self.is_running():
                os.kill(pid, number)
            if self._gone(_STOP_WITHIN):
                return
        locks.signal_holders(self.lock, signal.SIGKILL)
        if not self._gone(_STOP_WITHIN):
            raise EmbeddedError(f"{self.name} doesn't stop; see {self.log}")

    def port(self) -> int | None:
        try:
            return int((self.folder / "port").read_text())
        except (FileNotFoundError, ValueError):
            return None

    def password(self) -> str:
        return (self.folder / "password").read_text()

    def _start(self, lock: int) -> None:
        account = choose(self.folder)
        self._prepare(account)
        for _attempt in range(5):
            port = ports.choose(self.port())
            (self.folder / "port").write_text(str(port))
            if self._launch(account, port, lock):
                return
            if ports.is_free(port):
                break
        raise EmbeddedError(f"{self.name} doesn't start; the end of {self.log}:\n{tail(self.log)}")

    def _launch(self, account: Account, port: int, lock: int) -> bool:
        command, folder = self._command(account, port)
        account.own(self.folder)
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603
                [*account.prefix, *command],
                cwd=folder,
                env=environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # a Ctrl-C at the terminal is for the people who use it
                pass_fds=(lock,),
                **account.options(),
            )
        return self._answers(self._process)

    def _answers(self, process: subprocess.Popen[bytes]) -> bool:
        deadline = time.monotonic() + _READY_WITHIN
        while process.poll() is None:
            if self._pid() == process.pid and self._is_ready():
                return True
            if time.monotonic() > deadline:
                process.kill()
            time.sleep(_PAUSE)
        return False

    def _lives(self) -> bool:
        pid = self._pid()
        return pid is not None and is_alive(pid)

    def _gone(self, within: float) -> bool:
        lock = locks.take(self.lock, wait=within)
        if lock is None:
            return False
        os.close(lock)
        if self._process is not None:
            self._process.poll()
        return True


def environment() -> dict[str, str]:
    """For the servers: nothing of the caller's own, so neither PGPORT nor a secret reaches them."""
    return {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C", "TZ": "UTC"}


def write_secret(path: Path) -> None:
    """A new random password in `path`, readable by its owner alone, on disk before this returns."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(secrets.token_hex(24))
        file.flush()
        os.fsync(file.fileno())


def is_alive(pid: int) -> bool:
    """Whether the process exists and is no zombie."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return not Path("/proc/self").exists()


def tail(path: Path, lines: int = 20) -> str:
    return "\n".join(path.read_text(errors="replace").splitlines()[-lines:])
