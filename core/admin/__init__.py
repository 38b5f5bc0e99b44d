"""The console of what core keeps."""

from core.admin import access, clients, events, jobs, outbox, people, roles, sinks, versions, words

words.register()

__all__ = ["access", "clients", "events", "jobs", "outbox", "people", "roles", "sinks", "versions"]
