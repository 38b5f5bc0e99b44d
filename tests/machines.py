"""How long hypothesis lets a state machine live: a few short lives in the default run, the full proof with --all."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

STEPS = 50
FULL_PROOF = 500


def lives(quick: int) -> settings:
    """`quick` lives of 50 steps each; 500 with --all."""
    return settings(
        max_examples=FULL_PROOF if os.environ.get("TEST_ALL") else quick,
        stateful_step_count=STEPS,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        database=None,
    )
