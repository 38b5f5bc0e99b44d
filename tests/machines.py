"""How hypothesis lets a state machine live: a few short lives in the default run, the full proof with --all."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test
from hypothesis.strategies import SearchStrategy

from core.errors import DomainError
from orders.models import Order
from tests.undoing import undone

STEPS = 50
FULL_PROOF = 500

Act = TypeVar("Act", bound=Callable[..., None])


class RolledBack(RuleBasedStateMachine):
    """A machine whose every life is undone after it, so that the five hundredth is as quick as the first."""

    def __init__(self) -> None:
        super().__init__()
        self._life = undone()
        self._life.__enter__()

    def teardown(self) -> None:
        self._life.__exit__(None, None, None)


@dataclass(frozen=True)
class Chance:
    """What may happen to a machine: the names of its arguments with their strategies, when, and how often."""

    when: Callable[[Any], object]
    often: int
    drawn: Mapping[str, SearchStrategy[Any]]


def may(
    when: Callable[[Any], object] = lambda _: True, *, often: int = 2, **drawn: SearchStrategy[Any]
) -> Callable[[Act], Act]:
    """Let a method of a machine of chances happen `when` the machine says so, `often` as often as others of once."""

    def note(act: Act) -> Act:
        act.chance = Chance(when, often, drawn)  # type: ignore[attr-defined]
        return act

    return note


class OfChances(RolledBack):
    """A machine whose every life may meet all that it may do. Of rules, hypothesis leaves many out of an example: where
    much has to come before something, few lives would ever get there.
    """

    @rule(data=st.data())
    def live(self, data: st.DataObject) -> None:
        found = [(name, chance) for name, chance in self._chances() if chance.when(self)]
        names = [name for name, chance in found for _ in range(chance.often)]
        name = data.draw(st.sampled_from(names))
        getattr(self, name)(**data.draw(st.fixed_dictionaries(dict(dict(found)[name].drawn)), label=name))

    @classmethod
    def _chances(cls) -> list[tuple[str, Chance]]:
        return [(name, act.chance) for name, act in vars(cls).items() if hasattr(act, "chance")]


class OfOneOrder(RolledBack):
    """A machine of what may happen to the order `pk`."""

    pk: UUID

    def attempt(self, possible: bool, act: Callable[[], Any], *, done: bool = False) -> Any:
        """The action does it exactly when the model says that it is possible, and else leaves the version alone: it is
        refused, or answered as `done` when what it is for is so already."""
        if possible:
            return act()
        before = Order.objects.get(pk=self.pk).version
        with nullcontext() if done else pytest.raises(DomainError):
            act()
        assert Order.objects.get(pk=self.pk).version == before
        return None


def lives(machine: type[RolledBack], *, quick: int) -> None:
    """Let `quick` examples of the machine take 50 steps each; 500 with --all."""
    run_state_machine_as_test(machine, settings=as_many_as(quick))


def as_many_as(quick: int) -> settings:
    """So many examples, none of which is remembered; 500 with --all."""
    return settings(
        max_examples=FULL_PROOF if os.environ.get("TEST_ALL") else quick,
        stateful_step_count=STEPS,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        database=None,
    )
