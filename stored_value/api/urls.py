from django.urls import path

from core.api.operations import action_paths
from stored_value.api import views
from stored_value.api.serializers import AdjustStoredValueSerializer, DisableStoredValueSerializer
from stored_value.models import StoredValue
from stored_value.operations import ADJUST, DISABLE

_ONE = "stored-value/<id:stored_value_id>/"
_BODIES = {ADJUST: AdjustStoredValueSerializer, DISABLE: DisableStoredValueSerializer}

urlpatterns = [
    path("gift-cards/", views.GiftCards.as_view(), name="gift-cards"),
    path("gift-cards/check/", views.CheckGiftCard.as_view(), name="gift-card-check"),
    path("customers/<id:customer_id>/store-credit/", views.StoreCredit.as_view(), name="customer-store-credit"),
    path(_ONE, views.OneStoredValue.as_view(), name="stored-value"),
    path(f"{_ONE}entries/", views.Entries.as_view(), name="stored-value-entries"),
    path(f"{_ONE}operations/", views.Operations.as_view(), name="stored-value-operations"),
    *action_paths(StoredValue, views.StoredValueAction, _ONE, _BODIES),
]
