"""Ids in paths, bodies and queries: one notation everywhere, in either letter case."""

from __future__ import annotations

import re
import uuid

from core.api.problems import MalformedInput

NOTATION = "This is not an id of 8-4-4-4-12 hexadecimal digits, such as 0190f3a1-7c2e-7abc-8def-0123456789ab."
_PATTERN = "[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"

_canonical = re.compile(_PATTERN).fullmatch
_other_notation = re.compile(r"(?:urn:uuid:)?\{?(?:[0-9A-Fa-f]-?){31}[0-9A-Fa-f]\}?", re.IGNORECASE).fullmatch


def parse_id(text: str) -> uuid.UUID | None:
    """The id that the text is; None for any other text, and for the other notations of a UUID."""
    return uuid.UUID(text) if _canonical(text) else None


class IdConverter:
    """`<id:order_id>` in a route."""

    regex = _PATTERN

    def to_python(self, value: str) -> uuid.UUID:
        return uuid.UUID(value)

    def to_url(self, value: uuid.UUID | str) -> str:
        return str(value)


def refuse_other_notation(path: str) -> None:
    """Raises MalformedInput for a path that holds a UUID without its dashes, in braces or as a URN."""
    for part in path.split("/"):
        if _other_notation(part) and not _canonical(part):
            raise MalformedInput.at("", "malformed_id", f"The address has an id in another notation. {NOTATION}")
