"""What can be done with rows that somebody picks in a list, such as printing them. What writes is a button instead."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from core.authority import Authority
from core.errors import DomainError


@dataclass(frozen=True)
class PickAction:
    """`run` answers with a file of the picked rows. Who hasn't the `authority` isn't offered it."""

    name: str
    label: str
    authority: Authority
    run: Callable[[QuerySet[Any]], HttpResponse]

    def __call__(self, _admin: Any, request: HttpRequest, rows: QuerySet[Any]) -> HttpResponse | None:
        """As Django calls an action of a list: None shows the list again, with why it was refused."""
        try:
            return self.run(rows)
        except DomainError as error:
            messages.error(request, " ".join(filter(None, [error.detail, error.unblock])))
            return None


_actions: dict[str, list[PickAction]] = {}


def register_pick_action(model: str, action: PickAction) -> None:
    """Offer it on the list of a model ("orders.order"), of an app above too."""
    _actions.setdefault(model, []).append(action)


def pick_actions(model: str, request: HttpRequest) -> dict[str, tuple[PickAction, str, str]]:
    """Those that the person may do, as Django's ModelAdmin.get_actions tells of them."""
    held = [each for each in _actions.get(model, ()) if each.authority.held_by(request.user)]
    return {each.name: (each, each.name, each.label) for each in held}
