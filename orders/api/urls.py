from django.urls import path

import orders.instalments.api.urls
import orders.payments.api.urls
import orders.refunds.api.urls
from core.api.operations import action_paths
from orders.api.serializers import CancelOrderSerializer, ChangePromiseSerializer
from orders.api.views import events, holds, notes, quotes
from orders.api.views import orders as views
from orders.models import Order
from orders.operations import (
    CANCEL,
    CHANGE_PROMISE,
    PAY_BY_CARD,
    REDEEM_GIFT_CARD,
    REDEEM_STORE_CREDIT,
    WRITE_OFF,
)
from orders.payments.api.serializers import WriteOffBalanceSerializer

_ORDER = "orders/<id:order_id>/"
_BODIES = {
    CANCEL: CancelOrderSerializer,
    CHANGE_PROMISE: ChangePromiseSerializer,
    WRITE_OFF: WriteOffBalanceSerializer,
}
"""What an operation asks beside the order, where it asks anything."""
_OF_THEIR_OWN = (PAY_BY_CARD, REDEEM_GIFT_CARD, REDEEM_STORE_CREDIT)
"""They answer with a payment."""

urlpatterns = [
    path("quotes/", quotes.Quotes.as_view(), name="quotes"),
    path("orders/", views.Orders.as_view(), name="orders"),
    path(_ORDER, views.OneOrder.as_view(), name="order"),
    path(f"{_ORDER}operations/", views.Operations.as_view(), name="order-operations"),
    *action_paths(Order, views.OrderAction, _ORDER, _BODIES, besides=_OF_THEIR_OWN),
    path(f"{_ORDER}events/", events.Events.as_view(), name="order-events"),
    path(f"{_ORDER}stream/", events.Stream.as_view(), name="order-stream"),
    path(f"{_ORDER}holds/", holds.Holds.as_view(), name="order-holds"),
    path(f"{_ORDER}holds/<id:hold_id>/lift/", holds.LiftHold.as_view(), name="order-hold-lift"),
    path(f"{_ORDER}notes/", notes.Notes.as_view(), name="order-notes"),
    *orders.instalments.api.urls.urlpatterns,
    *orders.payments.api.urls.urlpatterns,
    *orders.refunds.api.urls.urlpatterns,
]
