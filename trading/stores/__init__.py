"""Where the files of loads are kept until they are read: an S3 bucket, or a folder where none is configured."""

from trading.stores.base import ObjectMissing, ObjectStore, StoreUnavailable, TooLarge, Upload
from trading.stores.choice import object_store

__all__ = ["ObjectMissing", "ObjectStore", "StoreUnavailable", "TooLarge", "Upload", "object_store"]
