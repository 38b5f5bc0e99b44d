"""Where files of imports are kept: a folder of the test's own, and a bucket behind the S3 interface."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer
from pytest_django import Settings

BUCKET = "imports-of-orders"


@pytest.fixture
def folder(settings: Settings, tmp_path: Path) -> Path:
    """Where the store keeps its files when no bucket is named."""
    settings.DATA_DIR = tmp_path
    return tmp_path / "uploads"


@pytest.fixture(scope="module")
def s3_address() -> Iterator[str]:
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def bucket(settings: Settings, s3_address: str) -> Iterator[Any]:
    """The bucket as its owner sees it; the product's store is this bucket."""
    settings.OBJECT_STORE_BUCKET, settings.OBJECT_STORE_URL = BUCKET, s3_address
    settings.OBJECT_STORE_ACCESS_KEY, settings.OBJECT_STORE_SECRET_KEY = "key", "secret"
    client = boto3.client(
        "s3", endpoint_url=s3_address, region_name="us-east-1", aws_access_key_id="k", aws_secret_access_key="s"
    )
    client.create_bucket(Bucket=BUCKET)
    yield client
    for each in client.list_objects_v2(Bucket=BUCKET).get("Contents", []):
        client.delete_object(Bucket=BUCKET, Key=each["Key"])
