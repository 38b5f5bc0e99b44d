"""Tickets: what a page in a browser shows in place of an API key, which it must not have.

A ticket is signed, not stored. It stands for its key for a minute, to open streams that tell what it names and no more.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from django.core import signing
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from core.api.authentication import ApiKeyAuthentication, ApiPrincipal, find_usable_key
from core.authorities import EVENTS_READ
from core.log.streaming.wanted import Subject
from core.models import ApiKey

TICKET_SECONDS = 60
_SALT = "core.log.ticket"


@dataclass(frozen=True)
class Ticket:
    """What a stream may tell: types that a pattern names if there are any, of that subject if one is named."""

    patterns: tuple[str, ...]
    subject: Subject | None

    def signed(self, key: ApiKey) -> str:
        subject = None if self.subject is None else [self.subject[0], str(self.subject[1])]
        return signing.dumps([key.prefix, self.patterns, subject], salt=_SALT)


class TicketAuthentication(ApiKeyAuthentication):
    """By a key like everywhere, or by `?ticket=` of who shows none; the same 401 for a bad ticket as for a bad key."""

    def authenticate(self, request: Request) -> tuple[ApiPrincipal, ApiKey]:
        text = request.query_params.get("ticket")
        if text is None or "Authorization" in request.headers:
            return super().authenticate(request)
        prefix, ticket = _read(text)
        key = find_usable_key(prefix)
        if key is None or EVENTS_READ not in key.scopes:
            raise _refused()
        request._request.ticket = ticket  # type: ignore[attr-defined]  # noqa: SLF001
        return self._caller(request, key, frozenset({EVENTS_READ}))


def shown_ticket(request: Request) -> Ticket | None:
    """None of a caller that showed its key."""
    ticket: Ticket | None = getattr(request._request, "ticket", None)  # noqa: SLF001
    return ticket


def _read(text: str) -> tuple[str, Ticket]:
    try:
        prefix, patterns, subject = signing.loads(text, salt=_SALT, max_age=TICKET_SECONDS)
    except signing.BadSignature:
        raise _refused() from None
    return prefix, Ticket(tuple(patterns), None if subject is None else (subject[0], uuid.UUID(subject[1])))


def _refused() -> AuthenticationFailed:
    return AuthenticationFailed("Send a ticket that isn't older than a minute.", code="not_authenticated")
