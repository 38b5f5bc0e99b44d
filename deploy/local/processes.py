"""What /proc tells of other processes. Of one that has ended meanwhile: nothing."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path


def running() -> list[int]:
    """The ids of all that this user sees."""
    return [int(entry.name) for entry in Path("/proc").glob("[0-9]*")]


def command(pid: int) -> str:
    """Its arguments, each ended by a NUL."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_text(errors="replace")
    return ""


def environment(pid: int) -> list[str]:
    """As NAME=value, as it was started with."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/environ").read_text(errors="replace").split("\0")
    return []


def parent(pid: int) -> int:
    with suppress(OSError):
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    return 0
