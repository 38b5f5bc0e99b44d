"""What happens because of what happened to an endpoint."""

from core.events import Envelope
from core.lanes import MAIL
from core.relay import subscribe
from webhooks.notifications import send_notice


@subscribe("endpoint.disabled", name="webhooks.mail_disabled", lane=MAIL)
def mail_that_it_was_disabled(event: Envelope) -> None:
    send_notice(event)
