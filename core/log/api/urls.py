"""Under /api/v1/events/."""

from django.urls import path

from core.log.api import streams, views

urlpatterns = [
    path("", views.Events.as_view(), name="events"),
    path("stream/", streams.EventsStream.as_view(), name="events-stream"),
    path("tickets/", streams.Tickets.as_view(), name="event-tickets"),
    path("types/", views.EventTypes.as_view(), name="event-types"),
    path("types/<str:event_type>/", views.EventType.as_view(), name="event-type"),
]
