"""E-mails owed because of an event, sent once each however often the event is delivered and however slow the server."""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, ClassVar

import structlog
from django.core.mail import EmailMultiAlternatives, get_connection
from django.db import InterfaceError, OperationalError, connection
from django.template.loader import render_to_string
from django.utils import timezone

from core.actors import Actor
from core.errors import DomainError
from core.events import DomainEvent
from core.lanes import MAIL
from core.locks import session_lock
from core.models import Delivery, Message, MessageStatus
from core.outbox import record
from core.relay import Undeliverable
from core.relay.keeping import lock_relay, replay
from core.transactions import action, refuse_within_unit

logger = structlog.get_logger(__name__)

MARK_TRIES = 20
"""Attempts, a second apart, to note that an e-mail was accepted while the database is away."""


class MessageUnderWay(DomainError):
    code = "message_under_way"
    title = "The e-mail is being sent"


class MessageUncertain(Undeliverable):
    code = "message_uncertain"
    title = "Nobody knows whether the e-mail was sent"


class MessageNotUncertain(DomainError):
    code = "message_not_uncertain"
    title = "The e-mail's fate is known"


@dataclass(frozen=True)
class MessageReleased(DomainEvent):
    """Somebody decided that an uncertain e-mail is to be sent once more."""

    type: ClassVar[str] = "message.released"
    message_id: uuid.UUID


def send_once(
    *,
    event_id: uuid.UUID,
    kind: str,
    recipient: str,
    template: str,
    context: Mapping[str, Any],
    sender: str = "",
    reply_to: str = "",
) -> bool:
    """Send the e-mail rendered from `template`_subject.txt, .txt and .html, unless it was sent for this event before.

    It comes from `sender` ("Harbour <orders@harbour.example>"), or from DEFAULT_FROM_EMAIL if that is empty.
    One sender at a time holds it (MessageUnderWay for another). Whether the server accepted it is written down before
    anything else can go wrong; if the server had all of it and gave no answer, it is uncertain, and a repeat raises
    MessageUncertain until a person decides. Only a process killed between the server's acceptance and the mark sends a
    second copy, under the same Message-ID. Returns whether it was sent now.
    """
    refuse_within_unit()
    subject = " ".join(render_to_string(f"{template}_subject.txt", dict(context)).split())
    message, _ = Message.objects.get_or_create(
        event_id=event_id, kind=kind, defaults={"recipient": recipient, "subject": subject}
    )
    with session_lock(f"core.message:{message.pk}") as free:
        if not free:
            raise MessageUnderWay("Another process is sending this e-mail.", unblock="Wait for its outcome.")
        message.refresh_from_db(fields=["status"])
        if message.status == MessageStatus.UNCERTAIN:
            raise _uncertain()
        if message.status == MessageStatus.SENT:
            return False
        mail = _mail(message, subject, template, dict(context))
        mail.from_email, mail.reply_to = sender or mail.from_email, [reply_to] if reply_to else []
        _send(mail, message.pk)
    return True


def _mail(message: Message, subject: str, template: str, context: dict[str, Any]) -> EmailMultiAlternatives:
    mail = EmailMultiAlternatives(
        subject,
        render_to_string(f"{template}.txt", context),
        to=[message.recipient],
        headers={"Message-ID": f"<{message.pk}@quartermaster>"},
    )
    mail.attach_alternative(render_to_string(f"{template}.html", context), "text/html")
    return mail


def _send(mail: EmailMultiAlternatives, message_id: uuid.UUID) -> None:
    """Marked before the connection is closed, which asks the server once more and may take as long as it likes."""
    server = get_connection()
    try:
        server.open()
        server.send_messages([mail])
        _mark(message_id, status=MessageStatus.SENT, sent_at=timezone.now())
    except BaseException as error:
        # Cut off, hung up on, or out of patience. Backends that don't speak SMTP have no doubt.
        if not getattr(server, "may_have_accepted", False):
            raise
        _mark(message_id, status=MessageStatus.UNCERTAIN)
        raise _uncertain() from error
    finally:
        with suppress(Exception):
            server.close()


def _mark(message_id: uuid.UUID, **changes: object) -> None:
    """Insists, because a repeat would send what was accepted."""
    for tries_left in reversed(range(MARK_TRIES)):
        try:
            Message.objects.filter(pk=message_id, status=MessageStatus.OWED).update(**changes)
        except (OperationalError, InterfaceError):
            if not tries_left:
                raise
            logger.warning("message_not_marked", message=str(message_id))
            connection.close()
            time.sleep(1)
        else:
            return


def _uncertain() -> MessageUncertain:
    return MessageUncertain(
        "The mail server was given the whole e-mail and didn't say whether it keeps it.",
        unblock="Look into its log. If the e-mail isn't there, send it again from the page of the message.",
    )


@action
def send_again(message_id: uuid.UUID, *, actor: Actor) -> Message:
    """Let an uncertain e-mail be sent once more, because a person found that it didn't arrive.

    Raises MessageNotUncertain.
    """
    relay = lock_relay()
    message = Message.objects.select_for_update().get(pk=message_id)
    if message.status != MessageStatus.UNCERTAIN:
        raise MessageNotUncertain(f"The e-mail is {message.get_status_display().lower()}.", unblock="Nothing to do.")
    Message.objects.filter(pk=message_id).update(status=MessageStatus.OWED)
    record(MessageReleased(message.pk), subject=relay, actor=actor)
    dead = Delivery.objects.filter(event_id=message.event_id, lane=MAIL.name, status="dead")
    replay(list(dead.values_list("pk", flat=True)), relay=relay, actor=actor)
    message.refresh_from_db()
    return message
