"""Lanes: each kind of work that leaves the outbox waits, hangs and fails in a lane of its own."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Lane:
    """How one kind of work is carried out. Declared below, a lane has its queue, its sweep and its place in `up`."""

    name: str
    concurrency: int
    """Relays that work in it at once, on however many machines."""
    per_target: int
    """How many of them one target may occupy; fewer than `concurrency`, so that a target that hangs leaves room."""
    batch: int
    """Deliveries of one target that a relay claims together."""
    deadline: float
    """Seconds after which a handler is cut off."""
    lease: float = 10.0
    """Seconds after which the claim of a relay that died is another's. One that lives renews it up to the deadline."""
    max_attempts: int | None = None
    patience: dt.timedelta | None = None
    """How often, or how long, a delivery is tried before it is a dead letter."""
    backoff_base: float = 1.0
    backoff_cap: float = 3600.0
    threaded: bool = False
    """Whether its relays are threads of one process. Nobody can cut off a thread: what its handlers wait for ends by
    itself within the deadline."""

    def __post_init__(self) -> None:
        if self.max_attempts is None and self.patience is None:
            raise ValueError(f"lane {self.name} would try for ever")

    def is_spent(self, *, attempts: int, waited: dt.timedelta) -> bool:
        """Whether a delivery that failed that often, and waits for that long, is to be given up."""
        too_often = self.max_attempts is not None and attempts >= self.max_attempts
        return too_often or (self.patience is not None and waited >= self.patience)

    def longest_pause(self, attempts: int) -> float:
        """Seconds: the next attempt comes after a random part of them."""
        return float(min(self.backoff_cap, self.backoff_base * 2 ** min(attempts, 30)))


HANDLERS = Lane(name="handlers", concurrency=3, per_target=2, batch=50, deadline=20.0, max_attempts=12)
"""What happens in this system because of an event: it asks nobody but the database."""

MAIL = Lane(
    name="mail",
    concurrency=2,
    per_target=2,  # All of them ask the same server.
    batch=1,
    deadline=120.0,
    patience=dt.timedelta(days=3),
    backoff_base=5.0,
    backoff_cap=1800.0,
)
"""E-mails: a server that is down for a weekend costs none."""

PAYMENTS = Lane(
    name="payments",
    concurrency=2,
    per_target=2,  # All of them ask the same gateways.
    batch=1,
    deadline=30.0,
    patience=dt.timedelta(days=1),
    backoff_cap=60.0,
)
"""What is asked of payment gateways. Given up, it is still asked about by the sweeper of attempts."""

WEBHOOKS = Lane(
    name="webhooks",
    concurrency=12,
    per_target=3,
    batch=20,
    deadline=20.0,
    patience=dt.timedelta(days=3),
    backoff_base=5.0,
    backoff_cap=7200.0,
    threaded=True,
)
"""What endpoints of clients are told. It is waiting for the network more than work. An endpoint that hangs occupies few
of its places, until it is left alone for a while."""

LANES = (HANDLERS, MAIL, PAYMENTS, WEBHOOKS)

JOBS = "jobs"
"""The queue of everything else: imports, reconciliation, clocks."""


SINKS = "sinks"
"""The queue of event sinks, each of which is worked by one task at a time: it has as many places as there are sinks."""


def lane_named(name: str) -> Lane:
    """Raises KeyError."""
    return {lane.name: lane for lane in LANES}[name]
