from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from core.models import Delivery, DeliveryStatus, Event, IdempotencyRecord
from core.relay import run_relay
from core.tasks import purge, relay
from tests.factories.core import a_client
from tests.factories.orders import a_placed_order

pytestmark = pytest.mark.django_db


def test_the_sweep_relays_what_is_due(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.tasks.RELAY_LINGER", 0.0)
    a_placed_order()
    assert relay("handlers") + relay("mail") > 0
    assert set(Delivery.objects.values_list("status", flat=True)) == {DeliveryStatus.DONE}


def test_the_purge_forgets_what_is_past_its_keeping_time_and_nothing_else() -> None:
    a_placed_order()
    a_placed_order()
    run_relay()
    client = a_client()
    for key, days in (("old", 8), ("young", 6)):
        IdempotencyRecord.objects.create(
            client=client, key=key, fingerprint="", status=200, body=b"", created_at=timezone.now() - dt.timedelta(days)
        )
    old = Delivery.objects.first()
    assert old is not None
    Delivery.objects.filter(pk=old.pk).update(finished_at=timezone.now() - dt.timedelta(days=31))
    events, deliveries = Event.objects.count(), Delivery.objects.count()
    purge()
    assert list(IdempotencyRecord.objects.values_list("key", flat=True)) == ["young"]
    assert (Event.objects.count(), Delivery.objects.count()) == (events, deliveries - 1)
