"""Signatures as Standard Webhooks has them: https://github.com/standard-webhooks/standard-webhooks."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets as random
from collections.abc import Sequence

PREFIX = "whsec_"
_NEW = 32
_SHORTEST, _LONGEST = 24, 64
"""Bytes of a secret, by the standard."""


def new_secret() -> str:
    return PREFIX + base64.b64encode(random.token_bytes(_NEW)).decode()


def secret_bytes(text: str) -> bytes:
    """What is signed with, of a secret as people see it. Raises ValueError for what is none."""
    try:
        secret = base64.b64decode(text.removeprefix(PREFIX), validate=True)
    except binascii.Error:
        secret = b""
    if not text.startswith(PREFIX) or not _SHORTEST <= len(secret) <= _LONGEST:
        raise ValueError(f"a secret is {PREFIX} and {_SHORTEST} to {_LONGEST} bytes in base64")
    return secret


def signature_headers(secrets: Sequence[bytes], *, message_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """Of one attempt: `timestamp` is when it is made. Each secret signs, so that a receiver may know either of two."""
    signed = f"{message_id}.{timestamp}.".encode() + body
    signatures = (hmac.digest(secret, signed, hashlib.sha256) for secret in secrets)
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(f"v1,{base64.b64encode(each).decode()}" for each in signatures),
    }
