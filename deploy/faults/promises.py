"""What was promised, held against what was found."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from deploy.faults.evidence import Evidence, Heard, Recorded
from deploy.faults.lives import Life
from deploy.faults.shop import IN_STOCK

_DONE = "succeeded"


@dataclass(frozen=True)
class Promise:
    """`due` of them there should be, `found` were; each line of `broken` says where it isn't kept. `note` is what else
    was seen.
    """

    name: str
    due: int
    found: int
    broken: list[str] = field(default_factory=list)
    note: str = ""


def promises(found: Evidence, copies_allowed: int) -> list[Promise]:
    """`copies_allowed` is how many e-mails may have come twice, because whoever sent them was killed just then."""
    return [
        _done_in_time(found),
        _orders_once(found),
        _ends(found),
        _mails(found, copies_allowed),
        _shipments(found),
        *_charges(found),
        _stock(found),
        _ledgers(found),
        _log(found),
        *_webhooks(found),
        *(_read_by(f"events in the {name}", found.events, heard) for name, heard in sorted(found.sinks.items())),
    ]


def _done_in_time(found: Evidence) -> Promise:
    broken = [f"{count} {what}" for what, count in found.open.items()]
    return Promise("left to do at the end", 0, sum(found.open.values()), broken)


def _orders_once(found: Evidence) -> Promise:
    """Nothing else has a reference of ours, and each acknowledged order has the id that was told."""
    kept = Counter((order.ref, order.pk) for order in found.orders)
    due = Counter((life.ref, life.pk) for life in found.lives if life.pk)
    return _same("orders acknowledged, and there once", due, kept)


def _ends(found: Evidence) -> Promise:
    statuses = Counter((order.ref, order.status) for order in found.orders)
    due = Counter((life.ref, life.kind.status) for life in found.lives)
    promise = _same("orders that went all their way", due, statuses)
    promise.broken.extend(f"{life.ref}: {life.trouble}" for life in found.lives if life.trouble)
    return promise


def _mails(found: Evidence, copies_allowed: int) -> Promise:
    """One Message-ID for each, however often it came. Of an uncertain one, none may have come."""
    due = Counter((life.email, what) for life in found.lives for what in life.kind.mails)
    first = {mail.message_id: mail for mail in reversed(found.mails)}
    sent = Counter((mail.to, mail.subject.split(" ", 2)[2]) for mail in first.values())
    missing, uncertain = (due - sent).total(), len(found.uncertain - first.keys())
    copies = len(found.mails) - len(first)
    broken = [f"{count} too many: {what}" for what, count in (sent - due).items()]
    if missing > uncertain:
        broken += [f"{count} missing: {what}" for what, count in (due - sent).items()]
    if copies > copies_allowed:
        broken.append(f"{copies} copies, of which {copies_allowed} are allowed")
    note = f"{len(found.uncertain)} uncertain; {copies} copies under the same Message-ID, {copies_allowed} allowed"
    return Promise("e-mails, one of each", due.total(), sent.total(), broken, note)


def _shipments(found: Evidence) -> Promise:
    due = Counter({life.ref: 1 for life in found.lives if life.kind.is_sent})
    return _same("shipments opened once", due, Counter({order.ref: order.shipments for order in found.orders}))


def _charges(found: Evidence) -> Iterator[Promise]:
    """By what the gateway says it did, of the whole total each time."""
    for kind, what in (("authorise", "set aside"), ("capture", "captured"), ("void", "let go")):
        done = Counter((each.order, each.amount) for each in found.asked if (each.kind, each.outcome) == (kind, _DONE))
        due = Counter({(life.pk, life.total): life.kind.asked.get(kind, 0) for life in found.lives})
        yield _same(f"cards {what} once", +due, done)


def _stock(found: Evidence) -> Promise:
    sent = _units(life for life in found.lives if life.kind.is_sent)
    kept = _units(life for life in found.lives if life.kind.keeps_stock)
    broken = []
    if found.stock != (IN_STOCK - sent, kept):
        broken = [f"on hand and reserved are {found.stock}, and should be {(IN_STOCK - sent, kept)}"]
    return Promise("units sent or reserved", sent + kept, IN_STOCK - found.stock[0] + found.stock[1], broken)


def _units(lives: Iterable[Life]) -> int:
    return sum(life.quantity for life in lives)


def _ledgers(found: Evidence) -> Promise:
    broken = [] if found.verified_well else [found.verified]
    return Promise(
        "ledgers that add up", len(found.lives), len(found.orders), broken, found.verified.partition("\n")[0]
    )


def _log(found: Evidence) -> Promise:
    """Each event at one position, without gaps; each subject's versions are 1, 2, 3 …, in that order."""
    broken = [f"event {each.pk} has no position" for each in found.events if each.position is None]
    positions = [each.position for each in found.events if each.position is not None]
    if positions != list(range(1, len(positions) + 1)):
        broken.append("the positions have a gap, or one is there twice")
    versions: defaultdict[str, list[int]] = defaultdict(list)
    for event in found.events:
        versions[event.subject].append(event.version)
    broken += [
        f"{subject} has the versions {of_it}"
        for subject, of_it in versions.items()
        if of_it != list(range(1, len(of_it) + 1))
    ]
    return Promise("events in the log, without gaps", len(found.events), len(positions), broken)


def _webhooks(found: Evidence) -> Iterator[Promise]:
    heard = [event for event in found.events if event.is_heard]
    names = [f"webhooks of receiver {number}" for number in range(1, len(found.receivers))]
    for name, requests in zip([*names, "webhooks of the one that failed"], found.receivers, strict=True):
        yield _read_by(name, heard, requests)


def _read_by(name: str, events: Sequence[Recorded], heard: Sequence[Heard]) -> Promise:
    """Each at least once under its own id, verified, and those of a subject in their order as they first came."""
    due = {event.pk: (event.subject, event.version) for event in events}
    taken = [each for each in heard if each.is_taken]
    had = {each.pk for each in taken}
    broken = [f"{event} is missing" for event in due.keys() - had]
    broken += [f"{each.pk} is another event" for each in heard if due.get(each.pk) != (each.subject, each.version)]
    broken += [f"{each.pk} is not verified" for each in heard if not each.is_verified]
    broken += list(_out_of_order(heard))
    failed = len(heard) - len(taken)
    note = f"{len(taken) - len(had)} came again" + (f", {failed} were refused" if failed else "")
    return Promise(name, len(due), len(had & due.keys()), broken, note)


def _out_of_order(heard: Sequence[Heard]) -> Iterator[str]:
    newest: dict[str, int] = {}
    seen: set[str] = set()
    for each in heard:
        if each.pk in seen:
            continue
        seen.add(each.pk)
        if each.version < newest.get(each.subject, 0):
            yield f"{each.pk}, version {each.version} of {each.subject}, came after version {newest[each.subject]}"
        newest[each.subject] = max(each.version, newest.get(each.subject, 0))


def _same(name: str, due: Counter[Any], found: Counter[Any]) -> Promise:
    broken = [f"{count} missing: {what}" for what, count in (due - found).items()]
    broken += [f"{count} too many: {what}" for what, count in (found - due).items()]
    return Promise(name, due.total(), found.total(), broken)
