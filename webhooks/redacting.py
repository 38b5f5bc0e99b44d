"""What is kept of requests and answers: nothing that could be somebody's, or open a door."""

from __future__ import annotations

import re

LONGEST = 4000
"""Characters of a body that are kept."""

_E_MAIL = re.compile(r"[^\s\"'<>@,;:]{1,64}@[^\s\"'<>@,;:]{1,255}")
_CREDENTIAL = re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]{8,}")
_LONG_NUMBER = re.compile(r"\d(?:[ -]?\d){8,}")


def redacted(body: bytes) -> str:
    """An answer's body as text, without what looks like an e-mail address, a credential, a card or a telephone."""
    text = body[: LONGEST * 4].decode("utf-8", "replace").replace("\x00", "�")
    for pattern, instead in ((_E_MAIL, "[e-mail]"), (_CREDENTIAL, r"\1 [credential]"), (_LONG_NUMBER, "[number]")):
        text = pattern.sub(instead, text)
    return text[:LONGEST]
