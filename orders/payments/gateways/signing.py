"""Signatures of notices: an HMAC-SHA256 of the time and the raw body, refused when it is older than five minutes."""

from __future__ import annotations

import hashlib
import hmac
import time

from orders.payments.gateways.interface import NoticeRefused

HEADER = "Gateway-Signature"
OLDEST = 300.0
"""Seconds; a notice that was caught on its way is of no use later. A gateway that repeats one signs it anew."""


def require_signature(secret: str, header: str, body: bytes) -> None:
    """Raises NoticeRefused unless the header, "t=1764200000,v1=5257a869…", signs this body with this secret, now."""
    parts = dict(part.split("=", 1) for part in header.split(",") if "=" in part)
    try:
        at = int(parts["t"])
    except (KeyError, ValueError):
        raise NoticeRefused("The signature is missing or malformed.") from None
    if not hmac.compare_digest(_digest(secret, at, body), parts.get("v1", "")):
        raise NoticeRefused("The signature is not that of this body.")
    if abs(time.time() - at) > OLDEST:
        raise NoticeRefused("The signature is too old.")


def _digest(secret: str, at: int, body: bytes) -> str:
    return hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
