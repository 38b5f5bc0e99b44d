"""Where the units of an order would come from, before it is placed."""

from __future__ import annotations

import uuid
from collections import Counter
from typing import Any

from django.http import HttpResponse
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request

from core.api.renderers import json_response
from core.api.views import ApiView
from core.clients import is_storefront
from core.errors import InvalidInput
from core.models import ClientKind
from inventory.api.references import by_pointer, variants_of
from inventory.api.serializers.sourcing import NewSourcingPlanSerializer, SourcingPlansSerializer
from inventory.queries import Sourcing, sourcing_plans
from storefronts.queries import SourcingConfig, settings_of

PLANS_AT_MOST = 5


class SourcingPlans(ApiView):
    """How units could be sent, by a storefront's rules: the best plans first, and why each plan passes locations over.

    Nothing is written or kept. A storefront plans by its own rules; without rules, locations of lower priority number
    come first.
    """

    acts = False
    scopes = {"POST": "stock:read"}
    bodies = {"POST": NewSourcingPlanSerializer}
    answers = {"POST": SourcingPlansSerializer}

    def post(self, request: Request) -> HttpResponse:
        body = self.body()
        sourcing = self._sourcing(body)
        variants = variants_of(by_pointer(body["items"]))
        units: Counter[uuid.UUID] = Counter()
        for item in body["items"]:
            units[variants[item["sku"]]] += item["quantity"]
        plans = sourcing_plans(units, sourcing, PLANS_AT_MOST)
        return json_response({"rules": sourcing.rules, "plans": plans})

    def _sourcing(self, body: dict[str, Any]) -> Sourcing:
        storefront = self._storefront(body.get("client_id"))
        config: SourcingConfig = [{"rule": rule} for rule in body.get("rules", ())]
        if "rules" not in body and storefront is not None:
            config = settings_of(storefront).sourcing
        destination = body.get("destination", {})
        return Sourcing.of(config, destination) or Sourcing.by_priority(destination)

    def _storefront(self, asked: uuid.UUID | None) -> uuid.UUID | None:
        """Raises PermissionDenied, InvalidInput."""
        client = self.caller.client
        if client.kind == ClientKind.STOREFRONT:
            if asked not in {None, client.pk}:
                raise PermissionDenied("A storefront plans by its own rules only.")
            return client.pk
        if asked is not None and not is_storefront(asked):
            raise InvalidInput.at("/client_id", "unknown_client", "There is no such storefront.")
        return asked
