"""What an order would cost, before it is placed."""

from __future__ import annotations

from django.http import HttpResponse
from rest_framework.request import Request

from core.api.renderers import json_response
from core.transactions import starting_over
from orders.api import serializers
from orders.api.views.orders import PRICE, new_order, storefront_of
from orders.pricing.api.documents import quote_document
from orders.pricing.api.serializers import QuoteSerializer
from orders.pricing.quotes import quote_order
from orders.routes import READ, OrderView


class Quotes(OrderView):
    """Prices, taxes, offers and delivery options of lines, and what of them is there. Nothing is written or kept."""

    acts = False
    scopes = {"POST": READ}
    further_scopes = (PRICE,)
    bodies = {"POST": serializers.BasketSerializer}
    answers = {"POST": QuoteSerializer}

    def post(self, request: Request) -> HttpResponse:
        body = self.body()
        client_id = storefront_of(self.owner, body.pop("client_id", None))
        new = new_order(request, body)
        return json_response(quote_document(starting_over(lambda: quote_order(new, client_id))))
