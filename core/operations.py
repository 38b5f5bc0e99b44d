"""Operations: what can be done to a row, each declared once.

Its action enforces the declaration; the API's `operations/` routes, the console's buttons and docs/transitions.md tell
of it in the same words. Each room declares its own in `operations.py`, which is loaded as the apps start.
"""

from __future__ import annotations

import functools
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import django_fsm
from django.apps import apps
from django.db import models
from django.urls import reverse
from django_fsm import FSMField

from core.authority import Authority
from core.errors import DomainError
from core.transitions import Blocker, Check, Declared, current_state, declared, either, wrong_status

F = TypeVar("F", bound=Callable[..., Any])

_AS_DONE = "Nothing to do: it stays as it was done."


@dataclass(frozen=True)
class Route:
    """Where the API does it.

    `further` are parameters of the path beside the row's own: which hold, which payment. `keyed`: whether the path
    names the row; if not, the body does.
    """

    method: str
    name: str
    further: tuple[str, ...] = ()
    keyed: bool = True

    @classmethod
    def on_list(cls, method: str, name: str) -> Route:
        """A route whose body names the row."""
        return cls(method, name, keyed=False)

    def address(self, key: object) -> str:
        """ "POST /api/v1/orders/0197…/holds/{hold_id}/lift/"."""
        placeholders = {name: uuid.UUID(int=number) for number, name in enumerate(self.further)}
        path = reverse(self.name, args=[*([key] if self.keyed else []), *placeholders.values()])
        for name, value in placeholders.items():
            path = path.replace(str(value), f"{{{name}}}")
        return f"{self.method} {path}"

    def template(self) -> str:
        """ "POST /api/v1/orders/{id}/holds/{hold_id}/lift/"."""
        nobody = uuid.UUID(int=len(self.further))
        return self.address(nobody).replace(str(nobody), "{id}")


@dataclass(frozen=True, eq=False)
class Operation:
    """One thing that can be done to a row.

    `name` is public: the API and the console's addresses use it. `checks` must let it pass, after those of the
    `transition` that it makes. `foreseen` tell beforehand what the action's own steps refuse, such as stock that is
    short; the action doesn't ask them. `by_itself` says what does it where nobody can by hand, and `unrouted` why the
    API has no route for it.
    """

    name: str
    label: str
    authority: Authority | None = None
    checks: tuple[Check, ...] = ()
    foreseen: tuple[Check, ...] = ()
    transition: Declared | None = None
    route: Route | None = None
    by_itself: str = ""
    unrouted: str = ""

    @property
    def scope(self) -> str | None:
        """The API scope that it needs."""
        return self.authority.scope if self.authority else None

    @property
    def conditions(self) -> tuple[Check, ...]:
        """All that it needs beside the status."""
        return (*(self.transition.checks if self.transition else ()), *self.checks, *self.foreseen)


@dataclass(frozen=True)
class OperationReport:
    """An operation as it stands for one row now."""

    operation: Operation
    blocker: Blocker | None

    @property
    def allowed(self) -> bool:
        return self.blocker is None


class OperationRefused(DomainError):
    """It can't be done to the row now."""

    code = "operation_refused"
    title = "Operation refused"

    def __init__(self, row: models.Model, operation: Operation, blocker: Blocker) -> None:
        state: dict[str, Any] = {"state": current_state(row)} if hasattr(row, "status") else {}
        super().__init__(
            blocker.reason,
            unblock=blocker.unblock,
            unblock_by=list(blocker.unblock_by),
            operation=operation.name,
            done=blocker.done,
            **state,
        )


# What there is


_operations: dict[type[models.Model], dict[str, Operation]] = {}
_actions: dict[Operation, Callable[..., Any]] = {}
A = TypeVar("A", bound=Callable[..., Any])


def declare_operations(label: str | type[models.Model], *operations: Operation) -> tuple[Operation, ...]:
    """Add what can be done to rows of the model, in the order in which it is shown.

    Another room's model is named by its label: "orders.order".
    """
    model = apps.get_model(label) if isinstance(label, str) else label
    for operation in operations:
        if operation.name in _operations.setdefault(model, {}):
            raise ValueError(f"{model.__name__} has the operation {operation.name} twice")
        _operations[model][operation.name] = operation
    return operations


def operations(model: type[models.Model]) -> tuple[Operation, ...]:
    return tuple(_operations.get(model, {}).values())


def models_with_operations() -> list[type[models.Model]]:
    return list(_operations)


def find_operation(model: type[models.Model], name: str) -> Operation:
    """A transition that no operation was declared for stands for itself. Raises KeyError for a name that is neither."""
    found = _operations.get(model, {}).get(name)
    if found is not None:
        return found
    move = declared(model)[name]
    return Operation(name, move.label, transition=move)


def makes(transition: Callable[..., Any], **declaration: Any) -> Operation:
    """The operation of a transition method, under its name and label: makes(Order.release, authority=…, route=…)."""
    move: Declared = transition.declared  # type: ignore[attr-defined]
    return Operation(move.name, move.label, transition=move, **declaration)


