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


@pytest.fixture
def image(tmp_path: Path) -> Path:
    folder = tmp_path / "app"
    shutil.copytree(ROOT, folder, ignore=shutil.ignore_patterns(*(name.removeprefix("**/") for name in LEFT_OUT)))
    return folder


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
    assert not {"deploy", "docs", "tests"} & {path.name for path in image.iterdir()}


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
