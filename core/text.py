"""Text as it is kept and looked for: in one normal form each, or refused by name.

A LINE is a name, an address's line or a reason; a BLOCK, such as a note, may have several lines; an IDENTIFIER is what
somebody finds something by: a SKU, a code, a reference, a tag, an e-mail address. All are in Unicode's form NFC, so
that what looks the same is the same, and without spaces at either end.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from enum import Enum
from typing import Any, NamedTuple

BIDI = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
"""Controls of direction, which let a text show in another order than it has."""

IGNORABLE = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
"""What is not seen: Unicode's Default_Ignorable_Code_Point, the blank of Braille, and marks of annotations."""

CONTROL = "\x00-\x1f\x7f-\x9f\u2028\u2029"
"""Line breaks of any kind, tabs, escapes: all of Cc, Zl and Zp."""

CONTROL_IN_BLOCK = "\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029"
"""The same but line breaks and tabs."""

_NO_CHARACTER = "\ud800-\udfff\ufdd0-\ufdef" + "".join(
    f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(0, 0x110000, 0x10000)
)
_UNSEEN = frozenset({"Cf", "Cn", "Co", "Zs"})
"""Categories of what an identifier hasn't: formats, what nobody has assigned, spaces other than the plain one."""


class TextKind(Enum):
    LINE = "line"
    BLOCK = "block"
    IDENTIFIER = "identifier"


class UnfitText(ValueError):
    """What a text has that its kind can't have; `code` names it for programs."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


class _Refused(NamedTuple):
    code: str
    what: str
    pattern: re.Pattern[str]


_EVERYWHERE = (
    _Refused("not_a_character", "what is no character", re.compile(f"[{_NO_CHARACTER}]")),
    _Refused("bidi_control", "a control of direction", re.compile(f"[{BIDI}]")),
)
_IN_A_LINE = (
    _Refused("line_break", "a line break", re.compile("[\n\v\f\r\x85\u2028\u2029]")),
    _Refused("control_character", "a control character", re.compile(f"[{CONTROL}]")),
    *_EVERYWHERE,
)
_IN_A_BLOCK = (
    _Refused("control_character", "a control character", re.compile(f"[{CONTROL_IN_BLOCK}]")),
    *_EVERYWHERE,
)
_REFUSED = {TextKind.LINE: _IN_A_LINE, TextKind.BLOCK: _IN_A_BLOCK, TextKind.IDENTIFIER: _IN_A_LINE}
_unseen = re.compile(f"[{IGNORABLE}]")
_nothing_to_see = re.compile(f"[{IGNORABLE}\\s]*").fullmatch


SHORTENED = 4
"""No text becomes less than a fourth as long by being settled, but for spaces around it; so what is more than that many
times too long is refused unread."""


def settle(text: str, kind: TextKind = TextKind.LINE) -> str:
    """The text as it is kept. What has nothing in it that can be seen is empty. Raises UnfitText."""
    if text.isascii() and text.isprintable():
        return text.strip(" ")
    text = normal(text)
    if kind is TextKind.BLOCK:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    _refuse(text, kind)
    return "" if _nothing_to_see(text) else text


def normal(text: str) -> str:
    """The text as it is looked for: what can't be kept is not found, which is no error."""
    return text.strip() if text.isascii() else unicodedata.normalize("NFC", text).strip()


def fold(text: str) -> str:
    """The same for texts that differ in the case of their letters alone, where the database isn't asked (lower())."""
    return normal(text).lower()


def settle_all(value: Any, kind: TextKind = TextKind.LINE) -> Any:
    """A JSON value whose strings are settled; names of members are identifiers. Raises UnfitText."""
    if isinstance(value, str):
        return settle(value, kind)
    if isinstance(value, Mapping):
        return {settle(name, TextKind.IDENTIFIER): settle_all(each, kind) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [settle_all(each, kind) for each in value]
    return value


def _refuse(text: str, kind: TextKind) -> None:
    for code, what, pattern in _REFUSED[kind]:
        if found := pattern.search(text):
            raise _unfit(code, what, text, found.start())
    if kind is TextKind.IDENTIFIER:
        _refuse_unseen(text)


def _refuse_unseen(text: str) -> None:
    for position, character in enumerate(text):
        if character != " " and (unicodedata.category(character) in _UNSEEN or _unseen.match(character)):
            raise _unfit("invisible_character", "a character that can't be seen", text, position)


def _unfit(code: str, what: str, text: str, position: int) -> UnfitText:
    return UnfitText(code, f"This contains {what} (U+{ord(text[position]):04X}) after {position} characters.")
