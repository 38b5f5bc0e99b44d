"""The console of what core keeps."""

from core.admin import clients, events, jobs, people

__all__ = ["clients", "events", "jobs", "people"]