def performs(operation: Operation) -> Callable[[A], A]:
    """Marks the action that does it, so that the API and the console find it."""

    def mark(action: A) -> A:
        _actions[operation] = action
        return action

    return mark


def action_of(operation: Operation) -> Callable[..., Any]:
    """The action that does it, called with the row's key, its arguments, actor and expected_version."""
    return _actions[operation]


def refuse_by_hand(row: models.Model, operation: Operation) -> None:
    """Raises OperationRefused for what happens by itself."""
    if operation.by_itself:
        raise OperationRefused(row, operation, Blocker("It is not done by hand.", operation.by_itself))


# Whether it can be done now


def operations_of(row: models.Model) -> list[OperationReport]:
    """Every operation of the row as it stands now."""
    return [OperationReport(each, explain(row, each)) for each in operations(type(row))]


def explain(row: models.Model, operation: Operation) -> Blocker | None:
    """Why it can't be done now, and advice that works; None when it can."""
    return _explained(row, operation, frozenset())


def possible(row: models.Model, operation: Operation) -> bool:
    """Whether nothing refuses it, whoever does it: a person or what happens by itself."""
    return _first(row, operation.transition, _enforced(operation)) is None


def require(row: models.Model, operation: Operation) -> None:
    """What an action asks, under the row's lock. Raises OperationRefused in the words of explain()."""
    blocker = _first(row, operation.transition, _enforced(operation))
    if blocker is not None:
        raise OperationRefused(row, operation, _followed(row, blocker, frozenset({operation.name})))


def done_already(row: models.Model, operation: Operation, **same: bool) -> bool:
    """Whether a repeat has nothing left to do: what the operation is for is so already, and the repeat says the same.

    Its action then answers with the row as it is. `same` tells of each argument whether what was done then says that
    too. Raises OperationRefused where one differs.
    """
    blocker = _first(row, operation.transition, _enforced(operation))
    if blocker is None or not blocker.done:
        return False
    other = [name.replace("_", " ") for name, is_same in same.items() if not is_same]
    if other:
        reason = f"{blocker.reason} It was done with another {either(other, 'and')}."
        raise OperationRefused(row, operation, replace(blocker, reason=reason, unblock=_AS_DONE))
    return True


def _enforced(operation: Operation) -> Sequence[Check]:
    return operation.conditions[: len(operation.conditions) - len(operation.foreseen)]


def _first(row: models.Model, move: Declared | None, checks: Sequence[Check]) -> Blocker | None:
    """The first thing that stands in the way."""
    found = wrong_status(row, move) if move is not None else None
    return found or next(filter(None, (check(row) for check in checks)), None)


def _explained(row: models.Model, operation: Operation, asked: frozenset[str]) -> Blocker | None:
    blocker = _first(row, operation.transition, operation.conditions)
    if blocker is None:
        return Blocker("It is not done by hand.", operation.by_itself) if operation.by_itself else None
    return _followed(row, blocker, asked | {operation.name})


def followed(row: models.Model, blocker: Blocker) -> Blocker:
    """The same with advice that can be taken now, for what is refused on behalf of rows above."""
    return _followed(row, blocker, frozenset())


def _followed(row: models.Model, blocker: Blocker, asked: frozenset[str]) -> Blocker:
    """An advised operation that is refused itself gives way to its own advice."""
    own = [name for name in blocker.unblock_by if "." not in name and name not in asked]
    refusals = {name: _explained(row, find_operation(type(row), name), asked) for name in own}
    refused = [refusal for refusal in refusals.values() if refusal is not None]
    if len(refused) < len(refusals) or not refused:
        return replace(blocker, unblock_by=tuple(n for n in blocker.unblock_by if refusals.get(n) is None))
    return _advised_by(blocker, refused[0])


def _advised_by(blocker: Blocker, refusal: Blocker) -> Blocker:
    if refusal.unblock.startswith("Nothing"):
        return replace(blocker, unblock=refusal.unblock, unblock_by=())
    words = f"{blocker.unblock} That is refused now: {refusal.reason} {refusal.unblock}"
    return replace(blocker, unblock=words, unblock_by=refusal.unblock_by)


# Transitions


def transition(
    field: FSMField,
    *,
    source: str | Sequence[str],
    target: str,
    label: str,
    checks: Sequence[Check] = (),
    marks: str = "",
    advised: bool = True,
) -> Callable[[F], F]:
    """A django-fsm transition method that raises OperationRefused where its operation can't be done.

    `marks` and `advised` are told at Declared.
    """
    sources = [source] if isinstance(source, str) else list(source)

    def decorate(method: F) -> F:
        move = django_fsm.transition(field=field, source=sources, target=target)(method)

        @functools.wraps(move)
        def guarded(self: models.Model, *args: Any, **kwargs: Any) -> Any:
            require(self, find_operation(type(self), method.__name__))
            return move(self, *args, **kwargs)

        guarded.declared = Declared(  # type: ignore[attr-defined]
            method.__name__, label, tuple(map(str, sources)), str(target), tuple(checks), marks, advised
        )
        return guarded  # type: ignore[return-value]

    return decorate
