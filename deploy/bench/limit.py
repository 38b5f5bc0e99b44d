"""pgbench on the same server: what the database itself can do of the same effects."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from deploy.local import binaries

HERE = Path(__file__).parent
_tps = re.compile(r"^tps = ([\d.]+) \(without initial connection time\)", re.MULTILINE).search
_failed = re.compile(r"number of failed transactions: (\d+)").search


class Limit:
    """Runs the scripts of this folder with pgbench, prepared, against `url`."""

    def __init__(self, url: str, variables: Mapping[str, str | int]) -> None:
        self._url = urlsplit(url)
        self._variables = [f"--define={name}={value}" for name, value in variables.items()]
        self._program = binaries.postgres(lambda _: True) / "pgbench"

    def per_second(
        self,
        script: str,
        *,
        clients: int,
        seconds: float,
        requests: int | None = None,
        variables: Mapping[str, str | int] | None = None,
    ) -> float:
        """For so many seconds, or for so many requests of each client."""
        until = f"--transactions={requests}" if requests else f"--time={max(1, round(seconds))}"
        defined = [f"--define={name}={value}" for name, value in (variables or {}).items()]
        said = self._run(script, f"--client={clients}", f"--jobs={min(clients, 2)}", until, *defined)
        found = _tps(said)
        if found is None:
            raise RuntimeError(f"pgbench gave no figure:\n{said}")
        return float(found[1])

    def repeat(self, script: str, *, clients: int, times: int) -> None:
        """Run `script` so often by each of the clients."""
        self._run(script, f"--client={clients}", f"--jobs={min(clients, 2)}", f"--transactions={times}")

    def _run(self, script: str, *options: str) -> str:
        where = [f"--host={self._url.hostname}", f"--port={self._url.port}", f"--username={self._url.username}"]
        how = ["--no-vacuum", "--protocol=prepared", f"--file={HERE / script}", *self._variables, *options]
        process = subprocess.Popen(  # noqa: S603
            [str(self._program), *where, *how, self._url.path.lstrip("/")],
            env={**os.environ, "PGPASSWORD": self._url.password or ""},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        try:
            said, _ = process.communicate()
        except BaseException:
            process.send_signal(signal.SIGINT)
            process.wait()
            raise
        failed = _failed(said)
        if process.returncode != 0 or (failed and failed[1] != "0"):
            raise RuntimeError(f"pgbench {script} failed:\n{said}")
        return said
