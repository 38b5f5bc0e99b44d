from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from core.authority import scopes
from core.models import Client
from tests.core.api.conftest import Caller
from tests.factories.core import a_client
from tests.factories.world import a_world
from tests.routes import Route
from tests.undoing import undone


@dataclass(frozen=True)
class World:
    """A storefront with something of everything, and another one that has nothing; both keys have all scopes."""

    owner: Client
    caller: Caller
    stranger: Caller
    ids: dict[str, str]

    def address(self, route: Route) -> str:
        return route.address(self.ids)


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    """Made once for all tests of a module, each of which leaves it as it was."""
    everything = tuple(scope.name for scope in scopes())
    with django_db_blocker.unblock(), undone():
        owner = a_client("Owner of private things")
        yield World(owner, Caller(owner, everything), Caller(a_client("Stranger"), everything), a_world(owner))
