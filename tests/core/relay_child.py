"""A relay in a process of its own, to be killed: python -m tests.core.relay_child MODE FOLDER.

MODE hang: the handler writes a file named after the event, then sleeps for good.
MODE before / after / once: send the order's e-mail into the folder, dying just before, just after, or not at all.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

import django
from django.core.mail.backends.filebased import EmailBackend


class DyingBackend(EmailBackend):
    """Writes mails as files; kills its own process before or after that."""

    def send_messages(self, email_messages: Any) -> int:
        if MODE == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        sent = super().send_messages(email_messages)
        if MODE == "after":
            os.kill(os.getpid(), signal.SIGKILL)
        return sent


MODE, FOLDER = (sys.argv[1], sys.argv[2]) if __name__ == "__main__" else ("", "")


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from django.conf import settings

    from core import relay
    from core.events import Envelope
    from core.relay import targets

    if MODE == "hang":

        def hang(event: Envelope) -> None:
            (Path(FOLDER) / str(event.version)).touch()
            time.sleep(600)

        targets._subscriptions.clear()
        relay.subscribe("order.*", name="test.recorder")(hang)
    else:
        settings.EMAIL_BACKEND = "__main__.DyingBackend"
        settings.EMAIL_FILE_PATH = FOLDER
    relay.run_relay()


if __name__ == "__main__":
    main()
