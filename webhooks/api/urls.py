from django.urls import path

from core.api.operations import action_paths
from webhooks.api import views
from webhooks.models import Endpoint
from webhooks.operations import REPLAY, ROTATE_SECRET

_ONE = "webhook-endpoints/<id:endpoint_id>/"

urlpatterns = [
    path("webhook-endpoints/", views.Endpoints.as_view(), name="webhook-endpoints"),
    path(_ONE, views.OneEndpoint.as_view(), name="webhook-endpoint"),
    path(f"{_ONE}operations/", views.Operations.as_view(), name="webhook-endpoint-operations"),
    path(f"{_ONE}attempts/", views.Attempts.as_view(), name="webhook-endpoint-attempts"),
    path(f"{_ONE}undelivered/", views.Undelivered.as_view(), name="webhook-endpoint-undelivered"),
    path(f"{_ONE}rotate-secret/", views.RotateSecret.as_view(), name="webhook-endpoint-rotate-secret"),
    path(f"{_ONE}replay/", views.Replay.as_view(), name="webhook-endpoint-replay"),
    *action_paths(Endpoint, views.EndpointAction, _ONE, {}, besides=(REPLAY, ROTATE_SECRET)),
]
