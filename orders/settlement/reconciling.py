"""What a gateway did on a day against what we asked of it: read outside of any transaction, with a deadline, as often
as it takes.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import TypeVar

import structlog
from django.db.models import Max, QuerySet
from django.utils import timezone

from books.queries import end_of
from core.actors import Actor
from core.locks import session_lock
from core.transactions import refuse_within_unit
from orders.payments.gateways import ReportedCall, Reporting, gateway_named, gateway_names
from orders.payments.models import PaymentAttempt
from orders.payments.statuses import AttemptState
from orders.settlement.actions import record_differences
from orders.settlement.comparing import Found, compared
from orders.settlement.errors import NoReport, ReportUnfinished
from orders.settlement.models import PaymentDifference
from orders.settlement.paging import SECONDS, pages
from orders.settlement.statuses import Resolution

SKEW = dt.timedelta(hours=1)
"""So far may the gateway's clock be from ours, and so long on its way what we ask."""
BATCH = 500

log = structlog.get_logger("payments")

T = TypeVar("T")


@dataclass(frozen=True)
class Reconciled:
    """How many calls the gateway told, how many of our attempts it told nothing of, and what of the differences is
    new, and open still.
    """

    calls: int
    missing: int
    new: int
    open: int


def _tell_nobody(_calls: int) -> None:
    """For who doesn't watch."""


def reconcile(
    name: str,
    day: dt.date,
    *,
    actor: Actor,
    seconds: float = SECONDS,
    told: Callable[[int], None] = _tell_nobody,
) -> Reconciled:
    """Record each difference of a day, by the server's time zone; nothing else is changed, and none is recorded twice.

    `told` hears how many calls were compared so far. Raises KeyError for a gateway that there isn't, NoReport for one
    that doesn't tell, ReportUnfinished when it doesn't tell all in time or another run is at it.
    """
    refuse_within_unit()
    gateway = gateway_named(name)
    if not isinstance(gateway, Reporting):
        raise NoReport(name)
    with session_lock(f"orders.reconcile:{name}") as held:
        if not held:
            raise ReportUnfinished(name, "another run is asking it.")
        return _Run(name, gateway, day, actor).through(seconds, told)


class _Run:
    def __init__(self, name: str, gateway: Reporting, day: dt.date, actor: Actor) -> None:
        self._name, self._gateway, self._actor = name, gateway, actor
        self._since, self._until = end_of(day - dt.timedelta(days=1)), end_of(day)
        self._began = timezone.now()
        self._seen: set[str] = set()
        self._found: list[tuple[str, str]] = []
        self._new = 0

    def through(self, seconds: float, told: Callable[[int], None]) -> Reconciled:
        for calls in self._pages(seconds):
            self._compare(calls)
            told(len(self._seen))
        missing = self._missing()
        return Reconciled(len(self._seen), missing, self._new, self._still_open())

    def _pages(self, seconds: float) -> Iterator[Sequence[ReportedCall]]:
        """All that came to it on the day and near it; and until it was settled, what we asked on the day."""
        settled = self._asked().aggregate(last=Max("settled_at"))["last"] or self._until
        ask = partial(self._gateway.list_calls, self._since - SKEW, max(settled, self._until) + SKEW)
        return (page.calls for page in pages(self._name, ask, seconds))

    def _asked(self) -> QuerySet[PaymentAttempt]:
        return PaymentAttempt.objects.filter(
            payment__gateway=self._name, created_at__gte=self._since, created_at__lt=self._until
        )

    def _compare(self, calls: Sequence[ReportedCall]) -> None:
        self._seen |= {call.key for call in calls}
        attempts = self._attempts(calls)
        found = [compared(attempts.get(call.key), call) for call in calls if self._counts(call, attempts)]
        self._record([each for each in found if each])

    def _attempts(self, calls: Sequence[ReportedCall]) -> dict[str, PaymentAttempt]:
        keys = [key for key in map(_id_of, (call.key for call in calls)) if key]
        found = PaymentAttempt.objects.filter(pk__in=keys, payment__gateway=self._name)
        return {str(each.pk): each for each in found.select_related("payment__order")}

    def _counts(self, call: ReportedCall, attempts: dict[str, PaymentAttempt]) -> bool:
        """What isn't known here is of the day on which it came there; what was settled since the gateway was asked may
        have been otherwise then.
        """
        attempt = attempts.get(call.key)
        if attempt is None:
            return self._since <= call.at < self._until
        return attempt.settled_at is not None and attempt.settled_at < self._began

    def _missing(self) -> int:
        """Only once the gateway has told all can it be said what it didn't tell of."""
        done = self._asked().filter(status=AttemptState.SUCCEEDED, settled_at__lt=self._began)
        missing = 0
        for batch in _batches(done.select_related("payment__order").order_by("pk").iterator(BATCH)):
            found = [compared(each, None) for each in batch if str(each.pk) not in self._seen]
            missing += len(found)
            self._record([each for each in found if each])
        return missing

    def _record(self, found: Sequence[Found]) -> None:
        if found:
            self._new += record_differences(self._name, found, actor=self._actor)
            self._found += [(each.key, each.kind.value) for each in found]

    def _still_open(self) -> int:
        rows = PaymentDifference.objects.filter(gateway=self._name, resolution=Resolution.OPEN)
        open_now = set(rows.filter(key__in=[key for key, _ in self._found]).values_list("key", "kind"))
        return len(open_now & set(self._found))


def _id_of(key: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(key)
    except ValueError:
        return None


def _batches(rows: Iterator[T]) -> Iterator[list[T]]:
    while batch := list(islice(rows, BATCH)):
        yield batch


def reconcile_all(days: Sequence[dt.date], *, actor: Actor) -> int:
    """Those gateways of the settings that tell what they did; returns how many differences are new. One that doesn't
    answer holds up no other: each has an equal share of the time.
    """
    new, names = 0, gateway_names()
    for name in names:
        for day in days:
            try:
                new += reconcile(name, day, actor=actor, seconds=SECONDS / len(names) / len(days)).new
            except NoReport:
                break
            except ReportUnfinished as error:
                log.warning("a gateway was not reconciled", gateway=name, day=day.isoformat(), error=error.detail)
    return new
