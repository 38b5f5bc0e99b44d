"""How hypothesis lets a state machine live: a few short lives in the default run, the full proof with --all."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

from core.errors import DomainError
from orders.models import Order
from tests.undoing import undone

STEPS = 50
FULL_PROOF = 500


class RolledBack(RuleBasedStateMachine):
    """A machine whose every life is undone after it, so that the five hundredth is as quick as the first."""

    def __init__(self) -> None:
        super().__init__()
        self._life = undone()
        self._life.__enter__()

    def teardown(self) -> None:
        self._life.__exit__(None, None, None)


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
