"""The refusals of webhooks."""

from __future__ import annotations

from core.errors import DomainError


class TooManyEndpoints(DomainError):
    """The client has as many as a client may have."""

    code = "too_many_endpoints"
    title = "Too many endpoints"


class NotTaken(DomainError):
    """The endpoint didn't take what it was sent; it is tried again later."""

    code = "not_taken"
    title = "Not taken"
