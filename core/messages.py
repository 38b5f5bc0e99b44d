"""E-mails owed because of an event, sent once each however often the event is delivered."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import timezone

from core.models import Message, MessageStatus


def send_once(*, event_id: uuid.UUID, kind: str, recipient: str, template: str, context: Mapping[str, Any]) -> bool:
    """Send the e-mail rendered from `template`_subject.txt, .txt and .html, unless it was sent for this event before.

    The row is claimed before and marked after sending, so a repeat after a crash sends only what was not marked.
    Should the
    process die between the mail server's acceptance and the mark, the second copy carries the same Message-ID.
    Returns whether it was sent now.
    """
    subject = " ".join(render_to_string(f"{template}_subject.txt", dict(context)).split())
    message, _ = Message.objects.get_or_create(
        event_id=event_id, kind=kind, defaults={"recipient": recipient, "subject": subject}
    )
    if message.status == MessageStatus.SENT:
        return False
    mail = EmailMultiAlternatives(
        subject,
        render_to_string(f"{template}.txt", dict(context)),
        to=[message.recipient],
        headers={"Message-ID": f"<{message.pk}@quartermaster>"},
    )
    mail.attach_alternative(render_to_string(f"{template}.html", dict(context)), "text/html")
    mail.send()
    Message.objects.filter(pk=message.pk).update(status=MessageStatus.SENT, sent_at=timezone.now())
    return True
