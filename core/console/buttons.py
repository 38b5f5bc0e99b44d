"""Buttons: each has an address of its own, takes POST alone, and calls one action."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from django.db.models import Model
from django.http import HttpRequest

from core.actors import Actor
from core.authority import Authority
from core.console.forms import ActionForm
from core.console.parts import Panel
from core.console.seen import Seen
from core.console.submissions import Done
from core.operations import Operation, action_of, explain, operations, refuse_by_hand
from core.transitions import Blocker

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from core.models import User

STATUS = "Status"
"""The group of the buttons that move the status."""

Look = Literal["primary", "plain", "danger"]


@dataclass(frozen=True)
class Submission:
    """What a pressed button acts with. `expected_version` and `seen` are what the person decided by."""

    request: HttpRequest
    actor: Actor
    obj: Any
    data: Mapping[str, Any]
    expected_version: int | None
    seen: Seen


Act = Callable[[Submission], str | Done]
Preview = Callable[[Submission], Sequence[Panel]]

PREVIEW = "preview"
"""What a form is sent with when only its preview is asked for."""


def _possible(_obj: Any) -> Blocker | None:
    return None


def _nothing(_: Any) -> dict[str, Any]:
    return {}


@dataclass(frozen=True)
class Button:
    """`act` calls one action, in the transaction that uses the form's token up, and returns what to tell the person.

    `preview` says what would come of it, and writes nothing: the form has a second button for it, `preview_label`.
    `before` does what may not wait in a transaction, such as storing a file; what it returns is added to the data.
    `initial` are the values of the fields that the object has, `watched` others that the person decides by, under their
    labels: when one of them has changed since the form was opened, it is asked again. `any_version` marks a button that
    other changes of its object don't concern. `blocked` says why it is not possible now. Who hasn't the `authority`
    doesn't see it; None is what happens by itself, which is shown to all. Of a button on one row `button_of` its
    `operation` makes the rest.
    """

    name: str
    label: str
    act: Act
    authority: Authority | None
    form: type[ActionForm] | None = None
    look: Look = "plain"
    group: str = ""
    help: str = ""
    operation: Operation | None = None
    blocked: Callable[[Any], Blocker | None] = _possible
    initial: Callable[[Any], dict[str, Any]] = _nothing
    watched: Callable[[Any], dict[str, Any]] = _nothing
    before: Callable[[Submission], dict[str, Any]] = _nothing
    preview: Preview | None = None
    preview_label: str = "Preview"
    any_version: bool = False
    confirm: bool = False

    def may_be_pressed_by(self, user: User | AnonymousUser) -> bool:
        return self.authority is None or self.authority.held_by(user)

    @property
    def has_preview(self) -> bool:
        return self.preview is not None

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


def button_of(operation: Operation, act: Act | None = None, *, told: str = "{}: done.", **look: Any) -> Button:
    """The button of an operation: its name, label and explanation are the operation's.

    Without `act` the form's fields are the action's arguments, and the person is told `told`, with the object in it.
    """

    def press(pressed: Submission) -> str:
        refuse_by_hand(pressed.obj, operation)
        action = action_of(operation)
        action(pressed.obj.pk, **pressed.data, actor=pressed.actor, expected_version=pressed.expected_version)
        return told.format(pressed.obj)

    look.setdefault("group", STATUS if operation.transition else "")
    name = operation.name.replace("_", "-")
    blocked = functools.partial(_explained, operation)
    return Button(
        name, operation.label, act or press, operation.authority, operation=operation, blocked=blocked, **look
    )


def buttons_of(model: type[Model], *made: Button) -> tuple[Button, ...]:
    """Those made, and one for each transition of the model that none was made for and that asks nothing."""
    by_operation = {button.operation: button for button in made}
    wanted = [each for each in operations(model) if each in by_operation or each.transition]
    return tuple(by_operation.get(each) or button_of(each) for each in wanted)


def _explained(operation: Operation, row: Any) -> Blocker | None:
    return explain(row, operation)
