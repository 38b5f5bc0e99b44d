"""The console of what core keeps."""

from core.admin import access, clients, events, people, roles, words

words.register()

__all__ = ["access", "clients", "events", "people", "roles"]
