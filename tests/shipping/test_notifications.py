"""What customers are told of their parcels, by a real mail server and the real relay."""

from __future__ import annotations

from collections.abc import Iterator
from email.message import Message as Mail

import pytest
from pytest_django import Settings

from core.models import Event, Message
from core.relay import run_relay
from deploy.fakes.mail_server import MailServer
from orders.actions import release_order
from shipping.actions import dispatch_shipment, open_shipments, split_shipment
from shipping.handlers import mail_parcel
from shipping.models import Shipment
from tests.factories.orders import a_placed_order, pay
from tests.factories.shipping import ACTOR

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def server(settings: Settings) -> Iterator[MailServer]:
    with MailServer() as server:
        settings.EMAIL_BACKEND = "core.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
        yield server


def a_shipment() -> Shipment:
    """The one of an order of three A and two B."""
    order = a_placed_order()
    pay(order)
    release_order(order.pk, actor=ACTOR)
    (shipment,) = open_shipments(order.pk, actor=ACTOR)
    return shipment


def relay() -> None:
    while run_relay():
        pass


def parts(mail: Mail) -> list[str]:
    """Subject, text and HTML."""
    contents = [part.get_payload(decode=True) for part in mail.walk() if not part.is_multipart()]
    return [
        str(mail["Subject"]),
        *(each.decode().replace("\r\n", "\n") for each in contents if isinstance(each, bytes)),
    ]


def test_the_mail_of_an_order_that_shipped_tells_carrier_number_and_link(server: MailServer) -> None:
    shipment = a_shipment()
    relay()
    server.raw.clear()
    dispatch_shipment(shipment.pk, carrier="UPS", tracking_number="1Z<9>", actor=ACTOR)
    relay()
    (mail,) = server.mails
    subject, text, html = parts(mail)
    assert subject == f"Order #{shipment.order.number} has shipped"
    assert "Sent with UPS, tracking number 1Z<9>\nhttps://www.ups.com/track?tracknum=1Z%3C9%3E\n  3 x A A\n" in text
    assert '<a href="https://www.ups.com/track?tracknum=1Z%3C9%3E">1Z&lt;9&gt;</a>' in html


def test_a_carrier_without_a_page_is_named_with_the_number_alone(server: MailServer) -> None:
    shipment = a_shipment()
    dispatch_shipment(shipment.pk, carrier="Royal Mail", tracking_number="RM1", actor=ACTOR)
    relay()
    _, text, html = next(parts(mail) for mail in server.mails if "has shipped" in mail["Subject"])
    assert "Sent with Royal Mail, tracking number RM1\n  3 x A A\n" in text
    assert "href" not in html


def test_each_parcel_is_told_of_as_it_leaves_and_all_with_the_last(server: MailServer) -> None:
    first = a_shipment()
    line = first.lines.get(order_line__sku="B")
    second = split_shipment(first.pk, {line.order_line_id: 2}, actor=ACTOR)
    relay()
    server.raw.clear()

    dispatch_shipment(first.pk, carrier="DHL", tracking_number="D1", actor=ACTOR)
    relay()
    (mail,) = server.mails
    subject, text, html = parts(mail)
    assert subject == f"A parcel of order #{first.order.number} is on its way"
    assert "Sent with DHL, tracking number D1\nhttps://www.dhl.com/" in text
    assert "3 x A A" in text
    assert "B" not in text.split("Sent with")[1]
    assert ">D1</a>" in html

    dispatch_shipment(second.pk, carrier="UPS", tracking_number="U2", actor=ACTOR)
    relay()
    _, mail = server.mails
    subject, text, _ = parts(mail)
    assert subject == f"Order #{first.order.number} has shipped"
    assert text.index("tracking number D1") < text.index("tracking number U2")


def test_hearing_of_a_parcel_again_sends_nothing(server: MailServer) -> None:
    first = a_shipment()
    line = first.lines.get(order_line__sku="B")
    split_shipment(first.pk, {line.order_line_id: 1}, actor=ACTOR)
    dispatch_shipment(first.pk, carrier="DHL", tracking_number="D1", actor=ACTOR)
    relay()
    sent = len(server.raw)
    mail_parcel(Event.objects.get(type="shipment.dispatched").envelope())
    assert len(server.raw) == sent
    assert Message.objects.filter(kind="parcel_dispatched").count() == 1
