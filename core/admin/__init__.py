"""The console of what core keeps."""

from core.admin import clients, events, people, versions

__all__ = ["clients", "events", "people", "versions"]
