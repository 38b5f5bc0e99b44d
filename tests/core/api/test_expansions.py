"""Apps that import an object's app answer its expansions, for many objects at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import pytest

from core.api import expansions
from core.api.expansions import expand, expansions_of, register_expansion
from core.ids import new_id

ONE, OTHER = new_id(), new_id()


def _doors(ids: Sequence[UUID]) -> dict[UUID, list[dict[str, Any]]]:
    return {ONE: [{"door": len(ids)}]}


@pytest.fixture(autouse=True)
def own_expansions(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a test registers is not the product's."""
    monkeypatch.setattr(expansions, "_expansions", {})


def test_a_registered_expansion_is_loaded_once_for_all_objects_and_empty_where_there_is_nothing() -> None:
    register_expansion("house", "doors", _doors, scope="doors:read")
    assert expansions_of("house") == ("doors",)
    assert expand("house", {"doors"}, [ONE, OTHER]) == {ONE: {"doors": [{"door": 2}]}, OTHER: {"doors": []}}


def test_names_that_nobody_registered_are_left_to_the_caller() -> None:
    assert expand("tent", {"doors"}, [ONE]) == {ONE: {}}
    assert expansions_of("tent") == ()
