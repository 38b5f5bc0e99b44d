"""The books of the caller's storefront; of all of them for back offices."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from books.api.filters import PostingFilters
from books.api.serializers import PostingSerializer, show_posting
from books.models import Posting
from core.api.views import ListView
from core.models import ClientKind


class PostingList(ListView):
    """What was posted, newest first."""

    scopes = {"GET": "books:read"}
    answers = {"GET": PostingSerializer}
    filterset = PostingFilters
    orderings = {"-posted_at": ("-posted_at", "-id"), "posted_at": ("posted_at", "id")}

    def rows(self) -> QuerySet[Posting]:
        rows, client = Posting.objects.prefetch_related("lines"), self.caller.client
        return rows.filter(client_id=client.pk) if client.kind == ClientKind.STOREFRONT else rows

    def present(self, rows: list[Any]) -> list[Any]:
        return [show_posting(row) for row in rows]
