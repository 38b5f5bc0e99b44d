"""Making, changing, rotating, replaying and removing endpoints, and what the database refuses."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone
from pytest_django import Settings

from core.errors import InvalidInput, NotFound
from core.models import Client, Delivery, Event, VersionDocument
from core.operations import OperationRefused
from core.relay import fan_out
from tests.factories.core import ACTOR, a_client, timeline
from tests.factories.orders import a_placed_order
from tests.factories.storefronts import a_storefront
from tests.factories.watching import nothing_changes
from tests.factories.webhooks import URL, an_attempt, an_endpoint
from webhooks.actions import (
    create_endpoint,
    edit_endpoint,
    pause_endpoint,
    purge_attempts,
    remove_endpoint,
    replay,
    resume_endpoint,
    rotate_secret,
    send_test,
)
from webhooks.actions.endpoints import MOST_ENDPOINTS
from webhooks.errors import TooManyEndpoints
from webhooks.models import Attempt, Endpoint, EndpointSecret
from webhooks.queries import signing_secrets
from webhooks.sealing import seal, unseal
from webhooks.sending import secret_bytes

pytestmark = pytest.mark.django_db


@pytest.fixture
def client() -> Client:
    return a_storefront()


@pytest.fixture
def endpoint(client: Client) -> Endpoint:
    return an_endpoint(client, event_types=["order.created"])


def waiting(endpoint: Endpoint) -> list[tuple[str, str, int]]:
    rows = Delivery.objects.filter(target=endpoint.key).order_by("event_id")
    return list(rows.values_list("event__type", "status", "attempts"))


def fan_out_all() -> None:
    while fan_out():
        pass


class TestMaking:
    def test_the_secret_is_shown_once_and_sealed(self, client: Client) -> None:
        endpoint, secret = create_endpoint(client.pk, {"url": URL}, actor=ACTOR)
        kept = EndpointSecret.objects.get(endpoint=endpoint)
        assert secret.startswith("whsec_")
        assert secret not in kept.sealed
        assert signing_secrets(endpoint.pk) == [secret_bytes(secret)]
        assert timeline(endpoint.pk) == ["endpoint.created"]

    def test_types_are_sorted_and_each_once_and_the_url_is_in_the_document_not_the_event(self, client: Client) -> None:
        endpoint = an_endpoint(client, event_types=["order.shipped", "order.*", "order.shipped"])
        assert endpoint.event_types == ["order.*", "order.shipped"]
        assert VersionDocument.objects.get(subject_id=endpoint.pk).document["url"] == URL
        assert URL not in str(Event.objects.get(subject_id=endpoint.pk).data)

    @pytest.mark.parametrize(
        ("changes", "pointer", "code"),
        [
            ({"url": "ftp://hooks.example.com/"}, "/url", "https_required"),
            ({"url": "https://127.0.0.1/"}, "/url", "forbidden_address"),
            ({"url": "https://user:word@hooks.example.com/"}, "/url", "invalid_url"),
            ({"url": URL, "event_types": ["order.crated"]}, "/event_types", "unknown_event_type"),
            ({"url": URL, "event_types": ["person.*"]}, "/event_types", "unknown_event_type"),
        ],
    )
    def test_what_cannot_be_is_refused(self, client: Client, changes: Any, pointer: str, code: str) -> None:
        with nothing_changes(), pytest.raises(InvalidInput) as refused:
            create_endpoint(client.pk, changes, actor=ACTOR)
        assert [(each.pointer, each.code) for each in refused.value.errors] == [(pointer, code)]

    def test_a_client_has_twenty_at_most_and_the_removed_do_not_count(self, client: Client) -> None:
        made = [an_endpoint(client) for _ in range(MOST_ENDPOINTS)]
        with nothing_changes(), pytest.raises(TooManyEndpoints):
            an_endpoint(client)
        remove_endpoint(made[0].pk, actor=ACTOR)
        assert an_endpoint(client).status == "active"


class TestChanging:
    def test_only_what_differs_is_an_event(self, endpoint: Endpoint) -> None:
        edit_endpoint(endpoint.pk, {"url": URL, "payload": "full"}, actor=ACTOR)
        edit_endpoint(endpoint.pk, {"url": URL, "payload": "full"}, actor=ACTOR)
        assert timeline(endpoint.pk) == ["endpoint.created", "endpoint.updated"]
        assert Event.objects.latest("pk").data == {"changed": ["payload"]}

    def test_another_client_knows_nothing_of_it_nor_of_a_removed_one_of_its_own(self, endpoint: Endpoint) -> None:
        other = a_client()
        with nothing_changes(), pytest.raises(NotFound):
            edit_endpoint(endpoint.pk, {"payload": "full"}, client_id=other.pk, actor=ACTOR)
        remove_endpoint(endpoint.pk, actor=ACTOR)
        with nothing_changes(), pytest.raises(NotFound):
            pause_endpoint(endpoint.pk, client_id=endpoint.client_id, actor=ACTOR)
        with nothing_changes(), pytest.raises(OperationRefused, match="removed"):
            edit_endpoint(endpoint.pk, {"payload": "full"}, actor=ACTOR)

    def test_pausing_and_resuming_again_change_nothing(self, endpoint: Endpoint) -> None:
        for act in (pause_endpoint, pause_endpoint, resume_endpoint, resume_endpoint):
            act(endpoint.pk, actor=ACTOR)
        assert timeline(endpoint.pk) == ["endpoint.created", "endpoint.paused", "endpoint.resumed"]

    def test_removing_forgets_what_waits_and_it_hears_nothing_more(self, client: Client, endpoint: Endpoint) -> None:
        a_placed_order(client)
        fan_out_all()
        assert waiting(endpoint) == [("order.created", "pending", 0)]
        remove_endpoint(endpoint.pk, actor=ACTOR)
        a_placed_order(client)
        fan_out_all()
        assert waiting(endpoint) == []

    def test_a_test_needs_it_active(self, endpoint: Endpoint) -> None:
        pause_endpoint(endpoint.pk, actor=ACTOR)
        with nothing_changes(), pytest.raises(OperationRefused, match="paused"):
            send_test(endpoint.pk, actor=ACTOR)


class TestSecrets:
    def test_while_it_is_replaced_both_sign_the_new_one_first(self, endpoint: Endpoint) -> None:
        old = signing_secrets(endpoint.pk)
        _, new = rotate_secret(endpoint.pk, actor=ACTOR)
        assert signing_secrets(endpoint.pk) == [secret_bytes(new), *old]
        _, newest = rotate_secret(endpoint.pk, overlap_hours=0, actor=ACTOR)
        assert signing_secrets(endpoint.pk) == [secret_bytes(newest)]

    def test_five_sign_at_most(self, endpoint: Endpoint) -> None:
        for _ in range(7):
            rotate_secret(endpoint.pk, overlap_hours=168, actor=ACTOR)
        assert len(signing_secrets(endpoint.pk)) == 5

    def test_they_are_opened_with_any_of_the_keys(self, settings: Settings) -> None:
        settings.WEBHOOK_SECRET_KEYS = ["old"]
        sealed = seal("whsec_x")
        settings.WEBHOOK_SECRET_KEYS = ["new", "old"]
        assert unseal(sealed) == "whsec_x"
        assert seal("whsec_x") != sealed


class TestReplaying:
    def test_one_event_is_sent_again_also_one_from_before_the_endpoint(self, client: Client) -> None:
        order = a_placed_order(client)
        fan_out_all()
        event = Event.objects.get(subject_id=order.pk, type="order.created")
        endpoint = an_endpoint(client, event_types=["order.created"])
        assert replay(endpoint.pk, event_id=event.pk, actor=ACTOR)[1] == 1
        assert replay(endpoint.pk, event_id=event.pk, actor=ACTOR)[1] == 0
        Delivery.objects.filter(target=endpoint.key).update(status="dead", attempts=9, last_error="It answered 500.")
        assert replay(endpoint.pk, event_id=event.pk, actor=ACTOR)[1] == 1
        assert waiting(endpoint) == [("order.created", "pending", 0)]

    def test_a_range_has_what_the_endpoint_hears_and_no_other(self, client: Client) -> None:
        since = timezone.now()
        for owner in (client, client, a_storefront("Other")):
            a_placed_order(owner)
        fan_out_all()
        endpoint = an_endpoint(client, event_types=["order.created"])
        assert replay(endpoint.pk, since=since, until=since + dt.timedelta(milliseconds=1), actor=ACTOR)[1] == 0
        assert replay(endpoint.pk, since=since, actor=ACTOR)[1] == 2
        assert waiting(endpoint) == [("order.created", "pending", 0)] * 2

    @pytest.mark.parametrize(
        "asked", [{}, {"event_id": uuid.UUID(int=1)}, {"since": timezone.now() + dt.timedelta(days=1)}]
    )
    def test_what_is_nothing_to_send_is_refused(self, endpoint: Endpoint, asked: Any) -> None:
        with nothing_changes(), pytest.raises(InvalidInput):
            replay(endpoint.pk, **asked, actor=ACTOR)

    def test_another_s_event_is_refused_as_one_that_is_none(self, endpoint: Endpoint) -> None:
        order = a_placed_order(a_storefront("Other"))
        fan_out_all()
        event = Event.objects.get(subject_id=order.pk, type="order.created")
        with nothing_changes(), pytest.raises(InvalidInput, match="hears no event"):
            replay(endpoint.pk, event_id=event.pk, actor=ACTOR)

    def test_too_many_are_refused(self, client: Client, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("webhooks.actions.replaying.MOST_REPLAYED", 1)
        since = timezone.now()
        a_placed_order(client)
        a_placed_order(client)
        fan_out_all()
        with nothing_changes(), pytest.raises(InvalidInput, match="shorter range"):
            replay(endpoint.pk, since=since, actor=ACTOR)


def test_attempts_and_ended_secrets_go_after_thirty_days(endpoint: Endpoint) -> None:
    old = timezone.now() - dt.timedelta(days=31)
    an_attempt(endpoint, made_at=old)
    kept = an_attempt(endpoint)
    EndpointSecret.objects.create(endpoint=endpoint, sealed="x", expires_at=old)
    assert purge_attempts(batch=1) == 1
    assert list(Attempt.objects.all()) == [kept]
    assert EndpointSecret.objects.filter(endpoint=endpoint).count() == 1


class TestWhatTheDatabaseRefuses:
    @pytest.mark.parametrize(
        ("changes", "named"),
        [
            ({"url": "javascript:alert(1)"}, "endpoint_url_is_of_http"),
            ({"payload": "fat"}, "endpoint_payload_known"),
            ({"failures": 3}, "endpoint_failing_says_why"),
            ({"disabled_reason": "gone"}, "endpoint_disabled_for_a_reason"),
            ({"status": "removed", "disabled_at": timezone.now()}, "endpoint_disabled_for_a_reason"),
            ({"client_id": uuid.UUID(int=1)}, "client"),
        ],
    )
    def test_a_row_that_contradicts_itself(self, endpoint: Endpoint, changes: Any, named: str) -> None:
        with pytest.raises(DatabaseError, match=named), transaction.atomic():
            Endpoint.objects.filter(pk=endpoint.pk).update(**changes)

    def test_a_move_that_is_none_and_a_deletion(self, endpoint: Endpoint) -> None:
        remove_endpoint(endpoint.pk, actor=ACTOR)
        for break_it in (
            lambda: Endpoint.objects.filter(pk=endpoint.pk).update(status="active"),
            lambda: Endpoint.objects.filter(pk=endpoint.pk)._raw_delete("default"),
            lambda: Endpoint.objects.create(client=endpoint.client, url=URL, status="paused"),
        ):
            with pytest.raises(DatabaseError), transaction.atomic():
                break_it()

    def test_a_secret_in_plain_text_a_second_lasting_one_or_one_that_lasts_longer(self, endpoint: Endpoint) -> None:
        rotate_secret(endpoint.pk, overlap_hours=1, actor=ACTOR)
        ends = EndpointSecret.objects.filter(endpoint=endpoint, expires_at__isnull=False)
        later = timezone.now() + dt.timedelta(days=9)
        for break_it in (
            lambda: EndpointSecret.objects.create(endpoint=endpoint, sealed="whsec_x", expires_at=later),
            lambda: EndpointSecret.objects.create(endpoint=endpoint, sealed="x"),
            lambda: ends.update(expires_at=later),
            lambda: ends.update(sealed="y"),
        ):
            with pytest.raises(DatabaseError), transaction.atomic():
                break_it()

    def test_an_attempt_that_contradicts_itself_or_is_changed(self, endpoint: Endpoint) -> None:
        for break_it in (
            lambda: an_attempt(endpoint, outcome="delivered"),
            lambda: an_attempt(endpoint, outcome="not_sent"),
            lambda: Attempt.objects.filter(pk=an_attempt(endpoint).pk).update(status_code=200),
        ):
            with pytest.raises(DatabaseError), transaction.atomic():
                break_it()
