"""Codes of gift cards: made at random, shown once, and kept as a keyed hash alone."""

from __future__ import annotations

import secrets

from django.conf import settings
from django.utils.crypto import salted_hmac

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's: no letter that is taken for another one, or for a digit."""

GROUPS, GROUP = 5, 4
"""A hundred bits, of which twenty are shown as the last four characters."""

LONGEST = 60
"""Characters of a code as somebody types it, with whatever stands between its groups."""

_SALT = "stored_value.code"
_AS_WRITTEN = str.maketrans({"O": "0", "I": "1", "L": "1", "-": "", " ": ""})


def new_code() -> str:
    """ "7KQ2-M4XD-…": five groups of four characters."""
    return "-".join("".join(secrets.choice(ALPHABET) for _ in range(GROUP)) for _ in range(GROUPS))


def bare(code: str) -> str:
    """The code as it is hashed: in capital letters, without dashes and spaces, O read as 0, I and L as 1."""
    return code.upper().translate(_AS_WRITTEN)


def last4(code: str) -> str:
    """What is shown of it."""
    return bare(code)[-4:]


def digest(code: str) -> str:
    """What is stored instead of the code, made with the newest key."""
    return _digest(code, settings.GIFT_CARD_KEYS[0])


def digests(code: str) -> list[str]:
    """What may be stored of it, by each key that is in use."""
    return [_digest(code, key) for key in settings.GIFT_CARD_KEYS]


def _digest(code: str, key: str) -> str:
    return salted_hmac(_SALT, bare(code), secret=key, algorithm="sha256").hexdigest()
