"""Imports: a file of book orders, uploaded straight into the store, then read by a worker."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import unquote_plus

from django.db.models import QuerySet
from django.http import HttpResponse, StreamingHttpResponse
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from core.api.idempotency import idempotent
from core.api.renderers import json_response
from core.api.replies import Reply
from core.api.views import ListView
from core.errors import InvalidInput
from core.files import Upload, object_store
from core.ids import new_id
from core.jobs.actions import file_key_of, queue_job
from core.jobs.rejects import rejects_response
from core.models import Job, JobStatus
from trading import actions
from trading.api import serializers
from trading.api.documents import import_document
from trading.api.serializers.imports import MAX_RECORDS
from trading.api.views.base import READ, WRITE, TradingView
from trading.models import BOOK_IMPORT, BookImport
from trading.queries import find_import, imports_of

NOTIFY = "book:notify"


class CsvRenderer(BaseRenderer):
    """Names the media type of what a view answers by itself."""

    media_type = "text/csv"
    format = "csv"


class ImportView(TradingView):
    def target(self) -> QuerySet[Any, Any] | None:
        import_id = self.kwargs.get("import_id")
        return None if import_id is None else imports_of(self.owner).filter(pk=import_id)

    def document(self, job: Job) -> dict[str, Any]:
        """With the upload, signed anew, as long as the file is to come."""
        waiting = job.status == JobStatus.WAITING
        return self.with_upload(job, object_store().presigned_upload(job.file_key) if waiting else None)

    def with_upload(self, job: Job, upload: Upload | None) -> dict[str, Any]:
        return {**import_document(job), "upload": upload and self._upload(upload)}

    def _upload(self, upload: Upload) -> dict[str, Any]:
        return {
            "method": upload.method,
            "url": self.request.build_absolute_uri(upload.url),
            "headers": dict(upload.headers),
            "expires_at": upload.expires_at,
        }


class Imports(ListView, ImportView):
    """Your imports, newest first. POST makes one and answers with where to upload its file."""

    scopes = {"GET": READ, "POST": WRITE}
    bodies = {"POST": serializers.NewImportSerializer}
    answers = {"GET": serializers.ListedImportSerializer, "POST": (201, serializers.ImportSerializer)}
    orderings = {"-created_at": ("-id",), "created_at": ("id",)}

    def rows(self) -> QuerySet[Any, Any]:
        return imports_of(self.owner)

    def present(self, rows: list[BookImport]) -> list[Any]:
        return [import_document(job) for job in rows]

    def post(self, request: Request) -> HttpResponse:
        body, import_id = self.body(), new_id()
        # Beforehand: a store may have to be asked for what it signs with, and no transaction waits for an answer.
        upload = object_store().presigned_upload(file_key_of(import_id))
        return idempotent(request, lambda: self._open(import_id, body["name"], upload))

    def _open(self, import_id: uuid.UUID, name: str, upload: Upload) -> Reply:
        job = actions.open_import(name=name, import_id=import_id, client_id=self.owner, actor=self.actor)
        return Reply.created(self.with_upload(job, upload), location=reverse("book-import", args=[job.pk]))


class OneImport(ImportView):
    """Without an ETag: its counters move while it runs."""

    scopes = {"GET": READ}
    answers = {"GET": serializers.ImportSerializer}

    def get(self, request: Request, import_id: uuid.UUID) -> HttpResponse:
        return json_response(self.document(find_import(self.owner, import_id)))


class Rejects(ImportView):
    """The rows that didn't go into the book, each with its line, a code and the reason, as a CSV."""

    scopes = {"GET": READ}
    answers = {"GET": OpenApiTypes.STR}
    renderer_classes = (CsvRenderer,)

    def get(self, request: Request, import_id: uuid.UUID) -> StreamingHttpResponse:
        return rejects_response(find_import(self.owner, import_id))


class Notifications(TradingView):
    """The store tells that objects have come: S3's own event notification, as MinIO and others send it too.

    Which import is meant stands in the object's key, so that repeating it does nothing and it needs no Idempotency-Key.
    What it says is a hint: the store is asked whether the object is there.
    """

    acts = False
    scopes = {"POST": NOTIFY}
    bodies = {"POST": serializers.NotifyOfFilesSerializer}
    answers = {"POST": serializers.NotifiedFilesSerializer}

    def post(self, request: Request) -> HttpResponse:
        keys = list(dict.fromkeys(_keys(request.data)))
        possible = [key for key in keys if "\x00" not in key]
        waiting = Job.objects.waiting().filter(kind=BOOK_IMPORT, file_key__in=possible).order_by("id")
        queued = {job.file_key: job.pk for job in waiting if self._queue(job)}
        return json_response({"queued": list(queued.values()), "ignored": [key for key in keys if key not in queued]})

    def _queue(self, job: Job) -> bool:
        size = object_store().size(job.file_key)
        if size is None:
            return False
        queue_job(job.pk, total=size, actor=self.actor)
        return True


def _keys(body: Any) -> Iterator[str]:
    """The objects' keys of a notification; what else it says is its sender's business. Raises InvalidInput."""
    records = _at(body, ["Records"])
    if _at(body, ["Event"]) == "s3:TestEvent":
        return
    if not isinstance(records, list):
        raise InvalidInput.at("/Records", "required", "An event notification has a list of Records.")
    if len(records) > MAX_RECORDS:
        raise InvalidInput.at("/Records", "max_length", f"An event notification has at most {MAX_RECORDS} Records.")
    for number, each in enumerate(records):
        key = _at(each, ["s3", "object", "key"])
        if not isinstance(key, str):
            raise InvalidInput.at(f"/Records/{number}/s3/object/key", "required", "A record names its object's key.")
        yield unquote_plus(key)


def _at(value: Any, path: Iterable[str]) -> Any:
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value
