"""The client of docs/how-to/send-commands-by-queue.md works as it is written."""

from __future__ import annotations

import functools
import re
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from config.commands.consuming import take_commands
from config.commands.rabbitmq import connect
from core.models import Client
from core.stopping import Stop
from orders.models import Order
from orders.statuses import OrderStatus
from tests.config.commands.conftest import SCOPES
from tests.core.children import ROOT
from tests.factories.core import a_key
from tests.factories.inventory import stock_up


@pytest.mark.django_db(transaction=True)
def test_the_client_of_the_how_to_creates_gets_and_cancels_an_order(
    broker: str, prefix: str, storefront: Client, tmp_path: Path
) -> None:
    stock_up({"MUG": 1})
    text = (ROOT / "docs/how-to/send-commands-by-queue.md").read_text("utf-8")
    (code,) = re.findall(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    program = tmp_path / "client.py"
    program.write_text(
        code.replace('"order_', f'"{prefix}order_').replace("amqp://guest:guest@127.0.0.1:5672/", broker), "utf-8"
    )
    key, stop = a_key(storefront, SCOPES)[1], Stop()
    printed: list[str] = []

    def run() -> None:
        try:
            done = subprocess.run(
                [sys.executable, str(program), key, "MUG"], capture_output=True, text=True, timeout=30, check=False
            )
            printed.extend((done.stdout, done.stderr))
        finally:
            stop.ask()

    with connect(broker, prefix, Stop()):  # the queues are there
        pass
    client = threading.Thread(target=run)
    client.start()
    take_commands(functools.partial(connect, broker, prefix), stop)
    client.join(10)
    order = Order.objects.get()
    assert (order.status, printed[1]) == (OrderStatus.CANCELLED, "")
    lines = printed[0].splitlines()
    assert lines[0].startswith("201 ")
    assert lines[1:] == ["placed", "cancelled"]
