"""Where files are kept until they are read: an S3 bucket, or a folder where none is configured."""

from core.files.base import ObjectMissing, ObjectStore, StoreUnavailable, TooLarge, Upload
from core.files.choice import object_store

__all__ = ["ObjectMissing", "ObjectStore", "StoreUnavailable", "TooLarge", "Upload", "object_store"]
