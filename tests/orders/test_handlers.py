"""The customer's e-mails, through the real relay."""

from __future__ import annotations

from typing import Any

import pytest
from django.core import mail

from core.models import Event, Message
from core.relay import run_relay
from orders.actions import cancel_order, delete_order, place_draft
from orders.handlers import mail_cancelled, mail_confirmation, mail_delivered, mail_shipped
from orders.models import Order
from orders.statuses import OrderStatus
from tests.factories.core import a_client
from tests.factories.orders import ACTOR, a_draft, a_placed_order, an_order, nothing_changes

pytestmark = pytest.mark.django_db

HANDLERS = {
    "order.created": mail_confirmation,
    "order.placed": mail_confirmation,
    "order.shipped": mail_shipped,
    "order.delivered": mail_delivered,
    "order.canceled": mail_cancelled,
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
