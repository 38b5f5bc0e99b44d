"""One process's use of the embedded servers: whoever comes first starts them, the last one out stops them.

Every user holds a shared lock on one file. Leaving, a process tries for the exclusive lock; having it proves that it
was the last. A killed user's lock ends with it. Coming and going take turns under a second lock.
"""

from __future__ import annotations

import atexit
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from deploy.local import locks
from deploy.local.errors import EmbeddedError
from deploy.local.postgres import Postgres
from deploy.local.servers import Server
from deploy.local.valkey import Valkey

_ROOT = Path(__file__).resolve().parents[2]
_TURN_WITHIN = 120.0
_SERVERS: dict[str, type[Server]] = {"DATABASE_URL": Postgres, "REDIS_URL": Valkey}


def data_dir() -> Path:
    """Where the embedded servers and `up` keep everything: DATA_DIR, else .data beside manage.py."""
    return Path(os.environ.get("DATA_DIR") or _ROOT / ".data").absolute()


class Session:
    """`servers` by the environment variable that their URL goes into."""

    def __init__(self, folder: Path, servers: dict[str, Server]) -> None:
        self.folder = folder
        self.servers = servers
        self._users: int | None = None
        self._pid = os.getpid()

    def join(self) -> None:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self._turn():
            self._users = locks.take(self.folder / "users.lock", shared=True, wait=_TURN_WITHIN)
            for variable, server in self.servers.items():
                server.ensure()
                os.environ[variable] = server.url

    def revive(self) -> list[str]:
        """Start again what died since; the names of those servers. They keep their ports, so every URL stays good."""
        if all(server.is_running() for server in self.servers.values()):
            return []
        with self._turn():
            return [server.name for server in self.servers.values() if server.ensure()]

    def leave(self) -> None:
        if self._users is None or os.getpid() != self._pid:  # a forked child is not the one that joined
            return
        with self._turn():
            os.close(self._users)
            self._users = None
            last = locks.take(self.folder / "users.lock")
            if last is not None:
                for server in all_servers(self.folder).values():
                    server.stop()
                os.close(last)

    @contextmanager
    def _turn(self) -> Iterator[None]:
        turn = locks.take(self.folder / "start.lock", wait=_TURN_WITHIN)
        if turn is None:
            raise EmbeddedError(
                f"Another process has been starting or stopping the servers in {self.folder} for too long."
            )
        try:
            yield
        finally:
            os.close(turn)


_session: Session | None = None


def all_servers(folder: Path) -> dict[str, Server]:
    return {variable: kind(folder / kind.name.lower()) for variable, kind in _SERVERS.items()}


def attach() -> None:
    """Put DATABASE_URL and REDIS_URL into the environment of this process and its children.

    Each is left alone if it is set; else the embedded server is found running or started, and is kept until this
    process ends. Does nothing in production, where the settings refuse to start without them.
    """
    global _session
    folder = data_dir()
    wanted = {name: server for name, server in all_servers(folder).items() if not os.environ.get(name)}
    if _session is not None or not wanted or os.environ.get("QM_ENV") == "production":
        return
    session = Session(folder, wanted)
    try:
        session.join()
    except PermissionError as error:
        raise EmbeddedError(f"{error}. It belongs to another user: set DATA_DIR to a folder of your own.") from error
    except BaseException:
        session.leave()
        raise
    _session = session
    atexit.register(session.leave)
    _end_in_order()


def revive() -> list[str]:
    """Start again what died of the servers that this process attached to; their names."""
    return _session.revive() if _session is not None else []


def _end_in_order() -> None:
    """By default these two signals end Python without its exit functions."""
    if threading.current_thread() is not threading.main_thread():
        return
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _exit)


def _exit(number: int, _frame: FrameType | None) -> None:
    sys.exit(128 + number)
