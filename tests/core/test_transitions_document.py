"""docs/transitions.md is what the models declare."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings


@pytest.fixture
def copy(tmp_path: Path, settings: Settings) -> Path:
    """The document of a working tree that has nothing else."""
    path = tmp_path / "docs" / "transitions.md"
    path.parent.mkdir()
    path.write_bytes((settings.BASE_DIR / "docs" / "transitions.md").read_bytes())
    settings.BASE_DIR = tmp_path
    return path


def test_the_committed_document_is_fresh() -> None:
    call_command("transitions", "--check")


@pytest.mark.parametrize(
    ("told", "stale"),
    [
        ("draft --> placed: place", "draft --> shipped: place"),
        ("No hold is open.", "Any hold may be open."),
        ("| void | pending, authorised | voided | – |", ""),
    ],
)
def test_a_stale_document_is_refused_until_it_is_made_again(copy: Path, told: str, stale: str) -> None:
    fresh = copy.read_text(encoding="utf-8")
    assert told in fresh
    copy.write_text(fresh.replace(told, stale), encoding="utf-8")
    with pytest.raises(CommandError, match="stale"):
        call_command("transitions", "--check")
    call_command("transitions")
    assert copy.read_text(encoding="utf-8") == fresh


def test_a_missing_document_is_stale(copy: Path) -> None:
    copy.unlink()
    with pytest.raises(CommandError, match="stale"):
        call_command("transitions", "--check")
    assert not copy.exists()
