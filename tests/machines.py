"""How hypothesis lets a state machine live: a few short lives in the default run, the full proof with --all."""

from __future__ import annotations

import os

from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

STEPS = 50
FULL_PROOF = 500


class RolledBack(RuleBasedStateMachine):
    """A machine whose every life is undone after it, so that the five hundredth is as quick as the first."""

    def __init__(self) -> None:
        super().__init__()
        self._life = transaction.atomic()
        # As TestCase's own transactions are: the product's durable ones may begin within.
        self._life._from_testcase = True  # type: ignore[attr-defined]
        self._life.__enter__()

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self._life.__exit__(None, None, None)


def lives(machine: type[RolledBack], *, quick: int) -> None:
    """Let `quick` examples of the machine take 50 steps each; 500 with --all."""
    run_state_machine_as_test(machine, settings=_settings(FULL_PROOF if os.environ.get("TEST_ALL") else quick))


def _settings(examples: int) -> settings:
    return settings(
        max_examples=examples,
        stateful_step_count=STEPS,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        database=None,
    )
