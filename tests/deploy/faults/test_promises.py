"""What `./run faults` counts: a run in which all was kept, and one error of each kind, each of which is found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from deploy.faults.evidence import Asked, Evidence, Heard, Mail, Order, Recorded
from deploy.faults.lives import KINDS, Life
from deploy.faults.promises import promises
from deploy.faults.shop import IN_STOCK

COPIES = 1


def good() -> Evidence:
    """One order of each kind, with two events each, told to two receivers and two sinks."""
    lives = [Life(number, kind, 2, "tok_ok", f"order-{number}", 100 * number) for number, kind in enumerate(KINDS, 1)]
    events = [
        Recorded(f"{life.pk}-{version}", life.pk, version, 2 * index + version, is_heard=True)
        for index, life in enumerate(lives)
        for version in (1, 2)
    ]
    heard = [Heard(event.pk, event.subject, event.version) for event in events]
    mails = [
        Mail(f"{life.ref} {what}", life.email, f"Order #{life.number} {what}")
        for life in lives
        for what in life.kind.mails
    ]
    sent = sum(life.quantity for life in lives if life.kind.is_sent)
    kept = sum(life.quantity for life in lives if life.kind.keeps_stock)
    return Evidence(
        lives=lives,
        orders=[Order(life.ref, life.pk, life.kind.status, int(life.kind.is_sent)) for life in lives],
        mails=mails,
        uncertain=set(),
        asked=[Asked(life.pk, kind, life.total, "succeeded") for life in lives for kind in life.kind.asked],
        stock=(IN_STOCK - sent, kept),
        events=events,
        receivers=[[*heard], [replace(heard[0], is_taken=False), *heard]],
        sinks={"RabbitMQ": [*heard], "Redis stream": [*heard]},
    )


def broken(found: Evidence) -> list[str]:
    return [promise.name for promise in promises(found, COPIES) if promise.broken]


def test_what_is_kept_is_told_with_what_was_due_and_what_came_again() -> None:
    found = good()
    found.receivers[0].append(found.receivers[0][0])
    told = {promise.name: (promise.due, promise.found, promise.note) for promise in promises(found, COPIES)}
    assert broken(found) == []
    assert told["orders acknowledged, and there once"] == (5, 5, "")
    assert told["e-mails, one of each"] == (
        10, 10, "0 uncertain; 0 copies under the same Message-ID, 1 allowed",
    )  # fmt: skip
    assert told["webhooks of receiver 1"] == (10, 10, "1 came again")
    assert told["webhooks of the one that failed"] == (10, 10, "0 came again, 1 were refused")


def _without_a_webhook(found: Evidence) -> None:
    del found.receivers[0][3]


def _with_webhooks_out_of_order(found: Evidence) -> None:
    told = found.receivers[0]
    told[0], told[1] = told[1], told[0]


def _with_a_webhook_of_another_id(found: Evidence) -> None:
    found.receivers[0].append(replace(found.receivers[0][0], pk="another"))


def _with_an_unverified_webhook(found: Evidence) -> None:
    found.receivers[0][5] = replace(found.receivers[0][5], is_verified=False)


def _with_a_webhook_that_was_refused_alone(found: Evidence) -> None:
    found.receivers[1][1] = replace(found.receivers[1][1], is_taken=False)


def _without_an_event_of_a_sink(found: Evidence) -> None:
    found.sinks["RabbitMQ"].pop()


def _with_a_gap_in_the_log(found: Evidence) -> None:
    found.events[-1] = replace(found.events[-1], position=11)


def _with_an_event_without_a_position(found: Evidence) -> None:
    found.events[-1] = replace(found.events[-1], position=None)


def _with_versions_that_have_a_gap(found: Evidence) -> None:
    found.events[:] = [replace(each, version=each.version + (each.version > 1)) for each in found.events]
    found.receivers[:] = [[], []]


def _with_a_second_mail(found: Evidence) -> None:
    found.mails.append(replace(found.mails[0], message_id="another"))


def _without_a_mail(found: Evidence) -> None:
    found.mails.pop()


def _with_more_copies_than_are_allowed(found: Evidence) -> None:
    found.mails += found.mails[:2]


def _with_a_second_order(found: Evidence) -> None:
    found.orders.append(replace(found.orders[0], pk="another"))


def _without_an_order(found: Evidence) -> None:
    found.orders.pop(0)


def _with_an_order_that_stopped(found: Evidence) -> None:
    found.orders[2] = replace(found.orders[2], status="processing")


def _with_a_second_shipment(found: Evidence) -> None:
    found.orders[2] = replace(found.orders[2], shipments=2)


def _with_a_second_charge(found: Evidence) -> None:
    found.asked.append(found.asked[1])


def _with_a_charge_of_another_amount(found: Evidence) -> None:
    found.asked[0] = replace(found.asked[0], amount=1)


def _with_units_lost(found: Evidence) -> None:
    found.stock = (found.stock[0] - 1, found.stock[1])


def _with_ledgers_off(found: Evidence) -> None:
    found.verified, found.verified_well = "5 orders, 1 units off", False


def _with_work_left(found: Evidence) -> None:
    found.open = {"deliveries": 3}


@pytest.mark.parametrize(
    ("plant", "found_by"),
    [
        (_without_a_webhook, ["webhooks of receiver 1"]),
        (_with_webhooks_out_of_order, ["webhooks of receiver 1"]),
        (_with_a_webhook_of_another_id, ["webhooks of receiver 1"]),
        (_with_an_unverified_webhook, ["webhooks of receiver 1"]),
        (_with_a_webhook_that_was_refused_alone, ["webhooks of the one that failed"]),
        (_without_an_event_of_a_sink, ["events in the RabbitMQ"]),
        (_with_a_gap_in_the_log, ["events in the log, without gaps"]),
        (_with_an_event_without_a_position, ["events in the log, without gaps"]),
        (_with_a_second_mail, ["e-mails, one of each"]),
        (_without_a_mail, ["e-mails, one of each"]),
        (_with_more_copies_than_are_allowed, ["e-mails, one of each"]),
        (_with_a_second_order, ["orders acknowledged, and there once", "orders that went all their way"]),
        (_without_an_order, ["orders acknowledged, and there once", "orders that went all their way"]),
        (_with_an_order_that_stopped, ["orders that went all their way"]),
        (_with_a_second_shipment, ["shipments opened once"]),
        (_with_a_second_charge, ["cards captured once"]),
        (_with_a_charge_of_another_amount, ["cards set aside once"]),
        (_with_units_lost, ["units sent or reserved"]),
        (_with_ledgers_off, ["ledgers that add up"]),
        (_with_work_left, ["left to do at the end"]),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_an_error_of_each_kind_is_found(plant: Callable[[Evidence], None], found_by: list[str]) -> None:
    found = good()
    plant(found)
    assert broken(found) == found_by


def test_versions_with_a_gap_are_found() -> None:
    found = good()
    _with_versions_that_have_a_gap(found)
    assert "events in the log, without gaps" in broken(found)


def test_a_mail_may_be_missing_only_where_the_product_says_that_it_is_uncertain() -> None:
    found = good()
    lost = found.mails.pop()
    found.uncertain = {lost.message_id}
    assert broken(found) == []
    found.mails.pop()
    assert broken(found) == ["e-mails, one of each"]
