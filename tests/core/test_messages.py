"""E-mails that are owed because of an event: once each, even if the process dies."""

from __future__ import annotations

import signal
import subprocess
import sys
import uuid
from email import message_from_bytes
from email.message import Message as Mail
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from pytest_django import Settings

from core.messages import send_once
from core.models import Delivery, Message, MessageStatus
from tests.core.children import ROOT, environment
from tests.core.test_relay import outlive_leases
from tests.factories.orders import a_placed_order


def send(event_id: uuid.UUID, order: Any, kind: str = "order_confirmed") -> bool:
    return send_once(
        event_id=event_id,
        kind=kind,
        recipient="ann@example.com",
        template="orders/email/confirmed",
        context={"order": order, "amounts": {}},
    )


@pytest.mark.django_db
class TestOnce:
    def test_an_event_sends_one_mail_of_each_kind(self) -> None:
        order, event_id = a_placed_order(), uuid.uuid4()
        assert [send(event_id, order), send(event_id, order), send(event_id, order, "other")] == [True, False, True]
        assert [message.subject for message in mail.outbox] == [f"Order #{order.number} confirmed"] * 2
        assert Message.objects.filter(status=MessageStatus.SENT, sent_at__isnull=False).count() == 2

    def test_a_mail_that_could_not_be_sent_is_sent_by_the_repeat_under_the_same_id(self, settings: Settings) -> None:
        order, event_id = a_placed_order(), uuid.uuid4()
        working = settings.EMAIL_BACKEND
        settings.EMAIL_BACKEND, settings.EMAIL_HOST, settings.EMAIL_PORT = (
            "django.core.mail.backends.smtp.EmailBackend",
            "127.0.0.1",
            1,
        )
        with pytest.raises(OSError, match="refused"):
            send(event_id, order)
        owed = Message.objects.get()
        assert (owed.status, owed.sent_at) == (MessageStatus.OWED, None)
        settings.EMAIL_BACKEND = working
        assert send(event_id, order)
        assert mail.outbox[0].extra_headers["Message-ID"] == f"<{owed.pk}@quartermaster>"
        assert Message.objects.get().status == MessageStatus.SENT


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
class TestDying:
    def test_a_worker_that_dies_before_sending_costs_no_mail_and_doubles_none(self, tmp_path: Path) -> None:
        a_placed_order()
        assert relay_in_a_child("before", tmp_path) == -signal.SIGKILL
        assert mails(tmp_path) == []
        outlive_leases()
        assert relay_in_a_child("once", tmp_path) == 0
        assert relay_in_a_child("once", tmp_path) == 0
        (sent,) = mails(tmp_path)
        assert sent["To"] == "ann@example.com"
        assert Message.objects.get().status == MessageStatus.SENT

    def test_a_worker_that_dies_between_sending_and_noting_it_repeats_the_same_message_id(self, tmp_path: Path) -> None:
        a_placed_order()
        assert relay_in_a_child("after", tmp_path) == -signal.SIGKILL
        assert Message.objects.get().status == MessageStatus.OWED
        outlive_leases()
        assert relay_in_a_child("once", tmp_path) == 0
        assert relay_in_a_child("once", tmp_path) == 0
        first, second = mails(tmp_path)
        assert first["Message-ID"] == second["Message-ID"] == f"<{Message.objects.get().pk}@quartermaster>"
        assert set(Delivery.objects.values_list("status", flat=True)) == {"done"}


def relay_in_a_child(mode: str, folder: Path) -> int:
    command = [sys.executable, "-m", "tests.core.relay_child", mode, str(folder)]
    return subprocess.run(command, cwd=ROOT, env=environment(), timeout=60, check=False).returncode


def mails(folder: Path) -> list[Mail]:
    """Those that were written: opening the backend makes an empty file."""
    files = (path.read_bytes() for path in sorted(folder.glob("*.log")))
    return [message_from_bytes(content) for content in files if content]
