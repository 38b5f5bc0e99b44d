"""Secrets as the database has them: sealed with the first key of WEBHOOK_SECRET_KEYS, opened with any of them."""

from __future__ import annotations

import base64
import functools

from cryptography.fernet import Fernet, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings


def seal(secret: str) -> str:
    return _box(tuple(settings.WEBHOOK_SECRET_KEYS)).encrypt(secret.encode()).decode()


def unseal(sealed: str) -> str:
    """Raises cryptography.fernet.InvalidToken where the key it was sealed with is not among the settings' any more."""
    return _box(tuple(settings.WEBHOOK_SECRET_KEYS)).decrypt(sealed.encode()).decode()


@functools.lru_cache(maxsize=4)
def _box(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(_derived(key)) for key in keys])


def _derived(key: str) -> bytes:
    """A key for this purpose alone, of whatever length the setting has."""
    made = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"webhooks.sealing").derive(key.encode())
    return base64.urlsafe_b64encode(made)
