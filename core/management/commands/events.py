"""Writes what is published of events: docs/events.md and docs/events/schemas.json."""

from __future__ import annotations

import argparse
import subprocess
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from core.event_types import event_types
from core.event_types.catalogue import catalogue
from core.event_types.published import NOTHING, Published, following, refusals, schemas_file


class Command(BaseCommand):
    help = "Write docs/events.md and docs/events/schemas.json from the events' classes; refuses what breaks a reader."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="compare instead of writing")
        parser.add_argument(
            "--against", metavar="COMMIT", help="compare with what was published as of this commit, not with the file"
        )

    def handle(self, *, check: bool, against: str | None, **_options: Any) -> None:
        before = _published_as_of(against) if against else _published()
        refused = list(refusals(before))
        if refused:
            raise CommandError("This would break who reads events:\n" + "\n".join(f"- {each}" for each in refused))
        for path, text in _files(following(before)).items():
            if not check:
                path.parent.mkdir(exist_ok=True)
                path.write_bytes(text)
                self.stdout.write(f"{path.name} written")
            elif not path.exists() or path.read_bytes() != text:
                raise CommandError(f"{path.name} is stale; run manage.py events and commit the result.")


def _published() -> Published:
    path = schemas_file()
    return Published.parsed(path.read_bytes()) if path.exists() else NOTHING


def _published_as_of(commit: str) -> Published:
    """Nothing where that commit has no such file. Raises CommandError for what is no commit."""
    name = schemas_file().relative_to(settings.BASE_DIR)
    if _git("rev-parse", "--verify", "--quiet", f"{commit}^{{commit}}").returncode:
        raise CommandError(f"There is no commit {commit} here.")
    shown = _git("show", f"{commit}:{name}")
    return NOTHING if shown.returncode else Published.parsed(shown.stdout)


def _git(*arguments: str) -> subprocess.CompletedProcess[bytes]:
    command = ["git", "-C", str(settings.BASE_DIR), *arguments]
    return subprocess.run(command, capture_output=True, check=False)  # noqa: S603 - of our own words


def _files(published: Published) -> dict[Path, bytes]:
    audiences = {name: event.audience for name, event in event_types().items()}
    return {
        schemas_file(): published.text(),
        schemas_file().parent.with_suffix(".md"): catalogue(published, audiences).encode(),
    }
