"""Expected refusals.

Typed errors that carry a stable code, an HTTP status, the reason in words and what would unblock it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True)
class FieldProblem:
    """One wrong field of the input: `pointer` is a JSON pointer into the body (/lines/0/sku)."""

    pointer: str
    code: str
    detail: str


class DomainError(Exception):
    """A refusal that the caller can understand and act upon; nothing was changed.

    `context` holds JSON values shown as extra members of the problem document (the state, a shortage, ...).
    """

    code: ClassVar[str] = "conflict"
    status: ClassVar[int] = 409
    title: ClassVar[str] = "Conflict"

    def __init__(
        self, detail: str, *, unblock: str = "", errors: Sequence[FieldProblem] = (), **context: object
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.unblock = unblock
        self.errors = tuple(errors)
        self.context = context


class InvalidInput(DomainError):
    """The input is well-formed but names something that doesn't exist or contradicts itself."""

    code = "invalid_input"
    status = 400
    title = "Invalid input"

    @classmethod
    def at(cls, pointer: str, code: str, detail: str) -> InvalidInput:
        return cls(detail, errors=[FieldProblem(pointer, code, detail)])


class NotFound(DomainError):
    """No such object for this caller: identical whether it is missing or another client's."""

    code = "not_found"
    status = 404
    title = "Not found"


class Stale(DomainError):
    """The caller acted upon what is so no more."""

    status = 412
    title = "Precondition failed"


class StaleVersion(Stale):
    """The caller acted upon an older version than the one stored."""

    code = "stale_version"

    def __init__(self, *, expected: int, actual: int) -> None:
        """`expected` is below zero where the caller named no version that the object could have."""
        seen = f"version {expected}" if expected >= 0 else "another ETag"
        super().__init__(
            f"The object is at version {actual}; the request was made for {seen}.",
            unblock="Fetch it again, look at what changed, and repeat the request with the new ETag.",
            current_etag=f'"v{actual}"',
        )


class AuthorityMissing(DomainError):
    """The person may not do this, whatever state things are in."""

    code = "authority_missing"
    status = 403
    title = "Authority missing"


class AuthorityExceeded(DomainError):
    """The person may do this, but not with so large an amount."""

    code = "authority_exceeded"
    status = 403
    title = "Authority exceeded"
