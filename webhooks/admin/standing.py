"""How an endpoint stands, and what a person does next: said first on its page."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import QuerySet
from django.utils.dateparse import parse_datetime
from django.utils.timezone import localtime

from core.console import Fact, Panel, moment
from core.console.dashboard import limited_count
from core.console.parts import Tone, known
from core.lanes import WEBHOOKS
from core.models import Delivery, DeliveryStatus, Event
from webhooks.actions.noting import DISABLED_AFTER, FAILURES_IN_A_ROW
from webhooks.admin.attempts import replay_form
from webhooks.admin.parts import counted
from webhooks.models import Endpoint
from webhooks.statuses import EndpointStatus

_OPEN = (DeliveryStatus.PENDING, DeliveryStatus.CLAIMED)


@dataclass(frozen=True)
class Note:
    """What is the matter, and what to do about it. `to` are (label, address) links."""

    tone: Tone
    matter: object
    advice: str
    to: Sequence[tuple[str, str]] = ()


def waiting_for(endpoint: Endpoint) -> QuerySet[Delivery]:
    """Those due first come first; an index has them so."""
    return Delivery.objects.filter(lane=WEBHOOKS.name, target=endpoint.key, status__in=_OPEN).order_by("available_at")


def given_up_of(endpoint: Endpoint) -> QuerySet[Delivery]:
    return Delivery.objects.filter(target=endpoint.key, status=DeliveryStatus.DEAD).order_by("-id")


def standing_panel(endpoint: Endpoint, *, may_manage: bool) -> Panel:
    waiting, given_up = limited_count(waiting_for(endpoint)), limited_count(given_up_of(endpoint))
    facts = [
        Fact("Waiting", counted(waiting)),
        Fact("Given up", counted(given_up)),
        Fact("Last taken", moment(endpoint.delivered_at) if endpoint.delivered_at else "Nothing yet"),
        Fact("Fails since", moment(endpoint.failing_since) if endpoint.failing_since else None),
        Fact("Failures", f"{endpoint.failures:,} one after the other" if endpoint.failures else None),
        Fact("Last error", endpoint.last_error),
        Fact("Next try", moment(endpoint.next_try_at) if endpoint.next_try_at else None),
    ]
    note = _note(endpoint, waiting, given_up, may_manage=may_manage)
    return Panel("Standing", template="admin/webhooks/standing.html", context={"note": note, "facts": known(facts)})


def _note(endpoint: Endpoint, waiting: int, given_up: int, *, may_manage: bool) -> Note | None:
    if endpoint.status == EndpointStatus.DISABLED:
        return _of_disabled(endpoint)
    if endpoint.status == EndpointStatus.REMOVED:
        return Note("neutral", "It is removed.", "It is told nothing more, and can't be brought back.")
    if endpoint.status == EndpointStatus.PAUSED:
        kept = f"What happens is kept for it: {_events(waiting)} so far."
        return Note("warn", "Nothing is sent: it is paused.", f"{kept} Resume it, and they are sent.")
    if endpoint.failing_since is not None:
        return _of_failing(endpoint, endpoint.failing_since)
    return _of_what_it_missed(endpoint, may_manage=may_manage) or _of_given_up(given_up)


def _of_disabled(endpoint: Endpoint) -> Note:
    since = _day(endpoint.disabled_at)
    matter = f"Disabled since {since}: {endpoint.get_disabled_reason_display()}. Nothing is kept for it."
    missed = f", and send again what was recorded from {_day(endpoint.failing_since)} on"
    return Note("bad", matter, f"Once the receiver answers again: resume the endpoint{missed}.")


def _of_failing(endpoint: Endpoint, since: dt.datetime) -> Note:
    if endpoint.failures < FAILURES_IN_A_ROW:
        matter = f"Its newest request failed, at {_day(since)}: {endpoint.last_error}"
        return Note("warn", matter, "It is sent again by itself. If that goes on, look at the receiver.")
    matter = f"It has taken nothing since {_day(since)}: {endpoint.last_error}"
    ends = f"If it takes nothing until {_day(since + DISABLED_AFTER)}, it is disabled."
    return Note("bad", matter, f"Repair the receiver. What waits is sent as soon as it answers 2xx. {ends}")


def _of_what_it_missed(endpoint: Endpoint, *, may_manage: bool) -> Note | None:
    """After it was disabled and resumed, until something is sent again."""
    events = Event.objects.filter(subject_type=Endpoint.subject_type, subject_id=endpoint.pk)
    last = events.filter(type__in=["endpoint.disabled", "endpoint.replayed"]).order_by("-version").first()
    if last is None or last.type != "endpoint.disabled":
        return None
    since = parse_datetime(last.data["failing_since"])
    to = [("Send it again", replay_form(endpoint.pk, since=_typed(since)))] if may_manage else []
    matter = f"It was disabled on {_day(last.occurred_at)}, and nothing was kept for it until it was resumed."
    return Note("warn", matter, f"Send again what was recorded from {_day(since)} on.", to)


def _of_given_up(given_up: int) -> Note | None:
    if not given_up:
        return None
    return Note(
        "warn", f"{_events(given_up)} given up.", "Each is below, and can be sent again.", [("See", "#given-up")]
    )


def _events(count: int) -> str:
    return f"{counted(count)} {'event' if count == 1 else 'events'}"


def _day(at: dt.datetime | None) -> str:
    return "" if at is None else f"{localtime(at):%-d %b %Y, %H:%M}"


def _typed(at: dt.datetime | None) -> str:
    """As a browser's field of a day and time has it."""
    return "" if at is None else f"{localtime(at):%Y-%m-%dT%H:%M}"
