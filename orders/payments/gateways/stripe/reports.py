"""What Stripe tells of a period, a page at a time, as it is now: of intents and refunds made in it, of captures by what
they brought in it, of voids by the day in their metadata.

A capture is not looked for among the intents of the period: its intent may be days older. Nor among Stripe's events:
they are kept for 30 days, tell how it was then, and a change of metadata makes none.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any

import stripe

from orders.payments.gateways.interface import PayoutPage, ReportedCall, ReportedPayout, ReportPage
from orders.payments.gateways.stripe import reported
from orders.payments.gateways.stripe.amounts import from_stripe
from orders.payments.gateways.stripe.answers import VOID_ON, Object

PAGE = 50
"""Objects of a page: with what is expanded in them they are far from the longest answer."""

Page = tuple[list[ReportedCall], str]
"""Calls, and after what the next page begins; empty: there is none."""


class Reports:
    def __init__(self, client: stripe.StripeClient) -> None:
        self._intents, self._refunds = client.v1.payment_intents, client.v1.refunds
        self._transactions, self._payouts = client.v1.balance_transactions, client.v1.payouts

    def calls(self, since: dt.datetime, until: dt.datetime, cursor: str) -> ReportPage:
        """`cursor` names the list, and after what of it the page begins."""
        lists = self._lists(since, until)
        name, _, after = cursor.partition(" ")
        names = list(lists)
        name = name or names[0]
        calls, further = lists[name](after)
        if further:
            return ReportPage(calls, f"{name} {further}")
        rest = names[names.index(name) + 1 :]
        return ReportPage(calls, rest[0] if rest else "")

    def _lists(self, since: dt.datetime, until: dt.datetime) -> dict[str, Callable[[str], Page]]:
        created = {"gte": int(since.timestamp()), "lt": int(until.timestamp())}
        return {
            "intents": partial(self._authorisations, created),
            "captures": partial(self._captures, created),
            "refunds": partial(self._refunded, created),
            **{day.isoformat(): partial(self._voids, day) for day in _days(since, until)},
        }

    def _authorisations(self, created: dict[str, int], after: str) -> Page:
        found = self._intents.list(_asked(after, created=created, expand=["data.latest_charge"]))
        return _page(found, reported.authorisation)

    def _captures(self, created: dict[str, int], after: str) -> Page:
        expand = ["data.source.payment_intent"]
        found = self._transactions.list(_asked(after, created=created, type="charge", expand=expand))
        return _page(found, reported.capture)

    def _refunded(self, created: dict[str, int], after: str) -> Page:
        expand = ["data.payment_intent", "data.balance_transaction"]
        found = self._refunds.list(_asked(after, created=created, expand=expand))
        return _page(found, reported.refund)

    def _voids(self, day: dt.date, page: str) -> Page:
        asked: Any = {"query": f"metadata['{VOID_ON}']:'{day}'", "limit": PAGE, **({"page": page} if page else {})}
        found = self._intents.search(asked)
        return _told(_plain(found.data), reported.void), (found.next_page or "") if found.has_more else ""

    def payouts(self, since: dt.date, until: dt.date, cursor: str) -> PayoutPage:
        """A part of one payout. `cursor` is the payout before it, or its own and its last transaction of before."""
        reference, _, after = cursor.partition(" ")
        payout = self._payouts.retrieve(reference).to_dict() if after else self._next(since, until, reference)
        if payout is None:
            return PayoutPage([])
        if payout["reconciliation_status"] == "in_progress":
            return PayoutPage([], payout["id"])
        if not payout["automatic"]:
            return PayoutPage([_part(payout, [])], payout["id"])
        expand = ["data.source.payment_intent"]
        found = self._transactions.list(_asked(after, payout=payout["id"], expand=expand))
        further = f"{payout['id']} {found.data[-1].id}" if found.has_more else payout["id"]
        return PayoutPage([_part(payout, _plain(found.data))], further)

    def _next(self, since: dt.date, until: dt.date, after: str) -> dict[str, Any] | None:
        arrived = {"gte": _midnight(since), "lt": _midnight(until)}
        asked: Any = {**_asked(after, status="paid", arrival_date=arrived), "limit": 1}
        return next((each.to_dict() for each in self._payouts.list(asked).data), None)


def _part(payout: dict[str, Any], transactions: Iterable[Object]) -> ReportedPayout:
    """Without the transaction that takes the payout itself off the balance."""
    calls = [reported.paid(each) for each in transactions if each["type"] != "payout"]
    currency = payout["currency"].upper()
    return ReportedPayout(
        payout["id"], reported.at(payout["arrival_date"]).date(), currency, sum(each.amount for each in calls),
        sum(each.fee for each in calls), from_stripe(payout["amount"], currency), calls,
    )  # fmt: skip


def _asked(after: str, **asked: Any) -> Any:
    """The parameters of a list; their type is the SDK's own for each."""
    return {**asked, "limit": PAGE, **({"starting_after": after} if after else {})}


def _page(found: Any, told: Callable[[Object], ReportedCall | None]) -> Page:
    return _told(_plain(found.data), told), found.data[-1].id if found.has_more else ""


def _told(things: Iterable[Object], told: Callable[[Object], ReportedCall | None]) -> list[ReportedCall]:
    return [call for call in map(told, things) if call is not None]


def _plain(things: Iterable[Any]) -> Iterator[Object]:
    return (each.to_dict() for each in things)


def _days(since: dt.datetime, until: dt.datetime) -> Iterator[dt.date]:
    """Those that have begun, by Stripe's UTC."""
    first, now = since.astimezone(dt.UTC).date(), dt.datetime.now(dt.UTC)
    last = min(until.astimezone(dt.UTC), now).date()
    return (first + dt.timedelta(days=ahead) for ahead in range((last - first).days + 1))


def _midnight(day: dt.date) -> int:
    return int(dt.datetime.combine(day, dt.time.min, dt.UTC).timestamp())
