"""The feed: what happens in a book, told to whoever listens. One hub for each process."""

from trading.feed.listening import BookSource

__all__ = ["BookSource"]
