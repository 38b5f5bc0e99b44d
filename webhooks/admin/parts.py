"""How the console writes what is of webhooks."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from core.console import badge, link_to
from core.console.dashboard import COUNTED
from core.console.parts import Tone
from core.models import Event
from webhooks.actions.noting import FAILURES_IN_A_ROW
from webhooks.models import Attempt, Endpoint
from webhooks.statuses import EndpointStatus, Outcome

ENDPOINT, ATTEMPT = "webhooks.endpoint", "webhooks.attempt"


_STATUS: dict[str, Tone] = {"active": "good", "paused": "warn", "disabled": "bad", "removed": "neutral"}
_OUTCOME: dict[str, Tone] = {"delivered": "good", "refused": "bad", "not_sent": "bad"}
_LONGEST_URL = 70


def status_badge(endpoint: Endpoint) -> SafeString:
    """One that is active and fails says that it fails; a single failure or two may pass by themselves."""
    if endpoint.status == EndpointStatus.ACTIVE and endpoint.failing_since:
        return badge("Failing", "bad" if endpoint.failures >= FAILURES_IN_A_ROW else "warn")
    return badge(EndpointStatus(endpoint.status).label, _STATUS[endpoint.status])


def outcome_badge(attempt: Attempt) -> SafeString:
    return badge(Outcome(attempt.outcome).label, _OUTCOME[attempt.outcome])


def counted(count: int, most: int = COUNTED) -> str:
    """As the dashboard has it: "99+" of more."""
    return f"{most:,}+" if count > most else f"{count:,}"


def shortened(url: str) -> str:
    return url if len(url) <= _LONGEST_URL else f"{url[: _LONGEST_URL - 1]}…"


def wide(text: str) -> SafeString | str:
    """Words in a table that would become a narrow column on a small screen."""
    return format_html('<span class="qm-words">{}</span>', text) if text else ""


def event_link(request: HttpRequest, event_id: object, text: object) -> object:
    """For whoever may see events; others are told the same without a link."""
    may_see = admin.site.get_model_admin(Event).has_view_permission(request)
    return link_to("core.event", event_id, text) if may_see else text
