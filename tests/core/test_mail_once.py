"""E-mails through a real mail server of bad manners: one each, whatever it does, and nobody else waits for it."""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from core.lanes import HANDLERS, MAIL, Lane
from core.messages import MessageNotUncertain, MessageUnderWay, send_again, send_once
from core.models import Delivery, DeliveryStatus, Event, Message, MessageStatus
from core.relay import deliver_batch, fan_out, replay_dead_letters, run_relay, targets
from deploy.fakes.mail_server import MailServer, Manners
from orders.actions import place_order, release_order
from shipping.models import Shipment
from tests.core.children import wait_until
from tests.factories.core import a_client
from tests.factories.inventory import stock_up
from tests.factories.orders import ACTOR, a_placed_order, new_order

pytestmark = pytest.mark.django_db(transaction=True)

# All that takes seconds is scaled down: the server may take one for an answer, four for the last, a lease lasts one.
QUICK = replace(MAIL, deadline=6.0, lease=1.0, backoff_base=0.05, backoff_cap=0.2)


@pytest.fixture
def server(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[MailServer]:
    monkeypatch.setattr("core.relay.batches.LOOK", 0.1)
    with MailServer() as server:
        settings.EMAIL_BACKEND = "core.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
        settings.EMAIL_TIMEOUT, settings.EMAIL_ANSWER_TIMEOUT = 1.0, 4.0
        yield server


@contextmanager
def relays(count: int, lane: Lane) -> Iterator[None]:
    """So many relays at work in a lane, until the block ends."""
    over = threading.Event()

    def work() -> None:
        try:
            while not over.is_set():
                run_relay(lane)
                time.sleep(0.02)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(count)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        over.set()
        for thread in threads:
            thread.join(30)


def status() -> str:
    return str(Message.objects.get().status)


def settled() -> bool:
    """Whether the e-mail's delivery has come to an end, whichever."""
    return the_mail_is(DeliveryStatus.DONE) or the_mail_is(DeliveryStatus.DEAD)


def the_mail_is(status: DeliveryStatus) -> bool:
    return Delivery.objects.filter(target="orders.mail_confirmation", status=status).exists()


def the_mail() -> Delivery:
    return Delivery.objects.get(target="orders.mail_confirmation")


def attempt_once() -> Delivery:
    fan_out()
    Delivery.objects.filter(status=DeliveryStatus.PENDING).update(available_at=timezone.now())
    deliver_batch(QUICK)
    return the_mail()


class TestSlow:
    def test_a_server_slower_than_every_lease_gets_each_mail_once(self, server: MailServer) -> None:
        server.manners = Manners(waits={"end": 2.5})
        a_placed_order()
        with relays(3, QUICK):
            wait_until(settled)
        assert len(server.raw) == server.connections == 1
        assert (status(), the_mail().status, the_mail().attempts) == ("sent", "done", 1)

    def test_control_without_renewal_and_lock_it_gets_copies(
        self, server: MailServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("core.relay.batches.renew", lambda *_: None)
        monkeypatch.setattr("core.messages.session_lock", always_free)
        server.manners = Manners(waits={"end": 2.5})
        a_placed_order()
        with relays(3, QUICK):
            wait_until(settled)
        assert len(server.raw) > 1

    def test_without_renewal_the_lock_alone_keeps_a_second_sender_away(
        self, server: MailServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("core.relay.batches.renew", lambda *_: None)
        server.manners = Manners(waits={"end": 2.5})
        a_placed_order()
        with relays(3, QUICK):
            wait_until(settled)
        assert (len(server.raw), status()) == (1, "sent")

    def test_a_second_attempt_while_one_is_under_way_sends_nothing(self, server: MailServer) -> None:
        server.manners = Manners(waits={"end": 1.5})
        order = a_placed_order()
        event = Event.objects.get(subject_id=order.pk, version=1)
        mail = {"event_id": event.pk, "kind": "test", "recipient": "ann@example.com"}
        template = {"template": "orders/email/confirmed", "context": {"order": order, "amounts": {}}}

        def send() -> bool:
            return send_once(**mail, **template)  # type: ignore[arg-type]

        with in_a_thread(send):
            wait_until(lambda: len(server.raw) == 1)
            with pytest.raises(MessageUnderWay):
                send()
        assert len(server.raw) == 1
        assert not send()

    def test_a_server_that_is_slow_to_say_goodbye_leaves_no_doubt(self, server: MailServer) -> None:
        server.manners = Manners(slow_goodbye=10.0)
        a_placed_order()
        began = time.monotonic()
        assert attempt_once().status == "done"
        assert time.monotonic() - began < 4
        assert (len(server.raw), status()) == (1, "sent")


class TestNoAnswer:
    @pytest.mark.parametrize("manners", [Manners(hangs="end"), Manners(hangs_up="end")], ids=["hangs", "hangs up"])
    def test_a_mail_that_was_given_away_and_never_answered_is_uncertain_and_not_sent_again(
        self, server: MailServer, manners: Manners
    ) -> None:
        server.manners = manners
        a_placed_order()
        with relays(2, QUICK):
            wait_until(settled)
        assert (len(server.raw), status()) == (1, "uncertain")
        assert the_mail().status == "dead"
        assert "didn't say whether it keeps it" in the_mail().last_error

    def test_a_handler_cut_off_while_it_waits_for_that_answer_leaves_it_uncertain(
        self, server: MailServer, settings: Settings
    ) -> None:
        settings.EMAIL_ANSWER_TIMEOUT = 30.0
        server.manners = Manners(hangs="end")
        a_placed_order()
        fan_out()
        began = time.monotonic()
        deliver_batch(replace(QUICK, deadline=1.0))
        assert time.monotonic() - began < 5
        assert (len(server.raw), status(), the_mail().status) == (1, "uncertain", "dead")

    def test_replaying_dead_letters_leaves_an_uncertain_mail_and_a_person_sends_it_again(
        self, server: MailServer
    ) -> None:
        server.manners = Manners(hangs_up="end")
        a_placed_order()
        assert attempt_once().status == "dead"
        server.manners = Manners()
        assert replay_dead_letters([the_mail().pk], actor=ACTOR) == 1
        assert attempt_once().status == "dead"
        assert (len(server.raw), status()) == (1, "uncertain")

        message = send_again(Message.objects.get().pk, actor=ACTOR)
        assert attempt_once().status == "done"
        assert (len(server.raw), status()) == (2, "sent")
        assert {mail["Message-ID"] for mail in server.mails} == {f"<{message.pk}@quartermaster>"}
        told = Event.objects.filter(subject_type="relay").order_by("version")
        assert [(event.type, event.actor_name) for event in told] == [
            ("relay.replayed", "test"), ("message.released", "test"), ("relay.replayed", "test"),
        ]  # fmt: skip

    def test_only_an_uncertain_mail_can_be_sent_again(self, server: MailServer) -> None:
        a_placed_order()
        assert attempt_once().status == "done"
        with pytest.raises(MessageNotUncertain):
            send_again(Message.objects.get().pk, actor=ACTOR)
        assert (status(), the_mail().status) == ("sent", "done")
        assert not Event.objects.filter(subject_type="relay").exists()


class TestRefused:
    @pytest.mark.parametrize(
        "manners",
        [
            Manners(refuses={"end": "451 try later"}),
            Manners(refuses={"end": "554 no"}),
            Manners(refuses={"data": "451 try later"}),
            Manners(refuses={"rcpt": "450 greylisted"}),
            Manners(hangs_up="data"),
            Manners(hangs_up="banner"),
            Manners(hangs="rcpt"),
            Manners(hangs="banner"),
        ],
        ids=lambda manners: str(manners),
    )
    def test_a_mail_that_was_surely_not_accepted_is_tried_again(self, server: MailServer, manners: Manners) -> None:
        server.manners = manners
        a_placed_order()
        failed = attempt_once()
        assert (failed.status, failed.attempts, status(), server.raw) == ("pending", 1, "owed", [])
        server.manners = Manners()
        assert attempt_once().status == "done"
        assert (len(server.raw), status()) == (1, "sent")

    def test_it_is_tried_for_three_days_then_given_up(self, server: MailServer) -> None:
        server.manners = Manners(refuses={"mail": "451 try later"})
        a_placed_order()
        for _ in range(HANDLERS.max_attempts or 0):
            assert attempt_once().status == "pending"
        almost = timezone.now() - dt.timedelta(days=2, hours=23)
        Delivery.objects.update(queued_at=almost)
        assert attempt_once().status == "pending"
        Delivery.objects.update(queued_at=almost - dt.timedelta(hours=2))
        Delivery.objects.update(attempts=0)
        failed = attempt_once()
        assert (failed.status, "451" in failed.last_error or "try later" in failed.last_error) == ("dead", True)

    def test_the_pauses_grow_to_half_an_hour(self) -> None:
        assert [MAIL.longest_pause(attempts) for attempts in (1, 3, 20, 400)] == [10.0, 40.0, 1800.0, 1800.0]


class TestNeighbours:
    """A mail server that hangs on 20 orders, three relays for the mails as in the product."""

    def test_released_orders_get_their_shipments_at_once(self, server: MailServer, settings: Settings) -> None:
        settings.EMAIL_TIMEOUT = 10.0
        server.manners = Manners(hangs="banner")
        released_orders(20)
        with relays(MAIL.concurrency, MAIL), relays(1, HANDLERS):
            wait_until(lambda: server.connections == MAIL.concurrency)
            wait_until(lambda: Shipment.objects.count() == 20, 8)
            assert Message.objects.filter(status=MessageStatus.SENT).count() == 0
            server.over.set()

    def test_control_in_one_lane_they_wait(
        self, server: MailServer, settings: Settings, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        settings.EMAIL_TIMEOUT = 10.0
        server.manners = Manners(hangs="banner")
        one_lane = {key: replace(each, lane=MAIL) for key, each in targets._subscriptions.items()}
        monkeypatch.setattr(targets, "_subscriptions", one_lane)
        released_orders(20)
        with relays(MAIL.concurrency, MAIL):
            wait_until(lambda: server.connections == MAIL.concurrency)
            time.sleep(3)
            assert Shipment.objects.count() < 20
            server.over.set()


def released_orders(count: int) -> None:
    stock_up({"MUG": count})
    new, client = new_order({"MUG": 1}, payment_terms="on_account"), a_client()
    for _ in range(count):
        release_order(place_order(new, client_id=client.pk, actor=ACTOR).pk, actor=ACTOR)


@contextmanager
def always_free(_name: str) -> Iterator[bool]:
    yield True


@contextmanager
def in_a_thread(work: Callable[[], object]) -> Iterator[None]:
    def run() -> None:
        try:
            work()
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        thread.join(30)
