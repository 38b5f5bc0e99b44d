"""The console of what core keeps."""

from core.admin import access, clients, consumers, events, jobs, outbox, people, roles, sinks, versions, words

words.register()

__all__ = ["access", "clients", "consumers", "events", "jobs", "outbox", "people", "roles", "sinks", "versions"]
