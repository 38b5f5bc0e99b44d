"""What endpoints are told, by the relay, over real HTTP, to a receiver that no code of ours helps."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings

from core.addresses import parse_networks
from core.lanes import WEBHOOKS
from core.models import Client, Delivery, Event
from core.relay import deliver_batch, fan_out
from core.versions import document_as_of
from deploy.fakes.webhook_receiver import RunningReceiver, running_receiver
from orders.actions import cancel_order
from tests.factories.core import ACTOR, a_client, timeline
from tests.factories.orders import a_placed_order
from tests.factories.storefronts import a_storefront
from webhooks.actions import create_endpoint, edit_endpoint, pause_endpoint, resume_endpoint, send_test
from webhooks.models import Attempt, Endpoint

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(scope="module")
def receiver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningReceiver]:
    with running_receiver(tmp_path_factory.mktemp("receiver")) as running:
        yield running


@pytest.fixture(autouse=True)
def nothing_is_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("webhooks.delivering.KNOWN_FOR", 0.0)


@pytest.fixture(autouse=True)
def inside_is_allowed(settings: Settings) -> None:
    settings.WEBHOOK_ALLOWED_NETWORKS = parse_networks(["127.0.0.0/8"])
    settings.WEBHOOK_HTTP = True


@pytest.fixture
def storefront() -> Client:
    return a_storefront()


def an_endpoint_at(receiver: RunningReceiver, client: Client, does: str = "ok", **changes: Any) -> Endpoint:
    """Whose secret the receiver knows."""
    told: Any = {"url": f"{receiver.url}/{does}", **changes}
    endpoint, secret = create_endpoint(client.pk, told, actor=ACTOR)
    receiver.know(secret)
    relay_all()
    receiver_log(receiver).write_text("")
    Attempt.objects.all().delete()
    return endpoint


def receiver_log(receiver: RunningReceiver) -> Path:
    return receiver.folder / "requests.jsonl"


def relay_all() -> None:
    while fan_out() or deliver_batch(WEBHOOKS):
        pass


def make_due(endpoint: Endpoint) -> None:
    Endpoint.objects.filter(pk=endpoint.pk).update(next_try_at=None)
    Delivery.objects.filter(target=endpoint.key, status="pending").update(available_at=timezone.now())


def statuses(endpoint: Endpoint) -> list[tuple[str, int]]:
    rows = Delivery.objects.filter(target=endpoint.key, subject_id__isnull=False).exclude(event__type__startswith="end")
    return list(rows.order_by("version").values_list("status", "attempts"))


def fresh(endpoint: Endpoint) -> Endpoint:
    return Endpoint.objects.get(pk=endpoint.pk)


class TestWhatIsSent:
    def test_each_event_is_sent_signed_and_in_order_with_its_own_id(
        self, receiver: RunningReceiver, storefront: Client
    ) -> None:
        endpoint = an_endpoint_at(receiver, storefront, event_types=["order.*"])
        order = a_placed_order(storefront)
        cancel_order(order.pk, reason="Enough", actor=ACTOR)
        relay_all()
        told = receiver.requests()
        events = list(Event.objects.filter(subject_id=order.pk, type__startswith="order.").order_by("version"))
        assert [each["id"] for each in told] == [str(event.pk) for event in events]
        assert all(each["verified"] for each in told)
        bodies = [json.loads(each["body"]) for each in told]
        assert [(each["type"], each["sequence"]) for each in bodies] == [(e.type, str(e.version)) for e in events]
        assert {status for status, _ in statuses(endpoint)} == {"done"}

    def test_a_thin_payload_tells_no_data_and_a_full_one_the_document_as_of_then(
        self, receiver: RunningReceiver, storefront: Client
    ) -> None:
        endpoint = an_endpoint_at(receiver, storefront, event_types=["order.created"])
        order = a_placed_order(storefront, email="ann@example.com")
        relay_all()
        edit_endpoint(endpoint.pk, {"payload": "full"}, actor=ACTOR)
        again = a_placed_order(storefront, email="bob@example.com")
        relay_all()
        thin, full = [json.loads(each["body"]) for each in receiver.requests()]
        assert (thin["subject"], thin["data"]) == (str(order.pk), {})
        held = document_as_of("order", again.pk, int(full["sequence"]))
        assert held is not None
        assert full["data"].pop("document") == held.document
        assert full["data"] == Event.objects.get(pk=full["id"]).data
        kept = json.loads(Attempt.objects.latest("pk").request_body)
        assert kept["data"]["document"] == "[not kept]"
        assert "bob@example.com" not in str(kept)

    def test_a_client_hears_of_its_own_alone_and_only_what_it_named(
        self, receiver: RunningReceiver, storefront: Client
    ) -> None:
        an_endpoint_at(receiver, storefront, event_types=["order.created"])
        a_placed_order(a_storefront("Other"))
        order = a_placed_order(storefront)
        relay_all()
        assert {each["subject"] for each in map(json.loads, [r["body"] for r in receiver.requests()])} == {
            str(order.pk)
        }
        assert {json.loads(each["body"])["type"] for each in receiver.requests()} == {"order.created"}

    def test_a_test_is_told_to_that_endpoint_whatever_it_hears(
        self, receiver: RunningReceiver, storefront: Client
    ) -> None:
        an_endpoint_at(receiver, storefront, "410", event_types=["order.created"])
        endpoint = an_endpoint_at(receiver, storefront, event_types=["order.created"])
        send_test(endpoint.pk, actor=ACTOR)
        relay_all()
        assert [json.loads(each["body"])["type"] for each in receiver.requests()] == ["endpoint.tested"]


class TestFailures:
    def test_what_is_refused_waits_and_is_sent_again_with_the_same_id_before_what_comes_after_it(
        self, receiver: RunningReceiver, storefront: Client
    ) -> None:
        endpoint = an_endpoint_at(receiver, storefront, "status/500", event_types=["order.*"])
        order = a_placed_order(storefront)
        other = a_placed_order(storefront)
        relay_all()
        subjects = [json.loads(each["body"])["subject"] for each in receiver.requests()]
        assert subjects == [str(order.pk), str(other.pk)]
        first = receiver.requests()[0]["id"]
        edit_endpoint(endpoint.pk, {"url": f"{receiver.url}/ok"}, actor=ACTOR)
        make_due(endpoint)
        relay_all()
        assert [each["id"] for each in receiver.requests()].count(first) == 2
        assert {status for status, _ in statuses(endpoint)} == {"done"}
        assert (fresh(endpoint).failures, fresh(endpoint).last_error) == (0, "")

    def test_after_three_failures_it_is_left_alone_for_a_while_and_nothing_counts_as_tried(
        self, receiver: RunningReceiver, storefront: Client
    ) -> None:
        endpoint = an_endpoint_at(receiver, storefront, "status/500", event_types=["order.created"])
        for _ in range(5):
            a_placed_order(storefront)
        relay_all()
        assert len(receiver.requests()) == 3
        found = fresh(endpoint)
        assert (found.failures, found.last_error, found.status) == (3, "It answered 500.", "active")
        assert found.next_try_at is not None
        assert sorted(statuses(endpoint)) == [("pending", 0)] * 2 + [("pending", 1)] * 3

    def test_it_is_left_alone_for_half_as_long_as_it_has_failed_though_many_requests_did(
        self, receiver: RunningReceiver, storefront: Client
    ) -> None:
        endpoint = an_endpoint_at(receiver, storefront, "status/500", event_types=["order.created"])
        since = timezone.now() - dt.timedelta(seconds=60)
        Endpoint.objects.filter(pk=endpoint.pk).update(failures=20, failing_since=since, last_error="It answered 500.")
        a_placed_order(storefront)
        relay_all()
        waits = fresh(endpoint).next_try_at
        assert waits is not None
        assert dt.timedelta(seconds=13) < waits - timezone.now() <= dt.timedelta(seconds=35)

    def test_once_it_is_well_again_all_that_waits_is_sent_at_once_however_often_it_failed(
        self, receiver: RunningReceiver, storefront: Client
    ) -> None:
        endpoint = an_endpoint_at(receiver, storefront, "status/500", event_types=["order.created"])
        for _ in range(5):
            a_placed_order(storefront)
        relay_all()
        edit_endpoint(endpoint.pk, {"url": f"{receiver.url}/ok"}, actor=ACTOR)
        Endpoint.objects.filter(pk=endpoint.pk).update(next_try_at=None)
        later = timezone.now() + dt.timedelta(hours=1)
        failed = Delivery.objects.filter(target=endpoint.key, attempts=1)
        assert failed.update(available_at=later) == 3
        relay_all()
        assert sorted(statuses(endpoint)) == [("done", 1)] * 2 + [("done", 2)] * 3
        assert fresh(endpoint).failures == 0

    def test_a_receiver_that_asks_for_time_gets_it(self, receiver: RunningReceiver, storefront: Client) -> None:
        endpoint = an_endpoint_at(receiver, storefront, "retry-after/100", event_types=["order.created"])
        a_placed_order(storefront)
        a_placed_order(storefront)
        relay_all()
        assert len(receiver.requests()) == 1
        waits = fresh(endpoint).next_try_at
        assert waits is not None
        assert dt.timedelta(seconds=90) < waits - timezone.now() <= dt.timedelta(seconds=100)

    def test_one_that_is_gone_is_disabled_at_once_and_what_waited_is_given_up(
        self, receiver: RunningReceiver, storefront: Client
    ) -> None:
        endpoint = an_endpoint_at(receiver, storefront, "410", event_types=["order.created"])
        a_placed_order(storefront)
        a_placed_order(storefront)
        relay_all()
        found = fresh(endpoint)
        assert (found.status, found.disabled_reason, len(receiver.requests())) == ("disabled", "gone", 1)
        assert [status for status, _ in statuses(endpoint)] == ["dead", "dead"]
        assert timeline(endpoint.pk) == ["endpoint.created", "endpoint.disabled"]
        a_placed_order(storefront)
        relay_all()
        assert len(statuses(endpoint)) == 2

    def test_one_that_took_nothing_for_three_days_is_disabled(
        self, receiver: RunningReceiver, storefront: Client
    ) -> None:
        endpoint = an_endpoint_at(receiver, storefront, "status/500", event_types=["order.created"])
        a_placed_order(storefront)
        relay_all()
        Endpoint.objects.filter(pk=endpoint.pk).update(failing_since=timezone.now() - dt.timedelta(days=3))
        make_due(endpoint)
        relay_all()
        assert (fresh(endpoint).status, fresh(endpoint).disabled_reason) == ("disabled", "failing")

    def test_a_redirect_is_a_failure_that_says_so(self, receiver: RunningReceiver, storefront: Client) -> None:
        endpoint = an_endpoint_at(receiver, storefront, "redirect/307/%2Fok", event_types=["order.created"])
        a_placed_order(storefront)
        relay_all()
        assert [each["path"] for each in receiver.requests()] == ["/redirect/307/%2Fok"]
        assert "redirects aren't followed" in fresh(endpoint).last_error


class TestPausing:
    def test_what_happens_while_it_is_paused_is_sent_once_it_goes_on(
        self, receiver: RunningReceiver, storefront: Client
    ) -> None:
        endpoint = an_endpoint_at(receiver, storefront, event_types=["order.created"])
        pause_endpoint(endpoint.pk, actor=ACTOR)
        order = a_placed_order(storefront)
        relay_all()
        assert receiver.requests() == []
        assert statuses(endpoint) == [("pending", 0)]
        resume_endpoint(endpoint.pk, actor=ACTOR)
        relay_all()
        assert [json.loads(each["body"])["subject"] for each in receiver.requests()] == [str(order.pk)]


def test_one_that_works_for_all_storefronts_hears_of_all_but_what_is_its_owners_alone(
    receiver: RunningReceiver, storefront: Client
) -> None:
    an_endpoint_at(receiver, a_client("Office", "back_office"))
    a_placed_order(storefront)
    relay_all()
    types = {json.loads(each["body"])["type"] for each in receiver.requests()}
    assert "order.created" in types
    assert not any(each.startswith(("endpoint.", "client.")) for each in types)
