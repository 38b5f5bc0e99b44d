"""PostgreSQL 18 from its wheel: TCP on the loopback interface, with a password. A Unix socket's path gets too long."""

from __future__ import annotations

import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

from deploy.local import binaries
from deploy.local.account import Account
from deploy.local.errors import EmbeddedError
from deploy.local.ports import LOOPBACK
from deploy.local.servers import Server, environment, write_secret

_NAME = "quartermaster"  # of the database and of its owner
_SETTINGS = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "maintenance_work_mem": "128MB",
    "max_wal_size": "2GB",
    "random_page_cost": "1.1",
    "jit": "off",
    "log_min_messages": "warning",
    "log_checkpoints": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
}


class Postgres(Server):
    name = "PostgreSQL"
    # Fast shutdown, then immediate: what that loses of speed at the next start, it doesn't lose of data.
    stop_signals = (signal.SIGINT, signal.SIGQUIT)

    @property
    def url(self) -> str:
        return f"postgres://{_NAME}:{self.password()}@{LOOPBACK}:{self.port()}/{_NAME}"

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    def _prepare(self, account: Account) -> None:
        programs = binaries.postgres(account.can_run)
        for unfinished in self.folder.parent.glob(f"{self.folder.name}.new-*"):
            shutil.rmtree(unfinished)
        if not self.folder.exists():
            self._create(account, programs)
        account.own(self.folder)
        self._check_version(programs)
        # Nothing holds the lock, so nothing runs; but the process id in this file may be another program's by now.
        (self._data / "postmaster.pid").unlink(missing_ok=True)

    def _create(self, account: Account, programs: Path) -> None:
        """Make the cluster beside its place and rename it, so that a kill half-way leaves no half cluster."""
        fresh = Path(tempfile.mkdtemp(prefix=f"{self.folder.name}.new-", dir=self.folder.parent))
        write_secret(fresh / "password")
        (fresh / "data").mkdir(mode=0o700)
        account.own(fresh)
        location = account.path(fresh / "data")
        initdb = [str(programs / "initdb"), "-D", location, "-A", "scram-sha-256", "--pwfile=../password", "-U", _NAME]
        locale = ["-E", "UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        self._run(account, [*initdb, *locale], fresh / "data")
        single = [str(programs / "postgres"), "--single", "-D", location, "postgres"]
        self._run(account, single, fresh / "data", f"CREATE DATABASE {_NAME}\n")
        fresh.rename(self.folder)

    def _run(self, account: Account, command: list[str], folder: Path, typed: str = "") -> None:
        done = subprocess.run(  # noqa: S603
            [*account.prefix, *command],
            cwd=folder,
            env=environment(),
            input=typed,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
            **account.options(),
        )
        if done.returncode != 0:
            raise EmbeddedError(f"{Path(command[0]).name} failed in {folder}:\n{done.stdout}")

    def _check_version(self, programs: Path) -> None:
        major = (self._data / "PG_VERSION").read_text().strip()
        said = subprocess.run([programs / "postgres", "--version"], capture_output=True, text=True, check=True).stdout  # noqa: S603
        if said.split()[-1].split(".")[0] != major:
            raise EmbeddedError(
                f"{self._data} was made by PostgreSQL {major} and the installed one is {said.split()[-1]}. "
                f"Dump it with the old version and load it into the new one, or set DATA_DIR to another folder."
            )

    def _command(self, account: Account, port: int) -> tuple[list[str], Path]:
        program = binaries.postgres(account.can_run) / "postgres"
        settings = [f"--{name}={value}" for name, value in {**_SETTINGS, "port": str(port)}.items()]
        return [str(program), "-D", account.path(self._data), *settings], self._data

    def _postmaster(self) -> list[str]:
        try:
            return (self._data / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return []

    def _pid(self) -> int | None:
        lines = self._postmaster()
        return int(lines[0]) if lines else None

    def _is_ready(self) -> bool:
        lines = self._postmaster()  # the eighth line is the state, as pg_ctl reads it
        return len(lines) >= 8 and lines[7].strip() == "ready"
