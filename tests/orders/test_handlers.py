"""The customer's e-mails, through the real relay."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core import mail
from django.utils import timezone
from pytest_django import Settings

from core.models import Event, Message
from core.relay import run_relay
from inventory.models import Variant
from orders.actions import cancel_order, change_promise, delete_order, place_draft, refund_payment, reopen_order
from orders.handlers import (
    mail_cancelled,
    mail_confirmation,
    mail_delivered,
    mail_filled,
    mail_refunded,
    mail_reopened,
    mail_shipped,
)
from orders.models import Order, OrderLine
from orders.statuses import OrderStatus
from orders.tasks import serve_waiting
from tests.factories.core import a_client
from tests.factories.inventory import stock_up
from tests.factories.orders import ACTOR, a_draft, a_placed_order, a_waiting_order, an_order, pay
from tests.factories.storefronts import a_storefront
from tests.factories.watching import nothing_changes

pytestmark = pytest.mark.django_db

HANDLERS = {
    "order.created": mail_confirmation,
    "order.placed": mail_confirmation,
    "order.shipped": mail_shipped,
    "order.delivered": mail_delivered,
    "order.canceled": mail_cancelled,
    "order.reopened": mail_reopened,
    "payment.refunded": mail_refunded,
}


def subjects(order: Order) -> list[str]:
    return [message.subject.removeprefix(f"Order #{order.number} ") for message in mail.outbox]


def relay() -> None:
    while run_relay():
        pass


def test_a_whole_life_is_told_in_three_mails_in_order() -> None:
    order = an_order(OrderStatus.COMPLETED)
    relay()
    told = subjects(order)
    assert len(told) == 3
    assert told[0] == "confirmed"
    assert [message.to for message in mail.outbox] == [["ann@example.com"]] * 3
    assert set(Message.objects.values_list("kind", "status")) == {
        ("order_confirmed", "sent"),
        ("order_shipped", "sent"),
        ("order_delivered", "sent"),
    }


def test_a_mail_has_text_and_html_that_tell_what_was_bought() -> None:
    order = a_placed_order(a_client("Tom & Jerry's"), shipping_address={"name": "Ann <3", "city": "Leeds"})
    relay()
    message: Any = mail.outbox[0]
    ((html, media_type),) = message.alternatives
    assert len(mail.outbox) == 1
    assert media_type == "text/html"
    assert f"Order #{order.number} at Tom & Jerry's" in message.body
    assert "3 x A A (A): 7.50 EUR" in message.body
    assert "Total: 27.50 EUR" in message.body
    assert "Ann <3" in message.body
    assert "Tom &amp; Jerry&#x27;s" in html
    assert "Ann &lt;3" in html
    assert "Ann <3" not in html


def test_a_draft_is_confirmed_when_it_is_placed() -> None:
    draft = a_draft()
    relay()
    assert mail.outbox == []
    place_draft(draft.pk, actor=ACTOR)
    relay()
    assert subjects(draft) == ["confirmed"]


def test_a_cancelled_order_is_told_but_a_draft_never_placed_is_not() -> None:
    draft, order = a_draft(), a_placed_order()
    for each in (draft, order):
        cancel_order(each.pk, reason="Sold out", actor=ACTOR)
    relay()
    assert subjects(order) == ["confirmed", "was cancelled"]
    assert {message.to[0] for message in mail.outbox} == {"ann@example.com"}


def test_an_order_that_goes_ahead_after_all_is_told() -> None:
    order = an_order(OrderStatus.CANCELLED)
    reopen_order(order.pk, actor=ACTOR)
    relay()
    assert subjects(order) == ["confirmed", "was cancelled", "was reopened"]
    assert "goes ahead after all" in mail.outbox[-1].body


def test_a_draft_that_was_given_up_is_confirmed_when_it_is_reopened() -> None:
    draft = a_draft()
    cancel_order(draft.pk, reason="Given up", actor=ACTOR)
    reopen_order(draft.pk, actor=ACTOR)
    relay()
    assert subjects(draft) == ["confirmed"]


def test_a_refund_is_told_with_its_amount() -> None:
    order = a_placed_order()
    payment = pay(order)
    refund_payment(order.pk, payment.pk, amount=1250, actor=ACTOR)
    relay()
    assert mail.outbox[-1].subject == f"Order #{order.number}: 12.50 EUR refunded"
    assert "We have returned 12.50 EUR of what you paid" in mail.outbox[-1].body


def test_a_confirmation_tells_what_follows_later() -> None:
    stock_up({"A": 1})
    Variant.objects.update(stock_policy="backorder")
    a_placed_order(units={"A": 3}, stocked=False)
    relay()
    assert "2 of them follow when they are back in stock" in mail.outbox[0].body


def test_a_confirmation_tells_for_when_what_follows_is_promised() -> None:
    order = a_waiting_order({"A": 3}, {"A": 1})
    relay()
    promised = a_day(order.lines.get().promised_on)
    told = f"2 of them follow when they are back in stock, expected on {promised}"
    message: Any = mail.outbox[0]
    ((html, _),) = message.alternatives
    assert f"\n  {told}\n" in message.body
    assert f"<small>{told}</small>" in html


def test_a_promise_that_is_over_is_not_told_again() -> None:
    order = a_waiting_order({"A": 3}, {"A": 1})
    OrderLine.objects.update(promised_on=timezone.localdate() - dt.timedelta(days=1))
    relay()
    assert subjects(order) == ["confirmed"]
    assert "2 of them follow when they are back in stock\n" in mail.outbox[0].body


def test_each_filling_of_a_backorder_is_told_once_with_what_came() -> None:
    order = a_waiting_order({"A": 3, "B": 2}, {"A": 1})
    for arrived in ({"A": 1, "B": 1}, {"A": 1, "B": 1}):
        stock_up(arrived)
        serve_waiting()
    relay()
    assert [message.subject for message in mail.outbox[1:]] == [
        f"Order #{order.number}: part of it has arrived",
        f"Order #{order.number}: all of it has arrived",
    ]
    part: Any
    part, all_of_it = mail.outbox[1:]
    assert part.body.startswith(
        "Part of what your order waited for has arrived and is kept for you:\n\n  1 x A A\n  1 x A B\n\n"
        "2 units follow later.\n"
    )
    assert all_of_it.body.startswith(
        "All that your order waited for has arrived and is kept for you:\n\n  1 x A A\n  1 x A B\n"
    )
    assert "follow" not in all_of_it.body
    ((html, _),) = part.alternatives
    assert "kept for you:<br>1 × A A<br>1 × A B<br>2 units follow later.</p>" in html
    with nothing_changes():
        for event in Event.objects.filter(type="order.backorder_filled"):
            mail_filled(event.envelope())
    assert len(mail.outbox) == 3


def test_one_unit_that_follows_is_told_as_one() -> None:
    a_waiting_order({"A": 2}, {})
    stock_up({"A": 1})
    serve_waiting()
    relay()
    assert "1 unit follows later." in mail.outbox[-1].body
    assert "1 of them follows when it is back in stock, expected on " in mail.outbox[-1].body


@pytest.mark.parametrize("end", ["draft", "cancelled"])
def test_nobody_is_told_what_came_for_a_draft_or_a_cancelled_order(end: str) -> None:
    stock_up({"A": 1})
    Variant.objects.update(stock_policy="backorder")
    order = a_draft(units={"A": 3}, stocked=False)
    if end == "cancelled":
        place_draft(order.pk, actor=ACTOR)
    stock_up({"A": 1})
    serve_waiting()
    if end == "cancelled":
        cancel_order(order.pk, reason="No", actor=ACTOR)
    relay()
    assert [each for each in subjects(order) if "arrived" in each] == []


@pytest.mark.parametrize(
    ("days", "told"),
    [
        (5, "A A is expected sooner than we told you: on {} instead of {}. We will tell you when it is there."),
        (
            15,
            "A A is expected later than we told you: on {} instead of {}. We are sorry for the delay. "
            "We will tell you when it is there.",
        ),
    ],
)
def test_another_promise_is_told_as_sooner_or_later(days: int, told: str) -> None:
    order = a_waiting_order({"A": 2}, {})
    line = order.lines.get()
    day = timezone.localdate() + dt.timedelta(days=days)
    change_promise(order.pk, line_id=line.pk, promised_on=day, actor=ACTOR)
    relay()
    message: Any = mail.outbox[-1]
    ((html, _),) = message.alternatives
    sentence = told.format(a_day(day), a_day(line.promised_on))
    assert message.subject == f"Order #{order.number} is expected on {a_day(day)}"
    assert message.body.startswith(f"{sentence}\n")
    assert f"<p>{sentence}</p>" in html


def test_a_first_promise_is_told_without_another() -> None:
    order = a_waiting_order({"A": 2}, {}, restock_days=None)
    day = timezone.localdate() + dt.timedelta(days=4)
    change_promise(order.pk, line_id=order.lines.get().pk, promised_on=day, actor=ACTOR)
    relay()
    assert mail.outbox[-1].body.startswith(f"A A is expected on {a_day(day)}. We will tell you when it is there.\n")


def a_day(day: dt.date | None) -> str:
    return f"{day:%-d %B %Y}"


def test_an_order_without_email_gets_none() -> None:
    a_placed_order(email="")
    relay()
    assert (mail.outbox, Message.objects.count()) == ([], 0)


def test_hearing_of_every_event_again_sends_nothing_and_changes_nothing() -> None:
    order = an_order(OrderStatus.DELIVERED)
    relay()
    sent = len(mail.outbox)
    with nothing_changes():
        for event in Event.objects.filter(subject_id=order.pk, type__in=HANDLERS):
            HANDLERS[event.type](event.envelope())
            HANDLERS[event.type](event.envelope())
    assert len(mail.outbox) == sent


def test_each_mail_of_an_event_keeps_one_message_id() -> None:
    a_placed_order()
    relay()
    (message,) = mail.outbox
    assert message.extra_headers["Message-ID"] == f"<{Message.objects.get().pk}@quartermaster>"


def test_a_deleted_order_can_still_be_told_about() -> None:
    order = a_placed_order()
    delete_order(order.pk, actor=ACTOR)
    relay()
    assert subjects(order) == ["confirmed", "was cancelled"]


def test_a_storefront_s_mails_come_from_it_with_its_numbers_dates_and_terms() -> None:
    client = a_storefront(
        "Harbour", mail_from="orders@harbour.example", mail_name="Harbour & Sons", reply_to="help@harbour.example",
        number_prefix="HF-", time_zone="Pacific/Kiritimati", terms="Sold as seen <here>.\nNo credit.",
        terms_url="https://harbour.example/terms?a=1&b=2",
    )  # fmt: skip
    placed_at = dt.datetime(2026, 5, 3, 23, 30, tzinfo=dt.UTC)
    order = a_placed_order(client, placed_at=placed_at)
    relay()
    message: Any = mail.outbox[0]
    ((html, _),) = message.alternatives
    assert message.subject == f"Order #HF-{order.number} confirmed"
    assert message.from_email == "Harbour & Sons <orders@harbour.example>"
    assert message.reply_to == ["help@harbour.example"]
    assert f"Order #HF-{order.number} at Harbour, 4 May 2026\n" in message.body
    assert message.body.rstrip().endswith(
        "\nSold as seen <here>.\nNo credit.\n\nTerms: https://harbour.example/terms?a=1&b=2"
    )
    assert "Sold as seen &lt;here&gt;.<br>No credit." in html
    assert '<a href="https://harbour.example/terms?a=1&amp;b=2">Terms</a>' in html


def test_the_mail_of_the_delivery_tells_how_to_send_it_back(settings: Settings) -> None:
    client = a_storefront(return_days=30, return_policy="Unworn.\nWith its label.", time_zone="Asia/Tokyo")
    an_order(OrderStatus.DELIVERED, client)
    relay()
    until = storefronts_day("Asia/Tokyo") + dt.timedelta(days=30)
    (delivered,) = [each for each in mail.outbox if "was delivered" in each.subject]
    told = f"If not, you can send it back until {until:%-d %B %Y}.\n\nUnworn.\nWith its label.\n"
    assert told in delivered.body
    ((html, _),) = delivered.alternatives  # type: ignore[attr-defined]
    assert "Unworn.<br>With its label." in html
    assert all("send it back" not in each.body for each in mail.outbox if each is not delivered)


def test_without_settings_mails_are_the_server_s_and_promise_nothing(settings: Settings) -> None:
    settings.DEFAULT_FROM_EMAIL = "shop@server.example"
    order = an_order(OrderStatus.DELIVERED)
    relay()
    assert {(each.from_email, tuple(each.reply_to)) for each in mail.outbox} == {("shop@server.example", ())}
    assert {f"#{order.number}" in each.subject for each in mail.outbox} == {True}
    assert [each.subject for each in mail.outbox if "send it back" in each.body or "Terms" in each.body] == []


def storefronts_day(time_zone: str) -> dt.date:
    """What day it is there."""
    return timezone.localdate(timezone=ZoneInfo(time_zone))
