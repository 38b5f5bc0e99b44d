"""What a store of objects does."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import BinaryIO, Protocol

from core.errors import DomainError

UPLOAD_WITHIN = dt.timedelta(hours=1)
"""How long a presigned upload is good for. Who comes later asks again and gets a new one."""


@dataclass(frozen=True)
class Upload:
    """A request that puts an object into the store without any other credential, until it expires.

    `url` may be a path of this site alone.
    """

    url: str
    expires_at: dt.datetime
    method: str = "PUT"
    headers: Mapping[str, str] = field(default_factory=dict)


class ObjectMissing(Exception):
    """The store has no object of that key."""


class StoreUnavailable(DomainError):
    """The store doesn't answer, or refuses us."""

    code = "store_unavailable"
    status = 503
    title = "Store unavailable"


class TooLarge(DomainError):
    """The file is larger than one may be."""

    code = "file_too_large"
    status = 413
    title = "File too large"

    def __init__(self, longest: int) -> None:
        super().__init__(
            f"The file is larger than {longest:,} bytes.", unblock="Split it: each part is an import of its own."
        )


class ObjectStore(Protocol):
    """Each call may go over the network, `presigned_upload` too, for the keys that it signs with; each may raise
    StoreUnavailable. So none is made within a transaction, where object_store() gives no store."""

    def presigned_upload(self, key: str) -> Upload: ...

    def size(self, key: str) -> int | None:
        """Bytes of the object; None when there is none."""

    def open(self, key: str, *, at: int = 0) -> BinaryIO:
        """The object from byte `at` on, as a stream that the caller closes. Raises ObjectMissing."""

    def save(self, key: str, content: BinaryIO) -> int:
        """Keep everything that `content` still has, whole or not at all; returns the bytes."""
