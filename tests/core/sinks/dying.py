"""A worker in a process of its own that dies once the broker has confirmed: python -m tests.core.sinks.dying URL."""

from __future__ import annotations

import os
import signal
import sys
from dataclasses import replace
from typing import Any

import django
from django.utils.module_loading import import_string


def adapter(settings: Any) -> Any:
    """That of the scheme, whose second batch is confirmed and never noted."""
    from core.sinks.adapters import KINDS

    connected = import_string(KINDS[settings.address.scheme].adapter)(settings)
    send, batches = connected.send, []

    def send_and_die(batch: Any) -> int:
        confirmed: int = send(batch)
        batches.append(batch)
        if len(batches) == 2:
            os.kill(os.getpid(), signal.SIGKILL)
        return confirmed

    connected.send = send_and_die
    return connected


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from core.sinks.adapters import KINDS
    from core.sinks.configuration import parse_sinks
    from core.sinks.working import work

    kinds = {name: replace(kind, adapter="tests.core.sinks.dying.adapter") for name, kind in KINDS.items()}
    work(parse_sinks(f"test={sys.argv[1]}", kinds)["test"])


if __name__ == "__main__":
    main()
