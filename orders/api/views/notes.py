"""An order's notes."""

from __future__ import annotations

import uuid
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse

from core.api.replies import Reply
from orders import actions
from orders.api import serializers
from orders.api.documents import note_document
from orders.queries import notes_of
from orders.routes import READ, WRITE, ActionOnOrder, ListOfOrder


class Notes(ListOfOrder, ActionOnOrder):
    """Notes between colleagues; storefronts with the scope may read and write them."""

    scopes = {"GET": READ, "POST": WRITE}
    bodies = {"POST": serializers.NewNoteSerializer}
    answers = {"GET": serializers.NoteSerializer, "POST": (201, serializers.NoteSerializer)}
    orderings = {"-created_at": ("-id",), "created_at": ("id",)}
    run = staticmethod(actions.add_note)

    def rows(self) -> QuerySet[Any, Any]:
        return notes_of(self.kwargs["order_id"])

    def present(self, rows: list[Any]) -> list[Any]:
        return [note_document(note) for note in rows]

    def reply(self, result: Any, **path: uuid.UUID) -> Reply:
        location = reverse("order-notes", args=[path["order_id"]])
        return Reply.created(note_document(result), location=location, version=result.order.version)
