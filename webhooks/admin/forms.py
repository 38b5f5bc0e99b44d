"""The forms of the buttons of endpoints."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from django import forms

from core.console import ActionForm
from core.console.forms import EmailField, MomentField
from core.models import Client, ClientKind
from webhooks.actions import EndpointChanges
from webhooks.actions.endpoints import MOST_TYPES, nameable_types
from webhooks.actions.secrets import MOST_OVERLAP_HOURS, OVERLAP_HOURS
from webhooks.models import Endpoint
from webhooks.sending.urls import LONGEST_URL
from webhooks.statuses import Payload

_ALL_OF = ".*"
_is_between = re.compile(r"[\s,]+").split


class TypesField(forms.CharField):
    """Types of events, one a line."""

    widget = forms.Textarea(attrs={"rows": 3})

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value


class EditForm(ActionForm):
    url = forms.CharField(label="URL", max_length=LONGEST_URL, help_text="https://…, on the public internet.")
    description = forms.CharField(max_length=200, required=False, help_text="What it is for.")
    nouns = forms.MultipleChoiceField(
        label="Told of all about",
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text="None, and no single types: of all that the client may see.",
    )
    event_types = TypesField(
        label="Single types of events",
        required=False,
        help_text=f"Beside those, one a line, such as order.created. {MOST_TYPES} in all at most.",
    )
    payload = forms.ChoiceField(choices=Payload.choices)
    notify = EmailField(label="Notices go to", required=False, help_text="Told by e-mail when it is disabled.")

    def prepare(self) -> None:
        nouns: Any = self.fields["nouns"]
        offered = sorted(name for name in nameable_types() if name.endswith(_ALL_OF))
        nouns.choices = [(name, _title(name)) for name in offered]


class NewEndpointForm(EditForm):
    client = forms.ModelChoiceField(queryset=Client.objects.none(), help_text="Whose events it is told of. For ever.")

    field_order = ("client",)

    def prepare(self) -> None:
        super().prepare()
        clients: Any = self.fields["client"]
        kinds = (ClientKind.STOREFRONT, ClientKind.BACK_OFFICE)
        clients.queryset = Client.objects.filter(kind__in=kinds, active=True).order_by("name")


class RotateForm(ActionForm):
    overlap_hours = forms.IntegerField(
        label="Hours that the old secret signs beside the new one",
        min_value=0,
        max_value=MOST_OVERLAP_HOURS,
        initial=OVERLAP_HOURS,
        help_text="Time to give the receiver the new one. 0 if the old one is known to a stranger: it ends at once.",
    )


class ReplayForm(ActionForm):
    event_id = forms.UUIDField(label="One event", required=False, help_text="Its id. Empty: all that follow.")
    since = MomentField(label="Or all recorded from", required=False)
    until = MomentField(label="Until before", required=False, help_text="Empty: now. 10,000 events at most.")


def stored_in(endpoint: Endpoint) -> dict[str, Any]:
    """What EditForm shows of an endpoint."""
    nouns = [name for name in endpoint.event_types if name.endswith(_ALL_OF)]
    return {
        "url": endpoint.url,
        "description": endpoint.description,
        "nouns": nouns,
        "event_types": [name for name in endpoint.event_types if name not in nouns],
        "payload": endpoint.payload,
        "notify": endpoint.notify,
    }


def changes_of(data: Mapping[str, Any]) -> EndpointChanges:
    """What the action is told of what was typed."""
    return EndpointChanges(
        url=data["url"],
        description=data["description"],
        event_types=[*data["nouns"], *_names(data["event_types"])],
        payload=data["payload"],
        notify=data["notify"],
    )


def _names(typed: str | Sequence[str]) -> list[str]:
    """A list is what was stored and nobody touched."""
    return [name for name in (_is_between(typed) if isinstance(typed, str) else typed) if name]


def _title(name: str) -> str:
    """ "price_list.*" → "Price list"."""
    return name.removesuffix(_ALL_OF).replace("_", " ").capitalize()
