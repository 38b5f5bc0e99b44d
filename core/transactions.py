"""Units of work: an action is the outermost, durable transaction of one use case; a step only ever runs within one."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, ParamSpec, TypeVar

from django.db import transaction

from core.errors import DomainError

P = ParamSpec("P")
R = TypeVar("R")
A = TypeVar("A")

ATTEMPTS = 5
"""How often a unit that has to start over is begun in all."""


class UnitOfWorkError(RuntimeError):
    """An action or step was called where it must not be: a mistake of the programmer, never of the caller."""


class StartOver(DomainError):
    """What a unit read before its locks is not so under them, and it may not take earlier locks now.

    The unit is rolled back, which frees its locks, and begun anew. Only when that happens every time is it the answer.
    """

    code = "busy"
    status = 503
    title = "Busy"

    def __init__(self) -> None:
        super().__init__("Others are changing the same rows at this moment.", unblock="Send the request again.")


class AskFirst(StartOver):
    """Somebody outside has to be asked, which is done while no unit of work is open: see answer_of.

    It is the answer only when each attempt came to another question.
    """

    def __init__(self, question: Hashable, ask: Callable[[], Any]) -> None:
        super().__init__()
        self.question = question
        self.ask = ask


_answers: ContextVar[dict[Hashable, Any]] = ContextVar("answers")


class Unit:
    """The open unit of work of this thread."""

    def __init__(self) -> None:
        self.action: str | None = None
        self.buffers: dict[type, Any] = {}
        self._finishers: list[Callable[[], None]] = []
        self._closers: list[Callable[[], None]] = []

    def at_end(self, finish: Callable[[], None]) -> None:
        """Call `finish` as the action ends, still inside the transaction."""
        self._finishers.append(finish)

    def at_close(self, close: Callable[[], None]) -> None:
        """Call `close` just before the commit, after what the unit's opener adds to the action."""
        self._closers.append(close)

    def finish(self) -> None:
        for finish in self._finishers:
            finish()
        self._finishers.clear()

    def close(self) -> None:
        for close in self._closers:
            close()


class _Current(threading.local):
    unit: Unit | None = None


_current = _Current()


def current_unit() -> Unit:
    """The unit in which an action is running. Raises UnitOfWorkError outside of one."""
    unit = _current.unit
    if unit is None or unit.action is None:
        raise UnitOfWorkError("this writes as part of an action; call it from one")
    return unit


def refuse_within_unit() -> None:
    """Whoever is reached over a network is asked before or after, so that no lock waits for the answer.

    Raises UnitOfWorkError within a unit of work.
    """
    if _current.unit is not None:
        raise UnitOfWorkError("this may ask somebody over the network; do it before the unit of work or after it")


@contextmanager
def unit_of_work() -> Iterator[Unit]:
    """Open the durable transaction that one action then joins, so that what the caller adds commits with it."""
    if _current.unit is not None:
        raise UnitOfWorkError("a unit of work is already open in this thread")
    with transaction.atomic(durable=True):
        unit = _current.unit = Unit()
        try:
            yield unit
            unit.close()
        finally:
            _current.unit = None


@contextmanager
def part() -> Iterator[None]:
    """Within a unit of work, a savepoint for one action more: what it raises undoes that action, its events included,
    and leaves the rest of the unit as it is.

    For work that comes in batches. Locks are the whole unit's: who has several parts takes them in an order that holds
    over all of them. Raises UnitOfWorkError outside of a unit.
    """
    whole = _current.unit
    if whole is None:
        raise UnitOfWorkError("a part is of a unit of work; open one")
    with transaction.atomic():
        unit = _current.unit = Unit()
        try:
            yield
            unit.close()
        finally:
            _current.unit = whole


def starting_over(run: Callable[[], R]) -> R:
    """Call `run`, which opens one unit of work or none, again for as long as it raises StartOver, and with the answer
    when it raises AskFirst; ATTEMPTS times at most.
    """
    asked = _answers.set({})
    try:
        for _ in range(ATTEMPTS - 1):
            try:
                return run()
            except AskFirst as needed:
                _answers.get()[needed.question] = needed.ask()
            except StartOver:
                continue
        return run()
    finally:
        _answers.reset(asked)


def answer_of(question: Hashable, ask: Callable[[], A]) -> A:
    """What somebody outside answers to `question`. Raises AskFirst when that wasn't asked yet: `ask` is called once the
    unit of work is rolled back, and the unit begun anew.
    """
    answers = _answers.get({})
    if question not in answers:
        raise AskFirst(question, ask)
    return answers[question]  # type: ignore[no-any-return]


def action(function: Callable[P, R]) -> Callable[P, R]:
    """One use case in one durable transaction, begun anew when it has to start over.

    Raises UnitOfWorkError when called from another action: share a step instead.
    """

    @functools.wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        if _current.unit is not None:
            return _join(_current.unit, *args, **kwargs)
        return starting_over(lambda: _alone(*args, **kwargs))

    def _alone(*args: P.args, **kwargs: P.kwargs) -> R:
        with unit_of_work() as unit:
            return _join(unit, *args, **kwargs)

    def _join(unit: Unit, *args: P.args, **kwargs: P.kwargs) -> R:
        if unit.action is not None:
            raise UnitOfWorkError(f"{function.__qualname__} is an action and cannot run within {unit.action}")
        unit.action = function.__qualname__
        result = function(*args, **kwargs)
        unit.finish()
        return result

    return run


def step(function: Callable[P, R]) -> Callable[P, R]:
    """A part that several actions share. Raises UnitOfWorkError outside an action."""

    @functools.wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        current_unit()
        return function(*args, **kwargs)

    return run
