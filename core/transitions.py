"""Status transitions that explain themselves: django-fsm does the move, this says why it is or isn't possible now."""

from __future__ import annotations

import functools
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import django_fsm
from django.db import models
from django_fsm import FSMField

from core.errors import DomainError

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True)
class Blocker:
    """Why a transition is refused, with the actual values, and what would unblock it."""

    reason: str
    unblock: str


Check = Callable[[Any], Blocker | None]
"""Asks one row whether a transition may happen; None means that nothing stands in the way."""


@dataclass(frozen=True)
class TransitionReport:
    """One transition as it stands now. `sources` are the statuses it starts from."""

    name: str
    label: str
    sources: tuple[str, ...]
    target: str
    allowed: bool
    reason: str = ""
    unblock: str = ""


@dataclass(frozen=True)
class Declared:
    """A transition as its model declares it."""

    label: str
    sources: tuple[str, ...]
    target: str
    checks: tuple[Check, ...]


class TransitionRefused(DomainError):
    """The object cannot make this move now."""

    code = "transition_refused"
    title = "Transition refused"

    def __init__(self, report: TransitionReport, *, state: str) -> None:
        super().__init__(report.reason, unblock=report.unblock, state=state, transition=report.name)


def transition(
    field: FSMField, *, source: str | Sequence[str], target: str, label: str, checks: Sequence[Check] = ()
) -> Callable[[F], F]:
    """A django-fsm transition method whose refusal is a TransitionRefused with the same words as its report."""
    sources = [source] if isinstance(source, str) else list(source)

    def decorate(method: F) -> F:
        move = django_fsm.transition(
            field=field, source=sources, target=target, custom={"label": label, "checks": tuple(checks)}
        )(method)

        @functools.wraps(move)
        def guarded(self: models.Model, *args: Any, **kwargs: Any) -> Any:
            report = explain(self, method.__name__)
            if not report.allowed:
                raise TransitionRefused(report, state=current_state(self))
            return move(self, *args, **kwargs)

        return guarded  # type: ignore[return-value]

    return decorate


def report(instance: models.Model) -> list[TransitionReport]:
    """Every transition of the instance's status, in the order its model declares them."""
    return [_report(instance, name, declared) for name, declared in _declared(type(instance)).items()]


def explain(instance: models.Model, name: str) -> TransitionReport:
    """One transition as it stands now. Raises KeyError for a name the model doesn't have."""
    return _report(instance, name, _declared(type(instance))[name])


def declared(model: type[models.Model]) -> dict[str, Declared]:
    """Every transition of the model by name, in the order it declares them: what the documentation is made from."""
    return _declared(model)


def edges(model: type[models.Model]) -> set[tuple[str, str]]:
    """Every (from, to) pair that the model's transitions allow."""
    return {(source, d.target) for d in _declared(model).values() for source in d.sources}


@functools.cache
def _declared(model: type[models.Model]) -> dict[str, Declared]:
    field = model._meta.get_field("status")
    found: dict[str, Declared] = {}
    for name in _methods_in_order(model):
        moves = [t for t in field.get_all_transitions(model) if t.name == name]  # type: ignore[union-attr]
        found[name] = Declared(
            moves[0].custom["label"], tuple(t.source for t in moves), moves[0].target, moves[0].custom["checks"]
        )
    return found


def _methods_in_order(model: type[models.Model]) -> Iterator[str]:
    for base in reversed(model.__mro__):
        yield from (name for name, value in vars(base).items() if hasattr(value, "_django_fsm"))


def current_state(instance: models.Model) -> str:
    return str(instance.status)  # type: ignore[attr-defined]


def _report(instance: models.Model, name: str, declared: Declared) -> TransitionReport:
    blocker = _blocker(instance, declared)
    return TransitionReport(
        name=name,
        label=declared.label,
        sources=declared.sources,
        target=declared.target,
        allowed=blocker is None,
        reason=blocker.reason if blocker else "",
        unblock=blocker.unblock if blocker else "",
    )


def _blocker(instance: models.Model, declared: Declared) -> Blocker | None:
    state = current_state(instance)
    if state not in declared.sources:
        noun = instance._meta.verbose_name
        return Blocker(
            f"The {noun} is {_words(state)}; {declared.label.lower()} needs it to be {_either(declared.sources)}.",
            way_to(type(instance), state, declared.sources),
        )
    return next(filter(None, (check(instance) for check in declared.checks)), None)


def way_to(model: type[models.Model], state: str, goals: Sequence[str]) -> str:
    """The shortest chain of transitions from a status to one of others, in words: "First: reopen, then release."."""
    queue: deque[tuple[str, list[str]]] = deque([(state, [])])
    seen = {state}
    while queue:
        here, path = queue.popleft()
        if here in goals:
            return f"First: {', then '.join(path)}."
        for declared in _declared(model).values():
            if here in declared.sources and declared.target not in seen:
                seen.add(declared.target)
                queue.append((declared.target, [*path, declared.label.lower()]))
    return "Nothing: no transition leads back there."


def _words(state: str) -> str:
    return state.replace("_", " ")


def _either(states: Sequence[str]) -> str:
    words = [_words(state) for state in states]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"
