"""The console of what core keeps."""

from core.admin import clients, events, people

__all__ = ["clients", "events", "people"]
