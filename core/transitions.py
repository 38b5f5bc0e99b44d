"""Status machines as their models declare them, and the words for why a row is in the wrong status for a move.

core/operations.py guards the moves and explains them.
"""

from __future__ import annotations

import functools
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import models


@dataclass(frozen=True)
class Blocker:
    """Why something is refused, with the actual values, and what would unblock it.

    `unblock` starts with "Nothing" where nothing would. `unblock_by` names the operations that it advises, any one of
    which leads on: of the same row ("lift_hold"), or of rows that belong to it ("shipment.dispatch"). `done` means that
    what was asked for is so already.
    """

    reason: str
    unblock: str
    unblock_by: tuple[str, ...] = ()
    done: bool = False


Check = Callable[[Any], Blocker | None]
"""Asks one row whether something may be done to it; None means that nothing stands in the way."""


def already(reason: str) -> Blocker:
    """What was asked for is so already."""
    return Blocker(reason, "Nothing to do.", done=True)


@dataclass(frozen=True)
class Declared:
    """A transition as its model declares it.

    `marks` is the column that keeps the time of the move. One that isn't `advised` is never a step on the way to
    something else: it gives up what the row was for.
    """

    name: str
    label: str
    sources: tuple[str, ...]
    target: str
    checks: tuple[Check, ...] = ()
    marks: str = ""
    advised: bool = True


@functools.cache
def declared(model: type[models.Model]) -> dict[str, Declared]:
    """Every transition of the model by name, in the order in which it declares them."""
    methods = (vars(base).items() for base in reversed(model.__mro__))
    return {name: value.declared for each in methods for name, value in each if hasattr(value, "declared")}


def edges(model: type[models.Model]) -> set[tuple[str, str]]:
    """Every (from, to) pair that the model's transitions allow."""
    return {(source, move.target) for move in declared(model).values() for source in move.sources}


def wrong_status(row: models.Model, move: Declared) -> Blocker | None:
    """Why the row's status is none that the move starts from; None when it is one."""
    state = current_state(row)
    if state in move.sources:
        return None
    return _made_already(row, move) or _blocker(row, move, state)


def _made_already(row: models.Model, move: Declared) -> Blocker | None:
    """Only while it stands: a cancelled order is placed no more."""
    noun, state = row._meta.verbose_name, current_state(row)
    at = getattr(row, move.marks) if move.marks else None
    if at is not None and (state == move.target or way_to(type(row), move.target, [state])):
        return already(f"The {noun} was {move.marks.removesuffix('_at')} already ({at:%Y-%m-%d %H:%M} UTC).")
    if state == move.target:
        return already(f"The {noun} is {words(move.target)} already.")
    return None


def _blocker(row: models.Model, move: Declared, state: str) -> Blocker:
    noun = row._meta.verbose_name
    reason = f"The {noun} is {words(state)}; {move.label.lower()} needs it to be {either(move.sources)}."
    steps = way_to(type(row), state, [*move.sources, move.target])
    if not steps:
        return Blocker(reason, "Nothing: no transition leads back there.")
    return Blocker(reason, f"First: {', then '.join(step.label.lower() for step in steps)}.", (steps[0].name,))


def way_to(model: type[models.Model], state: str, goals: Sequence[str]) -> list[Declared]:
    """The shortest chain of advised transitions from a status to one of others; empty when there is none."""
    queue: deque[tuple[str, list[Declared]]] = deque([(state, [])])
    seen = {state}
    while queue:
        here, path = queue.popleft()
        if here in goals:
            return path
        for move in _onward(model, here):
            if move.target not in seen:
                seen.add(move.target)
                queue.append((move.target, [*path, move]))
    return []


def _onward(model: type[models.Model], state: str) -> Iterator[Declared]:
    return (move for move in declared(model).values() if move.advised and state in move.sources)


def current_state(row: models.Model) -> str:
    return str(row.status)  # type: ignore[attr-defined]


def words(state: str) -> str:
    """in_transit → "in transit"."""
    return state.replace("_", " ")


def either(states: Sequence[str], joint: str = "or") -> str:
    """ "draft, placed or processing"."""
    said = [words(state) for state in states]
    return said[0] if len(said) == 1 else f"{', '.join(said[:-1])} {joint} {said[-1]}"
