"""The feed: what happens in a book, told to whoever listens. One hub for each process."""

from trading.feed.hub import Hub, NoSeat
from trading.feed.listening import Listener

hub = Hub()

__all__ = ["Hub", "Listener", "NoSeat", "hub"]
