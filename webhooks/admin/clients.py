"""What the page of a client has of its endpoints."""

from __future__ import annotations

from collections.abc import Sequence

from django.http import HttpRequest

from core.console import Panel, link_to, moment
from core.console.panels import register_panel
from core.console.parts import form_of
from core.models import Client, ClientKind
from webhooks import authorities as may
from webhooks.admin.parts import ENDPOINT, shortened, status_badge
from webhooks.queries import endpoints_of

_HEARERS = (ClientKind.STOREFRONT, ClientKind.BACK_OFFICE)


def endpoints_panel(request: HttpRequest, client: Client) -> Sequence[Panel]:
    if client.kind not in _HEARERS or not may.VIEW.held_by(request.user):
        return ()
    rows = [
        (
            link_to(ENDPOINT, each.pk, shortened(each.url)),
            status_badge(each),
            moment(each.failing_since),
            moment(each.delivered_at),
        )
        for each in endpoints_of(client.pk).order_by("-id")
    ]
    can_add = client.active and may.MANAGE.held_by(request.user)
    to = [("New endpoint", form_of(ENDPOINT, "add", client=client.pk))] if can_add else []
    headers = ("URL", "Status", "Fails since", "Last taken")
    return [Panel("Webhook endpoints", headers, rows, empty="None.", to=to, anchor="endpoints")]


def register() -> None:
    register_panel("core.client", endpoints_panel)
