"""Gift cards and store credit of the caller's storefront."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import HttpResponse
from django.urls import reverse
from rest_framework.request import Request

from core.api.operations import OperationsView
from core.api.renderers import json_response
from core.api.replies import Reply
from core.api.views import ActionView, ApiView, ListView
from customers.queries import customer_of, customers_with
from stored_value import actions
from stored_value.api import serializers
from stored_value.api.filters import GiftCardFilters
from stored_value.api.serializers import show_checked, show_entry, show_stored_value
from stored_value.models import StoredValue, StoredValueEntry
from stored_value.queries import entries_of, gift_card_with, gift_cards_of, store_credit_of, stored_value_of

READ, WRITE = "gift_cards:read", "gift_cards:write"


class StoredValueView(ApiView):
    @property
    def owner(self) -> uuid.UUID:
        return self.caller.client.pk

    def present(self, rows: list[StoredValue]) -> list[Any]:
        return [show_stored_value(row) for row in rows]


class GiftCards(StoredValueView, ListView, ActionView):
    """The storefront's gift cards, newest first."""

    scopes = {"GET": READ, "POST": WRITE}
    bodies = {"POST": serializers.NewGiftCardSerializer}
    answers = {"GET": serializers.StoredValueSerializer, "POST": (201, serializers.IssuedGiftCardSerializer)}
    filterset = GiftCardFilters
    orderings = {"-created_at": ("-id",), "created_at": ("id",)}

    def rows(self) -> QuerySet[StoredValue]:
        return gift_cards_of(self.owner)

    def act(self, body: dict[str, Any], **_: Any) -> Reply:
        """The code is in the first answer alone: a repeat has null in its place."""
        card, code = actions.issue_gift_card(client_id=self.owner, **body, actor=self.actor)
        document = {**show_stored_value(card), "code": None}
        return Reply.created(document, location=_address(card), version=card.version, once={"code": code})


class CheckGiftCard(StoredValueView):
    """What is left on the gift card of a code. Changes nothing, so that it needs no Idempotency-Key."""

    acts = False
    own_limit = "gift_card"
    scopes = {"POST": READ}
    bodies = {"POST": serializers.CheckGiftCardSerializer}
    answers = {"POST": serializers.CheckedGiftCardSerializer}

    def post(self, request: Request) -> HttpResponse:
        card = gift_card_with(self.owner, self.body()["code"])
        return json_response(show_checked(card), headers={"Cache-Control": "no-store"})


class StoreCredit(StoredValueView, ListView, ActionView):
    """What the customer has, one for each currency."""

    scopes = {"GET": READ, "POST": WRITE}
    bodies = {"POST": serializers.NewStoreCreditSerializer}
    answers = {"GET": serializers.StoredValueSerializer, "POST": (201, serializers.StoredValueSerializer)}
    orderings = {"-created_at": ("-id",), "created_at": ("id",)}

    def target(self) -> QuerySet[Any, Any]:
        return customers_with(self.owner, self.kwargs["customer_id"])

    def rows(self) -> QuerySet[StoredValue]:
        customer = customer_of(self.owner, self.kwargs["customer_id"])
        return store_credit_of(self.owner, customer.pk)

    def act(self, body: dict[str, Any], **path: Any) -> Reply:
        """Adds to what the customer has in the currency."""
        credit = actions.give_store_credit(
            client_id=self.owner, customer_id=path["customer_id"], **body, actor=self.actor
        )
        return Reply.created(show_stored_value(credit), location=_address(credit), version=credit.version)


class _OfOne(StoredValueView):
    version_of = "version"

    def target(self) -> QuerySet[StoredValue]:
        return StoredValue.objects.of_client(self.owner).filter(pk=self.kwargs["stored_value_id"])


class OneStoredValue(_OfOne):
    """A gift card, or a customer's store credit. Whether it has expired depends on the day, so that it is never 304."""

    scopes = {"GET": READ}
    answers = {"GET": serializers.StoredValueSerializer}

    def get(self, request: Request, stored_value_id: uuid.UUID) -> HttpResponse:
        stored = stored_value_of(self.owner, stored_value_id)
        return self.versioned(show_stored_value(stored), stored.version, covered=False)


class Entries(StoredValueView, ListView):
    """Every change of the balance, newest first."""

    scopes = {"GET": READ}
    answers = {"GET": serializers.StoredValueEntrySerializer}
    orderings = {"-created_at": ("-id",), "created_at": ("id",)}

    def rows(self) -> QuerySet[StoredValueEntry]:
        return entries_of(stored_value_of(self.owner, self.kwargs["stored_value_id"]).pk)

    def present(self, rows: list[Any]) -> list[Any]:
        return [show_entry(row) for row in rows]


class Operations(OperationsView, StoredValueView):
    scopes = {"GET": READ}

    def row(self) -> StoredValue:
        return stored_value_of(self.owner, self.kwargs["stored_value_id"])


class StoredValueAction(_OfOne, ActionView):
    """Answers with the gift card or store credit as it is then. If-Match is honoured when it is sent."""

    answers = {"POST": serializers.StoredValueSerializer}
    run: ClassVar[Callable[..., Any]]

    def act(self, body: dict[str, Any], **path: Any) -> Reply:
        stored = type(self).run(
            path["stored_value_id"],
            **body,
            client_id=self.owner,
            actor=self.actor,
            expected_version=self.expected_version(),
        )
        return Reply.ok(show_stored_value(stored), version=stored.version)


def _address(stored: StoredValue) -> str:
    return reverse("stored-value", args=[stored.pk])
