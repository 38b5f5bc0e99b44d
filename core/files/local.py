"""A folder of this machine as the store, for development and for a site of one machine."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import BinaryIO

from django.core import signing
from django.urls import reverse
from django.utils import timezone

from core.files.base import UPLOAD_WITHIN, ObjectMissing, TooLarge, Upload

_CHUNK = 1 << 20
_SALT = "core.files.local"


class LocalStore:
    """`longest`: bytes that an object may have."""

    def __init__(self, folder: Path, *, longest: int) -> None:
        self._folder = folder
        self._longest = longest

    def presigned_upload(self, key: str) -> Upload:
        token = signing.dumps(key, salt=_SALT)
        return Upload(reverse("upload", query={"token": token}), timezone.now() + UPLOAD_WITHIN)

    def size(self, key: str) -> int | None:
        try:
            return self._path(key).stat().st_size
        except FileNotFoundError:
            return None

    def open(self, key: str, *, at: int = 0) -> BinaryIO:
        try:
            file = self._path(key).open("rb")
        except FileNotFoundError:
            raise ObjectMissing(key) from None
        file.seek(at)
        return file

    def save(self, key: str, content: BinaryIO) -> int:
        """Raises TooLarge."""
        path = self._path(key)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        unfinished = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
        try:
            size = self._write(unfinished, content)
            unfinished.replace(path)
        finally:
            unfinished.unlink(missing_ok=True)
        return size

    def _write(self, path: Path, content: BinaryIO) -> int:
        size = 0
        with path.open("xb") as file:
            while chunk := content.read(_CHUNK):
                size += len(chunk)
                if size > self._longest:
                    raise TooLarge(self._longest)
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
        return size

    def _path(self, key: str) -> Path:
        """Keys are made by us alone."""
        return self._folder / key


def key_of(token: str) -> str | None:
    """The key that a presigned upload is for; None when it has expired or isn't ours."""
    try:
        return str(signing.loads(token, salt=_SALT, max_age=UPLOAD_WITHIN))
    except signing.BadSignature:
        return None
