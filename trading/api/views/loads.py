"""Loads: a file of book orders, uploaded straight into the store, then read by a worker."""

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
from core.ids import new_id
from trading import actions
from trading.api import serializers
from trading.api.documents import load_document
from trading.api.views.base import READ, WRITE, TradingView
from trading.loading.rejects import rejects_csv
from trading.models import Load
from trading.queries import find_load, loads_of
from trading.statuses import LoadStatus
from trading.stores import Upload, object_store

NOTIFY = "book:notify"


class CsvRenderer(BaseRenderer):
    """Names the media type of what a view answers by itself."""

    media_type = "text/csv"
    format = "csv"


class LoadView(TradingView):
    def target_exists(self) -> bool:
        load_id = self.kwargs.get("load_id")
        return load_id is None or loads_of(self.owner).filter(pk=load_id).exists()

    def document(self, load: Load) -> dict[str, Any]:
        """With the upload, signed anew, as long as the file is to come."""
        waiting = load.status == LoadStatus.WAITING
        return self.with_upload(load, object_store().presigned_upload(load.object_key) if waiting else None)

    def with_upload(self, load: Load, upload: Upload | None) -> dict[str, Any]:
        return {**load_document(load), "upload": upload and self._upload(upload)}

    def _upload(self, upload: Upload) -> dict[str, Any]:
        return {
            "method": upload.method,
            "url": self.request.build_absolute_uri(upload.url),
            "headers": dict(upload.headers),
            "expires_at": upload.expires_at,
        }


class Loads(ListView, LoadView):
    """Your loads, newest first. POST makes one and answers with where to upload its file."""

    scopes = {"GET": READ, "POST": WRITE}
    bodies = {"POST": serializers.NewLoadBody}
    answers = {"GET": serializers.ListedLoadAnswer, "POST": (201, serializers.LoadAnswer)}
    orderings = {"-created_at": ("-id",), "created_at": ("id",)}

    def rows(self) -> QuerySet[Any, Any]:
        return loads_of(self.owner)

    def present(self, rows: list[Load]) -> list[Any]:
        return [load_document(load) for load in rows]

    def post(self, request: Request) -> HttpResponse:
        body, load_id = self.body(), new_id()
        # Beforehand: a store may have to be asked for what it signs with, and no transaction waits for an answer.
        upload = object_store().presigned_upload(actions.object_key_of(load_id))
        return idempotent(request, lambda: self._open(load_id, body["name"], upload))

    def _open(self, load_id: uuid.UUID, name: str, upload: Upload) -> Reply:
        load = actions.open_load(name=name, load_id=load_id, client_id=self.owner)
        return Reply.created(self.with_upload(load, upload), location=reverse("load", args=[load.pk]))


class OneLoad(LoadView):
    """Without an ETag: its counters move while it runs."""

    scopes = {"GET": READ}
    answers = {"GET": serializers.LoadAnswer}

    def get(self, request: Request, load_id: uuid.UUID) -> HttpResponse:
        return json_response(self.document(find_load(self.owner, load_id)))


class Rejects(LoadView):
    """The rows that didn't go into the book, each with its line, a code and the reason, as a CSV."""

    scopes = {"GET": READ}
    answers = {"GET": OpenApiTypes.STR}
    renderer_classes = (CsvRenderer,)

    def get(self, request: Request, load_id: uuid.UUID) -> StreamingHttpResponse:
        load = find_load(self.owner, load_id)
        disposition = f'attachment; filename="{load.pk}.rejects.csv"'
        return StreamingHttpResponse(
            rejects_csv(load), content_type="text/csv; charset=utf-8", headers={"Content-Disposition": disposition}
        )


class Notifications(TradingView):
    """The store tells that objects have come: S3's own event notification, as MinIO and others send it too.

    Which load is meant stands in the object's key, so that repeating it does nothing and it needs no Idempotency-Key.
    What it says is a hint: the store is asked whether the object is there.
    """

    acts = False
    scopes = {"POST": NOTIFY}
    bodies = {"POST": serializers.NotificationBody}
    answers = {"POST": serializers.NotificationAnswer}

    def post(self, request: Request) -> HttpResponse:
        keys = list(dict.fromkeys(_keys(request.data)))
        possible = [key for key in keys if "\x00" not in key]
        waiting = Load.objects.waiting().filter(object_key__in=possible).order_by("id")
        queued = {load.object_key: load.pk for load in waiting if self._queue(load)}
        return json_response({"queued": list(queued.values()), "ignored": [key for key in keys if key not in queued]})

    def _queue(self, load: Load) -> bool:
        size = object_store().size(load.object_key)
        if size is None:
            return False
        actions.queue_load(load.pk, size=size, actor=self.actor)
        return True


def _keys(body: Any) -> Iterator[str]:
    """The objects' keys of a notification; what else it says is its sender's business. Raises InvalidInput."""
    records = _at(body, ["Records"])
    if _at(body, ["Event"]) == "s3:TestEvent":
        return
    if not isinstance(records, list):
        raise InvalidInput.at("/Records", "required", "An event notification has a list of Records.")
    for number, each in enumerate(records):
        key = _at(each, ["s3", "object", "key"])
        if not isinstance(key, str):
            raise InvalidInput.at(f"/Records/{number}/s3/object/key", "required", "A record names its object's key.")
        yield unquote_plus(key)


def _at(value: Any, path: Iterable[str]) -> Any:
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value
