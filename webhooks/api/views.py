"""Webhook endpoints of the caller."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import HttpResponse
from django.urls import reverse
from rest_framework.request import Request

from core.api.operations import OperationsView
from core.api.replies import Reply
from core.api.views import ActionView, ApiView, ListView
from webhooks import actions
from webhooks.api import serializers
from webhooks.api.filters import AttemptFilters, UndeliveredFilters
from webhooks.api.serializers import show_attempt, show_endpoint, show_undelivered
from webhooks.authorities import READ, WRITE
from webhooks.models import Endpoint
from webhooks.queries import attempts_of, endpoint_of, endpoints_of, undelivered_of


class EndpointView(ApiView):
    @property
    def owner(self) -> uuid.UUID:
        return self.caller.client.pk


class Endpoints(EndpointView, ListView, ActionView):
    """Where you are told what happens, the newest first; 20 at most."""

    scopes = {"GET": READ, "POST": WRITE}
    bodies = {"POST": serializers.NewEndpointSerializer}
    answers = {"GET": serializers.EndpointSerializer, "POST": (201, serializers.EndpointWithSecretSerializer)}
    orderings = {"-created_at": ("-id",), "created_at": ("id",)}

    def rows(self) -> QuerySet[Endpoint]:
        return endpoints_of(self.owner)

    def present(self, rows: list[Endpoint]) -> list[Any]:
        return [show_endpoint(row) for row in rows]

    def act(self, body: dict[str, Any], **_: Any) -> Reply:
        """It is told what happens from now on. The secret is in the first answer alone; a repeat has null there."""
        changes: Any = body
        endpoint, secret = actions.create_endpoint(self.owner, changes, actor=self.actor)
        address = reverse("webhook-endpoint", args=[endpoint.pk])
        document = {**show_endpoint(endpoint), "secret": None}
        return Reply.created(document, location=address, version=endpoint.version, once={"secret": secret})


class _OfOne(EndpointView):
    version_of = "version"

    def target(self) -> QuerySet[Endpoint]:
        return endpoints_of(self.owner).filter(pk=self.kwargs["endpoint_id"])


class OneEndpoint(_OfOne):
    """How an endpoint fares changes without its version, so that it is never 304."""

    scopes = {"GET": READ, "PATCH": WRITE, "DELETE": WRITE}
    bodies = {"PATCH": serializers.EndpointChangesSerializer}
    answers = {"GET": serializers.EndpointSerializer, "PATCH": serializers.EndpointSerializer}

    def get(self, request: Request, endpoint_id: uuid.UUID) -> HttpResponse:
        endpoint = endpoint_of(self.owner, endpoint_id)
        return self.versioned(show_endpoint(endpoint), endpoint.version, covered=False)

    def patch(self, request: Request, endpoint_id: uuid.UUID) -> HttpResponse:
        """What waits already is sent to the URL, and in the form, that hold as it is sent."""
        changes: Any = self.body()
        endpoint = actions.edit_endpoint(
            endpoint_id, changes, client_id=self.owner, actor=self.actor, expected_version=self.expected_version()
        )
        return Reply.ok(show_endpoint(endpoint), version=endpoint.version).response()

    def delete(self, request: Request, endpoint_id: uuid.UUID) -> HttpResponse:
        """It is told nothing more, and what waits is forgotten."""
        actions.remove_endpoint(
            endpoint_id, client_id=self.owner, actor=self.actor, expected_version=self.expected_version()
        )
        return Reply.nothing().response()


class Operations(OperationsView, EndpointView):
    scopes = {"GET": READ}

    def row(self) -> Endpoint:
        return endpoint_of(self.owner, self.kwargs["endpoint_id"])


class Attempts(EndpointView, ListView):
    """Requests of the last 30 days and what came of them, the newest first."""

    scopes = {"GET": READ}
    answers = {"GET": serializers.AttemptSerializer}
    filterset = AttemptFilters
    orderings = {"-made_at": ("-id",), "made_at": ("id",)}

    def target(self) -> QuerySet[Endpoint]:
        return endpoints_of(self.owner).filter(pk=self.kwargs["endpoint_id"])

    def rows(self) -> QuerySet[Any]:
        return attempts_of(endpoint_of(self.owner, self.kwargs["endpoint_id"]).pk)

    def present(self, rows: list[Any]) -> list[Any]:
        return [show_attempt(row) for row in rows]


class Undelivered(EndpointView, ListView):
    """Events that wait for the endpoint, and those that were given up."""

    scopes = {"GET": READ}
    answers = {"GET": serializers.UndeliveredEventSerializer}
    filterset = UndeliveredFilters
    orderings = {"queued_at": ("id",), "-queued_at": ("-id",)}

    def target(self) -> QuerySet[Endpoint]:
        return endpoints_of(self.owner).filter(pk=self.kwargs["endpoint_id"])

    def rows(self) -> QuerySet[Any]:
        return undelivered_of(endpoint_of(self.owner, self.kwargs["endpoint_id"]))

    def present(self, rows: list[Any]) -> list[Any]:
        return [show_undelivered(row) for row in rows]


class EndpointAction(_OfOne, ActionView):
    """Answers with the endpoint as it is then. If-Match is honoured when it is sent."""

    answers = {"POST": serializers.EndpointSerializer}
    run: ClassVar[Callable[..., Any]]

    def act(self, body: dict[str, Any], **path: Any) -> Reply:
        return self.told(self.done(body, path["endpoint_id"]))

    def done(self, body: dict[str, Any], endpoint_id: uuid.UUID) -> Any:
        return type(self).run(
            endpoint_id, **body, client_id=self.owner, actor=self.actor, expected_version=self.expected_version()
        )

    def told(self, done: Any) -> Reply:
        return Reply.ok(show_endpoint(done), version=done.version)


class RotateSecret(EndpointAction):
    """A new secret, in the first answer alone. Those before sign beside it for a while."""

    scopes = {"POST": WRITE}
    bodies = {"POST": serializers.RotateSecretSerializer}
    run = staticmethod(actions.rotate_secret)
    answers = {"POST": serializers.EndpointWithSecretSerializer}

    def told(self, done: Any) -> Reply:
        endpoint, secret = done
        document = {**show_endpoint(endpoint), "secret": None}
        return Reply(200, document, {"ETag": endpoint.etag}, {"secret": secret})


class Replay(EndpointAction):
    """Sends again what the endpoint hears as it is set now, with the ids that the events have always had."""

    scopes = {"POST": WRITE}
    bodies = {"POST": serializers.ReplaySerializer}
    run = staticmethod(actions.replay)
    answers = {"POST": serializers.ReplayedEndpointSerializer}

    def told(self, done: Any) -> Reply:
        endpoint, count = done
        return Reply.ok({**show_endpoint(endpoint), "replayed": count}, version=endpoint.version)
