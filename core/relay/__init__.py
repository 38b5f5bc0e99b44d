"""The relay.

Fans recorded events out to their targets and delivers each, at least once and in order per target and subject.

Everything it knows is in PostgreSQL, so any number of relays may run and any of them may die at any point. Each kind
of work has a lane of its own (`core/lanes.py`): what waits or hangs in one, nobody waits for in another.
"""

from core.relay.claims import claim
from core.relay.errors import HeldBack, Undeliverable
from core.relay.fanout import fan_out
from core.relay.keeping import (
    begin_afresh,
    deliver_again,
    forget_waiting,
    give_up,
    hasten,
    oldest_undelivered,
    purge_delivered,
    replay_dead_letters,
)
from core.relay.targets import Handler, Subscription, Target, TargetSource, register_source, subscribe
from core.relay.working import attempt, deliver_batch, relay_once, run_relay

__all__ = [
    "Handler",
    "HeldBack",
    "Subscription",
    "Target",
    "TargetSource",
    "Undeliverable",
    "attempt",
    "begin_afresh",
    "claim",
    "deliver_again",
    "deliver_batch",
    "fan_out",
    "forget_waiting",
    "give_up",
    "hasten",
    "oldest_undelivered",
    "purge_delivered",
    "register_source",
    "relay_once",
    "replay_dead_letters",
    "run_relay",
    "subscribe",
]
