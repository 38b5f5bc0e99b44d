"""The console of what core keeps."""

from core.admin import clients, events, outbox, people, versions

__all__ = ["clients", "events", "outbox", "people", "versions"]
