"""A bucket behind the S3 interface as the store."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO, cast

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.utils import timezone

from core.files.base import UPLOAD_WITHIN, ObjectMissing, StoreUnavailable, Upload

_CONFIG = Config(
    signature_version="s3v4",
    connect_timeout=5,
    read_timeout=30,
    retries={"max_attempts": 3, "mode": "standard"},
    s3={"addressing_style": "path"},
    # Stores other than Amazon's don't all know its newer checksums.
    request_checksum_calculation="when_required",
    response_checksum_validation="when_required",
)
_MISSING = frozenset({"404", "NoSuchKey", "NotFound"})


class BucketStore:
    """Empty keys are looked for where boto3 always looks: the environment, the machine's role. The keys of a role come
    over the network, and come anew whenever they are about to expire.

    Raises StoreUnavailable.
    """

    def __init__(self, bucket: str, *, url: str, region: str, access_key: str, secret_key: str) -> None:
        self._bucket = bucket
        with _refusals():
            self._client: Any = boto3.session.Session().client(
                "s3",
                endpoint_url=url or None,
                region_name=region or None,
                aws_access_key_id=access_key or None,
                aws_secret_access_key=secret_key or None,
                config=_CONFIG,
            )

    def presigned_upload(self, key: str) -> Upload:
        expires_at = timezone.now() + UPLOAD_WITHIN
        with _refusals():
            url = self._client.generate_presigned_url(
                "put_object", Params=self._object(key), ExpiresIn=int(UPLOAD_WITHIN.total_seconds())
            )
        return Upload(url, expires_at)

    def size(self, key: str) -> int | None:
        try:
            with _refusals():
                return int(self._client.head_object(**self._object(key))["ContentLength"])
        except ObjectMissing:
            return None

    def open(self, key: str, *, at: int = 0) -> BinaryIO:
        if at and at == self.size(key):
            return io.BytesIO()  # a range that begins at the end is refused
        with _refusals():
            wanted = {"Range": f"bytes={at}-"} if at else {}
            return cast(BinaryIO, self._client.get_object(**self._object(key), **wanted)["Body"])

    def save(self, key: str, content: BinaryIO) -> int:
        with _refusals():
            self._client.upload_fileobj(content, self._bucket, key)
        return self.size(key) or 0

    def _object(self, key: str) -> dict[str, str]:
        return {"Bucket": self._bucket, "Key": key}


@contextmanager
def _refusals() -> Iterator[None]:
    """Raises ObjectMissing and StoreUnavailable in place of the library's own errors."""
    try:
        yield
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") in _MISSING:
            raise ObjectMissing(str(error)) from None
        raise StoreUnavailable(f"The store refuses: {error}", unblock="Look at its settings.") from error
    except (BotoCoreError, OSError) as error:
        raise StoreUnavailable(f"The store doesn't answer: {error}", unblock="Try again soon.") from error
