"""What one listener is told."""

from __future__ import annotations

from abc import ABC, abstractmethod


class Source(ABC):
    """Messages for one listener, in its format. Used in the event loop alone."""

    @abstractmethod
    def begin(self) -> list[bytes]:
        """What is said first."""

    @abstractmethod
    async def next(self) -> list[bytes]:
        """What is new, as soon as there is anything. Once it has returned, that counts as said."""

    @abstractmethod
    def heartbeat(self) -> list[bytes]:
        """What is said when there was nothing new for a while. Empty where the connection has heartbeats of its own."""

    @abstractmethod
    def close(self) -> None:
        """The listener has gone. Called once."""
