"""Buttons: each has an address of its own, takes POST alone, and calls one action."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from django.http import HttpRequest, HttpResponse

from core.actors import Actor
from core.authority import Authority
from core.console.forms import ActionForm
from core.transitions import Blocker, TransitionReport

Look = Literal["primary", "plain", "danger"]


@dataclass(frozen=True)
class Submission:
    """What a pressed button acts with. `expected_version` is the version that the person saw."""

    request: HttpRequest
    actor: Actor
    obj: Any
    data: Mapping[str, Any]
    expected_version: int | None


def _possible(_obj: Any) -> Blocker | None:
    return None


def _no_initial(_obj: Any) -> dict[str, Any]:
    return {}


@dataclass(frozen=True)
class Button:
    """`act` calls one action and returns what to tell the person, or a page of its own.

    `blocked` says why it is not possible now; `once` marks an action that adds something each time it is called and
    whose object has no version to hold it against. `any_version` marks one that other changes of its object don't
    concern, and that changes nothing when it is repeated. Who hasn't the `authority` doesn't see it.
    """

    name: str
    label: str
    act: Callable[[Submission], str | HttpResponse]
    authority: Authority
    form: type[ActionForm] | None = None
    look: Look = "plain"
    group: str = ""
    help: str = ""
    blocked: Callable[[Any], Blocker | None] = _possible
    initial: Callable[[Any], dict[str, Any]] = _no_initial
    once: bool = False
    any_version: bool = False
    confirm: bool = False

    @property
    def asks(self) -> bool:
        """Whether a page is shown before it acts."""
        return self.form is not None or self.confirm


@dataclass(frozen=True)
class ShownButton:
    """A button as it stands for one object and person."""

    button: Button
    address: str
    blocker: Blocker | None


def from_report(report: TransitionReport) -> Blocker | None:
    """The words of a transition that is not possible now."""
    return None if report.allowed else Blocker(report.reason, report.unblock)
