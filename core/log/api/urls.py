"""Under /api/v1/events/."""

from django.urls import path

from core.log.api import views

urlpatterns = [
    path("", views.Events.as_view(), name="events"),
    path("types/", views.EventTypes.as_view(), name="event-types"),
    path("types/<str:event_type>/", views.EventType.as_view(), name="event-type"),
]
