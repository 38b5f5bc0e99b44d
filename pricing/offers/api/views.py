"""The routes of offers: a storefront's own, and their codes."""

from __future__ import annotations

import uuid
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils import timezone
from rest_framework.request import Request

from core.api.idempotency import idempotent
from core.api.replies import Reply
from core.api.views import ActionView, ApiView, ListView
from pricing.offers.actions import add_codes, create_offer, end_offer, generate_codes, update_code, update_offer
from pricing.offers.api.documents import show_code, show_codes, show_offer
from pricing.offers.api.filters import CodeFilters, OfferFilters
from pricing.offers.api.serializers import (
    CodeChangesSerializer,
    GenerateCodesSerializer,
    NewCodesSerializer,
    NewOfferSerializer,
    OfferChangesSerializer,
    OfferCodeSerializer,
    OfferCodesSerializer,
    OfferSerializer,
)
from pricing.offers.authorities import READ, WRITE
from pricing.offers.models import Offer, OfferCode
from pricing.offers.queries import code_of, offer_of, offers_shown

_SCOPES = {"GET": READ, "POST": WRITE, "PATCH": WRITE}
_NEWEST = {"-created_at": ("-id",), "created_at": ("id",)}


class OfferList(ListView):
    """The storefront's offers, newest first."""

    scopes = _SCOPES
    bodies = {"POST": NewOfferSerializer}
    answers = {"GET": OfferSerializer, "POST": (201, OfferSerializer)}
    filterset = OfferFilters
    orderings = _NEWEST

    def rows(self) -> QuerySet[Offer]:
        return offers_shown(self.caller.client.pk, timezone.now())

    def present(self, rows: list[Offer]) -> list[Any]:
        return [show_offer(row) for row in rows]

    def post(self, request: Request) -> HttpResponse:
        """A code that another offer has is 409 with that offer's id. Its kind says what it needs, and for ever."""
        body = self.body()
        own = {name: body.pop(name) for name in ("code", "kind", "automatic") if name in body}

        def create() -> Reply:
            offer = create_offer(client_id=self.caller.client.pk, **own, terms=body, actor=self.actor)  # type: ignore[arg-type]
            location = f"/api/v1/offers/{offer.pk}/"
            return Reply.created(_offer(offer), location=location, version=offer.version)

        return idempotent(request, create)


class _OfOneOffer(ApiView):
    scopes = _SCOPES
    version_of = "version"

    def target(self) -> QuerySet[Any, Any]:
        return Offer.objects.of_client(self.caller.client.pk).filter(pk=self.kwargs["offer_id"])

    def how(self) -> dict[str, Any]:
        """What every action on the offer is told."""
        return {
            "client_id": self.caller.client.pk,
            "actor": self.actor,
            "expected_version": self.expected_version(),
        }


class OfferDetail(_OfOneOffer):
    bodies = {"PATCH": OfferChangesSerializer}
    answers = {"GET": OfferSerializer, "PATCH": OfferSerializer}

    def get(self, request: Request, offer_id: uuid.UUID) -> HttpResponse:
        """Never 304: uses and the time change how it stands, and not the offer."""
        offer = offer_of(self.caller.client.pk, offer_id)
        return self.versioned(show_offer(offer), offer.version, covered=False)

    def patch(self, request: Request, offer_id: uuid.UUID) -> HttpResponse:
        """Orders keep what they were given. A limit under what is in use is 409."""
        changes: Any = self.body()
        offer = update_offer(offer_id, changes, **self.how())
        return Reply.ok(_offer(offer), version=offer.version).response()


class EndOffer(_OfOneOffer, ActionView):
    """Nobody gets it from now on. One that has ended is answered as it is."""

    answers = {"POST": OfferSerializer}

    def act(self, body: dict[str, Any], **path: Any) -> Reply:
        offer = end_offer(path["offer_id"], **self.how())
        return Reply.ok(_offer(offer), version=offer.version)


class CodeList(_OfOneOffer, ListView):
    """The offer's codes, newest first. The ETag is the offer's, of which they are a part."""

    bodies = {"POST": NewCodesSerializer}
    answers = {"GET": OfferCodeSerializer, "POST": (201, OfferCodesSerializer)}
    filterset = CodeFilters
    orderings = _NEWEST

    def rows(self) -> QuerySet[OfferCode]:
        offer_of(self.caller.client.pk, self.kwargs["offer_id"])
        return OfferCode.objects.filter(offer=self.kwargs["offer_id"])

    def present(self, rows: list[OfferCode]) -> list[Any]:
        return [show_code(row) for row in rows]

    def post(self, request: Request, offer_id: uuid.UUID) -> HttpResponse:
        """All or none: a code that the storefront has already is 409 `offer_code_taken` with those that are."""
        body = self.body()

        def add() -> Reply:
            rows = add_codes(offer_id, body["codes"], **self.how())
            address = f"/api/v1/offers/{offer_id}/codes/"
            return Reply.created(show_codes(rows), location=address, version=rows[0].offer.version)

        return idempotent(request, add)


class GenerateCodes(_OfOneOffer, ActionView):
    """Codes that nobody can guess, up to 1,000 at once."""

    bodies = {"POST": GenerateCodesSerializer}
    answers = {"POST": (201, OfferCodesSerializer)}

    def act(self, body: dict[str, Any], **path: Any) -> Reply:
        rows = generate_codes(path["offer_id"], **body, **self.how())
        address = f"/api/v1/offers/{path['offer_id']}/codes/"
        return Reply.created(show_codes(rows), location=address, version=rows[0].offer.version)


class CodeDetail(_OfOneOffer):
    """A code is a part of its offer, and its ETag is the offer's."""

    bodies = {"PATCH": CodeChangesSerializer}
    answers = {"GET": OfferCodeSerializer, "PATCH": OfferCodeSerializer}
    version_of = "offer__version"

    def target(self) -> QuerySet[Any, Any]:
        own = OfferCode.objects.of_client(self.caller.client.pk)
        return own.filter(pk=self.kwargs["code_id"], offer=self.kwargs["offer_id"])

    def get(self, request: Request, offer_id: uuid.UUID, code_id: uuid.UUID) -> HttpResponse:
        """Never 304: uses don't change the offer."""
        code = code_of(self.caller.client.pk, offer_id, code_id)
        return self.versioned(show_code(code), code.offer.version, covered=False)

    def patch(self, request: Request, offer_id: uuid.UUID, code_id: uuid.UUID) -> HttpResponse:
        """An inactive code is refused to shoppers; orders keep what it gave them."""
        changes: Any = self.body()
        code = update_code(offer_id, code_id, changes, **self.how())
        return Reply.ok(show_code(code), version=code.offer.version).response()


def _offer(offer: Offer) -> dict[str, Any]:
    return show_offer(offer_of(offer.client_id, offer.pk))
