"""Which account the servers run under. PostgreSQL refuses root, so root needs another."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Account:
    """How to start a program: `prefix` goes before the command, `uid` and `gid` are switched to when not None."""

    prefix: tuple[str, ...] = ()
    uid: int | None = None
    gid: int | None = None

    def options(self) -> dict[str, Any]:
        """Keyword arguments for subprocess."""
        return {} if self.uid is None else {"user": self.uid, "group": self.gid, "extra_groups": []}

    def can_run(self, program: Path) -> bool:
        command = [*self.prefix, str(program), "--version"]
        try:
            done = subprocess.run(command, capture_output=True, check=False, cwd="/", **self.options())  # noqa: S603
        except OSError:
            return False
        return done.returncode == 0

    def path(self, folder: Path) -> str:
        """`folder` as a program started in it can name it: a switched account may not enter the folders above."""
        return str(folder) if self.uid is None else "/proc/self/cwd"

    def own(self, folder: Path) -> None:
        """Hand `folder` and all in it to the account, if it is switched to."""
        if self.uid is None or self.gid is None or not folder.exists() or folder.stat().st_uid == self.uid:
            return
        # The folder itself last: its owner is the sign that all below it is done.
        for below in sorted(folder.rglob("*"), reverse=True):
            os.chown(below, self.uid, self.gid, follow_symlinks=False)
        os.chown(folder, self.uid, self.gid)


def choose(folder: Path) -> Account:
    """The account for a server whose data is or will be in `folder`.

    An ordinary user runs it himself. Root runs it as the owner of data that is there already, else as an ordinary user
    of a user namespace (its files stay root's), else, where namespaces are forbidden, as nobody.
    """
    if os.geteuid() != 0:
        return Account() if _has_entry(os.geteuid()) else _namespace() or Account()
    if folder.exists() and folder.stat().st_uid != 0:
        return Account(uid=folder.stat().st_uid, gid=folder.stat().st_gid)
    return _namespace() or _nobody()


def _nobody() -> Account:
    entry = pwd.getpwnam("nobody")
    return Account(uid=entry.pw_uid, gid=entry.pw_gid)


def _namespace() -> Account | None:
    entry = next((entry for entry in (_entry(1000), *pwd.getpwall()) if entry and entry.pw_uid != 0), None)
    unshare = shutil.which("unshare", path=os.environ.get("PATH", "") + ":/usr/bin:/bin")
    if entry is None or unshare is None:
        return None
    prefix = (unshare, "--user", f"--map-user={entry.pw_uid}", f"--map-group={entry.pw_gid}")
    return Account(prefix=prefix) if Account(prefix=prefix).can_run(Path(unshare)) else None


def _has_entry(uid: int) -> bool:
    return _entry(uid) is not None


def _entry(uid: int) -> pwd.struct_passwd | None:
    """initdb and postgres look their user up, so one without an entry is of no use to them."""
    try:
        return pwd.getpwuid(uid)
    except KeyError:
        return None
