from __future__ import annotations

import functools

from django.conf import settings

from core.files.base import ObjectStore
from core.files.local import LocalStore
from core.transactions import refuse_within_unit


def object_store() -> ObjectStore:
    """The bucket when OBJECT_STORE_BUCKET names one, else a folder under DATA_DIR.

    Raises UnitOfWorkError within a unit of work, StoreUnavailable.
    """
    refuse_within_unit()
    if not settings.OBJECT_STORE_BUCKET:
        return LocalStore(settings.DATA_DIR / "uploads", longest=settings.IMPORT_MAX_BYTES)
    return _bucket(
        settings.OBJECT_STORE_BUCKET,
        settings.OBJECT_STORE_URL,
        settings.OBJECT_STORE_REGION,
        settings.OBJECT_STORE_ACCESS_KEY,
        settings.OBJECT_STORE_SECRET_KEY,
    )


@functools.cache
def _bucket(bucket: str, url: str, region: str, access_key: str, secret_key: str) -> ObjectStore:
    """Made once: a client keeps its connections, and may be shared by threads."""
    from core.files.s3 import BucketStore  # boto3 is an extra: only who names a bucket needs it

    return BucketStore(bucket, url=url, region=region, access_key=access_key, secret_key=secret_key)
