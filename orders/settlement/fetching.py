"""Payouts as gateways tell of them: read outside of any transaction, with a deadline, as often as it takes."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import chain, groupby
from operator import attrgetter

import structlog

from core.actors import Actor
from core.api.identifiers import parse_id
from core.locks import session_lock
from core.money import EXPONENT_BY_CURRENCY, MAX_MINOR
from core.transactions import refuse_within_unit
from orders.payments.gateways import PayingOut, PayoutPage, ReportedPayout, gateway_named, gateway_names
from orders.settlement.actions import import_payouts
from orders.settlement.errors import NoPayouts, PayoutsRefused, ReportUnfinished
from orders.settlement.models import Payout
from orders.settlement.paging import SECONDS, pages
from orders.settlement.payouts import NewLine, NewPayout, settled_reference

FETCHED_DAYS = 7
"""Before today, that are asked about unless somebody says otherwise."""
LOGGED = 10
"""Problems of a payout that the log tells."""

log = structlog.get_logger("payments")


@dataclass
class Fetched:
    """Payouts that were brought in, how many were here already, and by reference why others were not brought in."""

    new: list[Payout] = field(default_factory=list)
    here: int = 0
    refused: dict[str, Sequence[str]] = field(default_factory=dict)


def fetch_payouts(name: str, since: dt.date, until: dt.date, *, actor: Actor, seconds: float = SECONDS) -> Fetched:
    """Bring in what the bank got from the day `since` to before the day `until`: each payout whole or not at all.

    Raises KeyError for a gateway that there isn't, NoPayouts for one that doesn't tell of its payouts,
    ReportUnfinished when it doesn't tell all in time or another run is at it; those that it told whole are here then.
    """
    refuse_within_unit()
    gateway = gateway_named(name)
    if not isinstance(gateway, PayingOut):
        raise NoPayouts(name)
    found = Fetched()
    with session_lock(f"orders.fetch_payouts:{name}") as held:
        if not held:
            raise ReportUnfinished(name, "another run is asking it.")
        for parts in _by_payout(pages(name, partial(gateway.list_payouts, since, until), seconds)):
            _bring_in(name, parts, found, actor)
    return found


def _by_payout(told: Iterable[PayoutPage]) -> Iterator[list[ReportedPayout]]:
    """The parts of each payout; of one that the gateway stops in the middle of, none."""
    parts = chain.from_iterable(page.payouts for page in told)
    return (list(of_it) for _, of_it in groupby(parts, key=attrgetter("reference")))


def _bring_in(name: str, parts: Sequence[ReportedPayout], found: Fetched, actor: Actor) -> None:
    """By an action of its own, so that one that is refused holds up no other."""
    try:
        new = import_payouts(name, [_read(name, parts)], actor=actor)
    except PayoutsRefused as refusal:
        found.refused[parts[0].reference] = refusal.problems
        return
    found.new += new
    found.here += not new


def _read(name: str, parts: Sequence[ReportedPayout]) -> NewPayout:
    """Raises PayoutsRefused for what can't be kept, and for calls that have no key of ours."""
    first, amounts = parts[0], _summed(parts)
    problems = list(_problems(parts, amounts))
    keys = {key: parse_id(key) for key in amounts}
    known: dict[str, uuid.UUID] = {key: found for key, found in keys.items() if found}
    place = f"payout {first.reference}"
    problems += [f"{place}: the gateway was never asked for the call {key}." for key in keys if key not in known]
    if problems:
        raise PayoutsRefused(problems)
    gross, fee = sum(part.gross for part in parts), sum(part.fee for part in parts)
    lines = [NewLine(known[key], amount, of_it, place) for key, (amount, of_it) in amounts.items()]
    return NewPayout(first.reference, first.paid_on, first.currency, gross, fee, first.net, lines, name)


def _summed(parts: Sequence[ReportedPayout]) -> dict[str, tuple[int, int]]:
    """Of each key the amount and the fee."""
    sums: dict[str, tuple[int, int]] = defaultdict(lambda: (0, 0))
    for call in chain.from_iterable(part.calls for part in parts):
        amount, fee = sums[call.key]
        sums[call.key] = amount + call.amount, fee + call.fee
    return sums


def _problems(parts: Sequence[ReportedPayout], amounts: dict[str, tuple[int, int]]) -> Iterator[str]:
    first = parts[0]
    place = f"payout {first.reference}"
    try:
        fits = settled_reference(first.reference) == first.reference
    except ValueError:
        fits = False
    if not fits:
        yield f"{place}: its reference can't be kept."
    if len({(part.paid_on, part.currency, part.net) for part in parts}) > 1:
        yield f"{place}: its parts tell different figures of the whole."
    if first.currency not in EXPONENT_BY_CURRENCY:
        yield f"{place}: {first.currency} is no currency of today, such as EUR."
    if not amounts:
        yield f"{place}: the gateway doesn't tell which calls it is of."
    yield from (f"{place}: the call {key} comes to nothing." for key, (amount, _) in amounts.items() if not amount)
    totals = [(part.gross, part.fee, part.net) for part in parts]
    if any(abs(each) > MAX_MINOR for each in chain.from_iterable([*amounts.values(), *totals])):
        yield f"{place}: an amount is too large."


def fetch_all(since: dt.date, until: dt.date, *, actor: Actor) -> int:
    """Those gateways of the settings that tell what they paid out; returns how many payouts are new. One that doesn't
    answer holds up no other: each has an equal share of the time.
    """
    new, names = 0, gateway_names()
    for name in names:
        try:
            found = fetch_payouts(name, since, until, actor=actor, seconds=SECONDS / len(names))
        except NoPayouts:
            continue
        except ReportUnfinished as error:
            log.warning("payouts were not fetched", gateway=name, error=error.detail)
            continue
        new += len(found.new)
        for reference, problems in found.refused.items():
            log.warning(
                "a payout was not brought in", gateway=name, payout=reference, problems=len(problems),
                first=list(problems[:LOGGED]),
            )  # fmt: skip
    return new
