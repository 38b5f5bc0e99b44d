"""The console of what core keeps."""

from core.admin import access, clients, events, outbox, people, roles, versions, words

words.register()

__all__ = ["access", "clients", "events", "outbox", "people", "roles", "versions"]
