"""The production image: the product without what `.dockerignore` leaves out."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LEFT_OUT = (ROOT / ".dockerignore").read_text().split()
NOWHERE = {
    "QM_ENV": "production",
    "SECRET_KEY": "0123456789aA%-" * 6,
    "ALLOWED_HOSTS": "quartermaster.example",
    "DATABASE_URL": "postgres://nobody@127.0.0.1:1/none",
    "REDIS_URL": "redis://127.0.0.1:1/0",
}


def is_left_out(path: Path) -> bool:
    """By the last line that names it, as Docker has it; `path` is relative to the root."""
    named = [line for line in LEFT_OUT if path.match(line.removeprefix("!").removeprefix("**/"))]
    return bool(named) and not named[-1].startswith("!")


@pytest.fixture
def image(tmp_path: Path) -> Path:
    def ignored(folder: str, names: list[str]) -> set[str]:
        return {name for name in names if is_left_out(Path(folder).relative_to(ROOT) / name)}

    shutil.copytree(ROOT, tmp_path / "app", ignore=ignored)
    return tmp_path / "app"


def run(image: Path, *command: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "DATA_DIR"}}
    return subprocess.run(
        [sys.executable, *command],
        cwd=image,
        env={**environment, **NOWHERE},
        capture_output=True,
        text=True,
        check=False,
    )


def test_it_is_without_tests_documents_and_what_runs_on_a_developer_s_machine(image: Path) -> None:
    assert {"core", "orders", "manage.py"} <= {path.name for path in image.iterdir()}
    assert not {"deploy", "tests"} & {path.name for path in image.iterdir()}


def test_of_the_documents_it_has_those_that_the_api_publishes(image: Path) -> None:
    kept = [path.relative_to(image) for path in (image / "docs").rglob("*") if path.is_file()]
    assert kept == [Path("docs/events/schemas.json")]


def test_the_settings_take_what_its_build_gives_them() -> None:
    """The build's own line, collecting nothing."""
    (line,) = re.findall(r"^RUN (QM_ENV=(?:.*\\\n)*.*)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    done = subprocess.run(
        ["sh", "-c", line + " --dry-run"], cwd=ROOT, env={"PATH": os.environ["PATH"]}, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "command", [("manage.py", "check", "--deploy", "--fail-level", "WARNING"), ("manage.py", "help")]
)
def test_its_command_line_works(image: Path, command: tuple[str, ...]) -> None:
    done = run(image, *command)
    assert done.returncode == 0, done.stderr
