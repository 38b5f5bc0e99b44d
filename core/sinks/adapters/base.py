"""What an adapter is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from core.events import Envelope

Batch = Sequence[tuple[int, Envelope]]
"""Events with their positions in the log, in its order; one at least."""

CONNECT_SECONDS = 5.0
"""That an adapter waits for a connection."""

CONFIRM_SECONDS = 10.0
"""That an adapter waits for the broker to confirm a batch."""


class Unconfirmed(Exception):
    """The broker didn't confirm a batch, or only its beginning up to position `confirmed`."""

    def __init__(self, reason: str, *, confirmed: int | None = None) -> None:
        super().__init__(reason)
        self.confirmed = confirmed


class Adapter(Protocol):
    """A connection to a broker. It is made as `Class(settings)`, which connects, used by one thread and closed."""

    def send(self, batch: Batch) -> int:
        """Returns the position up to which the broker has confirmed that it keeps the events: the last of the batch, or
        an earlier one where the rest would take too long, which is then the next batch.

        Raises Unconfirmed, or whatever the broker's library raises: then nothing counts as sent. Any wait ends by
        itself within CONFIRM_SECONDS.
        """

    def close(self) -> None:
        """Raises nothing that matters: what was sent is confirmed."""
