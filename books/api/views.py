"""The books of the caller's storefront; of all of them for back offices."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from rest_framework.request import Request

from books.api.filters import PostingFilters
from books.api.serializers import PostingSerializer, TrialBalanceSerializer, show_posting, show_trial_balance
from books.models import Posting
from books.queries import end_of, trial_balance
from core.api.renderers import json_response
from core.api.views import ApiView, ListView
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


class TrialBalance(ApiView):
    """What all accounts that aren't even came to at the end of a day, by currency: of the caller's storefront, of all
    for back offices."""

    scopes = {"GET": "books:read"}
    answers = {"GET": TrialBalanceSerializer}
    days = {"on": "The day at whose end, by the server's time zone; as it is now when absent."}

    def get(self, request: Request) -> HttpResponse:
        day, client = self.day_of("on"), self.caller.client
        of = client.pk if client.kind == ClientKind.STOREFRONT else None
        return json_response(show_trial_balance(day, trial_balance(of, before=end_of(day) if day else None)))
