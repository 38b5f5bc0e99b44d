"""docs/architecture.md names nothing that isn't there."""

from __future__ import annotations

import re
from importlib import import_module
from importlib.util import find_spec

import pytest
from django.conf import settings

from tests import rooms

DOCUMENT = (settings.BASE_DIR / "docs" / "architecture.md").read_text(encoding="utf-8")
ROOMS = "|".join(sorted({*rooms.ROOMS, "deploy"}))
NOT_YET = {"orders.returns"}
"""Rooms that have a layer and no code."""
NAMED = sorted(set(re.findall(rf"\b((?:{ROOMS})(?:\.\w+)+)", DOCUMENT)))
LINKS = sorted(set(re.findall(r"\]\(([^)#]+)", DOCUMENT)))


def exists(name: str) -> bool:
    """A module, or what a module has under that name."""
    parent, _, last = name.rpartition(".")
    return _is_module(name) or (_is_module(parent) and hasattr(import_module(parent), last))


def _is_module(name: str) -> bool:
    try:
        return find_spec(name) is not None
    except ModuleNotFoundError:
        return False


def test_it_names_the_modules_of_every_room() -> None:
    assert len(NAMED) > 40
    assert {name.split(".")[0] for name in NAMED} == set(ROOMS.split("|"))


@pytest.mark.parametrize("name", NAMED)
def test_what_it_names_exists(name: str) -> None:
    assert exists(name) is (name not in NOT_YET)


@pytest.mark.parametrize("name", ["orders.payment", "orders.actions.place_orders", "core.relay.nothing.at_all"])
def test_a_name_of_nothing_is_found(name: str) -> None:
    assert not exists(name)


@pytest.mark.parametrize("link", LINKS)
def test_its_links_lead_somewhere(link: str) -> None:
    assert (settings.BASE_DIR / "docs" / link).exists()
