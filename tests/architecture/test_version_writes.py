"""Nothing but the outbox raises a version, so that a version and its event can't part."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest
from django.conf import settings

from tests.rooms import ROOMS

ALLOWED = {"core/outbox.py", "trading/feed/hub.py"}
"""The outbox; and the feed's hub, whose version counts its own news and is stored nowhere."""


def version_writes(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr == "version" and isinstance(node.ctx, ast.Store):
            yield f"{node.lineno}: {ast.unparse(node)}"


def test_versions_are_raised_by_the_outbox_alone() -> None:
    found = []
    for room in ROOMS:
        for path in (settings.BASE_DIR / room).rglob("*.py"):
            name = path.relative_to(settings.BASE_DIR).as_posix()
            if name not in ALLOWED:
                found += [f"{name}:{line}" for line in version_writes(ast.parse(path.read_text(encoding="utf-8")))]
    assert found == []


@pytest.mark.parametrize("planted", ["shipment.version += 1", "shipment.version = 1", "a.version, b = 1, 2"])
def test_a_planted_write_is_found(planted: str) -> None:
    assert list(version_writes(ast.parse(planted)))


def test_reading_a_version_is_no_offence() -> None:
    assert not list(version_writes(ast.parse("row.stored_version = row.version")))
