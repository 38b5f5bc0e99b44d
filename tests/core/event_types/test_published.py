"""docs/events.md and schemas.json are what the classes say, and nothing that readers rely on goes from them."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from core.event_types import event_types
from orders.events import OrderUpdated


@pytest.fixture
def copy(tmp_path: Path, settings: Settings) -> Path:
    """The documents of a working tree that has nothing else."""
    _ = event_types()  # found in the source, not here
    (tmp_path / "docs").mkdir()
    shutil.copy(settings.BASE_DIR / "docs" / "events.md", tmp_path / "docs")
    shutil.copytree(settings.BASE_DIR / "docs" / "events", tmp_path / "docs" / "events")
    settings.BASE_DIR = tmp_path
    return tmp_path / "docs" / "events" / "schemas.json"


def change(path: Path, make: Callable[[dict[str, Any]], None], version: str = "1") -> bytes:
    """What was published of order.updated, as `make` leaves it: the code is then a change of that."""
    document = orjson.loads(path.read_bytes())
    make(document["types"]["order.updated"][version])
    path.write_bytes(orjson.dumps(document, option=orjson.OPT_INDENT_2) + b"\n")
    return path.read_bytes()


def test_the_committed_documents_are_fresh() -> None:
    call_command("events", "--check")


def test_a_stale_document_is_refused_until_it_is_made_again(copy: Path) -> None:
    page = copy.parent.with_suffix(".md")
    fresh = page.read_text(encoding="utf-8")
    page.write_text(fresh.replace("`order.updated`", "`order.renamed`"), encoding="utf-8")
    with pytest.raises(CommandError, match=r"events\.md is stale"):
        call_command("events", "--check")
    call_command("events")
    assert page.read_text(encoding="utf-8") == fresh


@pytest.mark.parametrize("commands", [["--check"], []], ids=["checked", "written"])
@pytest.mark.parametrize(
    ("was", "told"),
    [
        (
            lambda old: old["properties"].update(note={"type": "string"}),
            "data.note would be gone. Raise its schema_ver",
        ),
        (
            lambda old: old["properties"]["changed"].update(items={"type": "integer"}),
            "data.changed[] was integer and would be string. Raise",
        ),
        (
            lambda old: old["properties"].update(changed={"type": "string"}),
            "data.changed was string and would be array. Raise",
        ),
        (
            lambda old: (old["properties"].clear(), old["required"].clear()),
            "data.changed is new and would be promised of all events, but those recorded before lack it. Give a new",
        ),
    ],
    ids=["field gone", "items changed", "type changed", "field promised"],
)
def test_a_change_that_breaks_readers_is_refused(
    copy: Path, was: Callable[[dict[str, Any]], None], told: str, commands: list[str]
) -> None:
    known = change(copy, was)
    with pytest.raises(CommandError) as refused:
        call_command("events", *commands)
    assert f"- order.updated: {told}" in str(refused.value)
    assert copy.read_bytes() == known


def test_a_field_that_may_be_absent_from_now_on_is_refused(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(OrderUpdated.__dataclass_fields__["changed"], "default", None)
    with pytest.raises(CommandError, match=r"data\.changed was always there and could be absent\. Raise"):
        call_command("events", "--check")


def test_a_raised_version_may_change_all_and_the_old_schema_stays(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    change(copy, lambda old: old["properties"].update(note={"type": "string"}))
    before = orjson.loads(copy.read_bytes())["types"]["order.updated"]["1"]
    monkeypatch.setattr(OrderUpdated, "schema_version", 2)
    call_command("events")
    after = orjson.loads(copy.read_bytes())["types"]["order.updated"]
    assert after["1"] == before
    assert "note" not in after["2"]["properties"]
    assert "| `order.updated` (2) |" in copy.parent.with_suffix(".md").read_text(encoding="utf-8")
    call_command("events", "--check")


@pytest.mark.parametrize("version", [0, 3])
def test_a_version_that_leaves_the_row_is_refused(copy: Path, monkeypatch: pytest.MonkeyPatch, version: int) -> None:
    monkeypatch.setattr(OrderUpdated, "schema_version", version)
    with pytest.raises(CommandError, match=f"order.updated: schema_version is {version} after 1"):
        call_command("events")


def test_a_type_that_is_gone_is_refused(copy: Path) -> None:
    document = orjson.loads(copy.read_bytes())
    document["types"]["order.forgotten"] = document["types"]["order.updated"]
    copy.write_bytes(orjson.dumps(document))
    with pytest.raises(CommandError, match=r"order\.forgotten: the type would be gone\. Its class stays"):
        call_command("events")


def test_an_attribute_of_all_events_is_for_ever(copy: Path) -> None:
    document = orjson.loads(copy.read_bytes())
    document["envelope"]["properties"]["shop"] = {"type": "string"}
    copy.write_bytes(orjson.dumps(document))
    with pytest.raises(CommandError, match=r"the envelope\.shop would be gone\. That needs another version of the API"):
        call_command("events")


@pytest.mark.parametrize(
    "was",
    [
        lambda old: old["properties"].update(changed={"type": "array", "items": {}}),
        lambda old: old["required"].clear(),
        lambda old: old.update(description="Otherwise."),
    ],
    ids=["narrower", "promised", "described"],
)
def test_a_change_that_readers_do_not_notice_is_stale_and_then_written(
    copy: Path, was: Callable[[dict[str, Any]], None]
) -> None:
    fresh = copy.read_bytes()
    change(copy, was)
    with pytest.raises(CommandError, match="stale"):
        call_command("events", "--check")
    call_command("events")
    assert copy.read_bytes() == fresh


def test_a_new_type_is_written(copy: Path) -> None:
    fresh = copy.read_bytes()
    document = orjson.loads(fresh)
    del document["types"]["order.updated"]
    copy.write_bytes(orjson.dumps(document))
    call_command("events")
    assert copy.read_bytes() == fresh


def test_what_was_published_before_counts_even_where_the_file_was_changed_with_the_code(copy: Path) -> None:
    fresh, tree = copy.read_bytes(), copy.parents[2]

    def git(*arguments: str) -> None:
        subprocess.run(["git", "-C", str(tree), "-c", "user.name=x", "-c", "user.email=x@x", *arguments], check=True)

    git("init", "--quiet")
    git("commit", "--quiet", "--allow-empty", "-m", "before there were schemas")
    change(copy, lambda old: old["properties"].update(note={"type": "string"}))
    git("add", ".")
    git("commit", "--quiet", "-m", "published")
    copy.write_bytes(fresh)

    call_command("events", "--check")
    call_command("events", "--check", "--against", "HEAD^")
    with pytest.raises(CommandError, match=r"order\.updated: data\.note would be gone"):
        call_command("events", "--check", "--against", "HEAD")
    with pytest.raises(CommandError, match="There is no commit nowhere here"):
        call_command("events", "--check", "--against", "nowhere")
