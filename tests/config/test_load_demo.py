"""The demo shop: every state to look at, once, whatever interrupts its loading."""

from __future__ import annotations

import json
import signal
import stat
import subprocess
import sys
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command
from django.test import RequestFactory
from pytest_django import Settings

from core import authority
from core.models import ApiKey, Client
from customers.models import Customer
from orders.models import Order
from orders.payments.models import Payment
from orders.statuses import OrderStatus
from shipping.models import Shipment
from shipping.statuses import ShipmentStatus
from tests.core.children import ROOT, environment, wait_until
from tests.factories.orders import assert_everything_adds_up
from tests.factories.trading import assert_the_book_adds_up
from tests.factories.watching import everything
from trading.models import BookOrder, Instrument, Trade
from trading.statuses import BookOrderStatus

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def data(settings: Settings, tmp_path: Path) -> Path:
    settings.DATA_DIR = tmp_path
    return tmp_path


def load() -> None:
    call_command("load_demo", stdout=StringIO())


def credentials(data: Path) -> dict[str, str]:
    told: dict[str, str] = json.loads((data / "demo-credentials.json").read_text(encoding="utf-8"))
    return told


@pytest.mark.slow
def test_killed_while_loading_and_run_again_it_is_whole_and_a_further_load_adds_nothing(data: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "manage.py", "load_demo"],
        cwd=ROOT,
        env=environment(DATA_DIR=str(data)),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_until(lambda: Order.objects.count() >= 50 or process.poll() is not None, seconds=60)
    finally:
        process.kill()
        assert process.wait(10) == -signal.SIGKILL
    assert 50 <= Order.objects.count() < 201
    assert_everything_adds_up()

    load()
    refs = [*(f"DEMO-{n:04d}" for n in range(1, 201)), "DEMO-WAITS"]
    made = Order.objects.filter(external_ref__isnull=False).order_by("external_ref")
    assert list(made.values_list("external_ref", flat=True)) == refs
    assert set(Order.objects.values_list("status", flat=True)) == set(OrderStatus.values)
    assert set(Shipment.objects.values_list("status", flat=True)) == set(ShipmentStatus.values) - {"cancelled"}
    waits = Order.objects.get(external_ref="DEMO-WAITS")
    assert [(line.reserved, line.backordered, bool(line.promised_on)) for line in waits.lines.all()] == [
        (1, 2, True),
        (1, 0, False),
    ]
    assert Payment.objects.filter(refunded__gt=0).exists()
    assert (Client.objects.count(), Customer.objects.count()) == (2, 40)
    assert_there_are_books()
    assert_everything_adds_up()
    call_command("verify", stdout=StringIO())

    assert_the_credentials_work(credentials(data))
    assert stat.S_IMODE((data / "demo-credentials.json").stat().st_mode) == 0o600
    before: Any = (everything(), credentials(data), ApiKey.objects.count())
    load()
    assert (everything(), credentials(data), ApiKey.objects.count()) == before


def assert_there_are_books() -> None:
    assert Instrument.objects.exclude(sku="").count() == 3
    assert set(BookOrder.objects.values_list("status", flat=True)) == set(BookOrderStatus.values)
    settled = Trade.objects.filter(order__isnull=False)
    assert set(settled.values_list("order_id", flat=True)) == set(
        Order.objects.filter(external_ref=None).values_list("pk", flat=True)
    )
    assert (Trade.objects.count(), settled.count()) == (24, 6)
    assert_the_book_adds_up()


def assert_the_credentials_work(told: dict[str, str]) -> None:
    request = RequestFactory().post("/admin/login/")
    user = authenticate(request, username=told["staff_login"], password=told["staff_password"])
    assert user is not None
    assert user.is_active
    public, _, secret = told["api_key"].partition(".")
    key = ApiKey.objects.get(prefix=public.removeprefix("qm_live_"))
    assert (key.secret_sha256, key.client.name) == (ApiKey.digest(secret), told["storefront"])
    assert set(key.scopes) == {scope.name for scope in authority.scopes() if key.client.kind in scope.kinds}


def test_production_has_no_demo(settings: Settings) -> None:
    settings.PRODUCTION = True
    with pytest.raises(CommandError, match="development"):
        load()
    assert not Client.objects.exists()
