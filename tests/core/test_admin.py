from __future__ import annotations

import hashlib
from typing import Any

import pytest
from django.test import Client as Browser

from core.models import RELAY_ID, ApiKey, Client, Delivery, DeliveryStatus, Event, Message, MessageStatus
from core.relay import fan_out
from tests.factories.core import a_client
from tests.factories.orders import a_placed_order
from tests.factories.staff import (
    a_staff_member,
    a_superuser,
    a_token,
    browser_of,
    button,
    list_button,
    list_page,
    object_page,
    told,
)

pytestmark = pytest.mark.django_db

KEYS = {"scopes": ["orders:read", "stock:read"], "days": "30"}


@pytest.fixture
def browser() -> Browser:
    return browser_of(a_superuser())


def issue(browser: Browser, client: Client, **data: Any) -> Any:
    return browser.post(button("core.client", client.pk, "issue-key"), {**KEYS, "token": a_token(), **data})


def plain_text(response: Any) -> str:
    page: str = response.content.decode()
    return page.split('id="api-key">')[1].split("<")[0]


def test_a_client_is_added_and_given_a_key_that_is_shown_once(browser: Browser) -> None:
    browser.post(
        list_button("core.client", "add"), {"name": "Shop", "kind": "storefront", "mode": "live", "token": a_token()}
    )
    client = Client.objects.get(name="Shop")
    response = issue(browser, client)
    public, secret = plain_text(response).split(".")
    key = ApiKey.objects.get()
    assert (f"qm_live_{key.prefix}", key.secret_sha256) == (public, hashlib.sha256(secret.encode()).hexdigest())
    assert key.scopes == ["orders:read", "stock:read"]
    assert key.expires_at is not None
    assert "no-store" in response["Cache-Control"]
    assert secret not in browser.get(f"/admin/core/apikey/{key.pk}/change/").content.decode()


def test_issuing_sent_twice_makes_one_key(browser: Browser) -> None:
    client = a_client()
    token = a_token()
    issue(browser, client, token=token)
    again = browser.get(issue(browser, client, token=token).url)
    assert "was sent before" in told(again)
    assert ApiKey.objects.count() == 1


def test_an_unknown_scope_is_refused(browser: Browser) -> None:
    response = issue(browser, a_client(), scopes=["world:rule"])
    assert response.status_code == 400
    assert not ApiKey.objects.exists()


def test_a_scope_that_only_some_requests_need_can_be_given(browser: Browser) -> None:
    issue(browser, a_client(), scopes=["orders:price"])
    assert "orders:price" in ApiKey.objects.get().scopes


def test_a_revoked_key_opens_nothing(browser: Browser) -> None:
    text = plain_text(issue(browser, a_client()))
    headers = {"Authorization": f"Bearer {text}"}
    assert Browser().get("/api/v1/orders/", headers=headers).status_code == 200
    browser.post(button("core.apikey", ApiKey.objects.get().pk, "revoke"), {"token": a_token()})
    assert Browser().get("/api/v1/orders/", headers=headers).status_code == 401


def a_dead_letter() -> Delivery:
    a_placed_order()
    while fan_out():
        pass
    delivery = Delivery.objects.order_by("id")[0]
    Delivery.objects.filter(pk=delivery.pk).update(status=DeliveryStatus.DEAD, attempts=12, last_error="No route")
    return delivery


def test_dead_letters_are_listed_counted_and_replayed(browser: Browser) -> None:
    delivery = a_dead_letter()
    assert "1 Dead letters" in told(browser.get("/admin/"))
    assert "No route" in told(browser.get(list_page("core.delivery", status__exact="dead")))
    chosen = {"action": "replay_dead_letters", "_selected_action": list(Delivery.objects.values_list("pk", flat=True))}
    response = browser.post(list_page("core.delivery"), chosen, follow=True)
    assert "1 will be delivered again soon." in told(response)
    delivery.refresh_from_db()
    assert (delivery.status, delivery.attempts) == (DeliveryStatus.PENDING, 0)


def test_one_dead_letter_is_replayed_from_its_page(browser: Browser) -> None:
    delivery = a_dead_letter()
    browser.post(button("core.delivery", delivery.pk, "replay"), {"token": a_token()})
    delivery.refresh_from_db()
    assert delivery.status == DeliveryStatus.PENDING
    assert Event.objects.get(type="relay.replayed").actor_kind == "staff"
    assert f"Dead letters replayed: {delivery.pk}" in told(browser.get(object_page("core.relay", RELAY_ID)))


def test_deliveries_show_target_lane_attempts_and_error_and_are_found_by_their_lane(browser: Browser) -> None:
    a_dead_letter()
    row = told(browser.get(list_page("core.delivery")))
    assert all(text in row for text in ("orders.mail_confirmation", "mail", "order.created", "12", "No route"))
    assert "orders.mail_confirmation" not in told(browser.get(list_page("core.delivery", waiting_in="handlers")))
    Delivery.objects.update(status=DeliveryStatus.PENDING)
    assert "orders.mail_confirmation" in told(browser.get(list_page("core.delivery", waiting_in="mail")))


def an_uncertain_message() -> Message:
    delivery = a_dead_letter()
    return Message.objects.create(
        event_id=delivery.event_id, kind="order_confirmed", recipient="ann@example.com", subject="Hello",
        status=MessageStatus.UNCERTAIN,
    )  # fmt: skip


def test_an_uncertain_email_is_on_the_dashboard_and_sent_again_from_its_page(browser: Browser) -> None:
    message = an_uncertain_message()
    assert "1 Uncertain e-mails" in told(browser.get("/admin/"))
    assert "ann@example.com" in told(browser.get(list_page("core.message", uncertain="yes")))
    browser.post(button("core.message", message.pk, "send_again"), {"token": a_token()})
    message.refresh_from_db()
    assert (message.status, Delivery.objects.get(event_id=message.event_id).status) == ("owed", "pending")
    assert Event.objects.get(type="message.released").actor_kind == "staff"
    assert "ann@example.com" not in told(browser.get(list_page("core.message", uncertain="yes")))


def test_who_may_only_look_sends_no_email_again() -> None:
    message = an_uncertain_message()
    browser = browser_of(a_staff_member("core.view_message"))
    assert browser.post(button("core.message", message.pk, "send_again"), {"token": a_token()}).status_code == 403
    message.refresh_from_db()
    assert message.status == MessageStatus.UNCERTAIN


def test_who_may_only_look_replays_nothing() -> None:
    delivery = a_dead_letter()
    browser = browser_of(a_staff_member("core.view_delivery"))
    browser.post(list_page("core.delivery"), {"action": "replay_dead_letters", "_selected_action": [delivery.pk]})
    assert browser.post(button("core.delivery", delivery.pk, "replay"), {"token": a_token()}).status_code == 403
    delivery.refresh_from_db()
    assert delivery.status == DeliveryStatus.DEAD


def test_an_event_is_found_by_what_it_is_about_and_says_it_in_words(browser: Browser) -> None:
    order = a_placed_order()
    text = told(browser.get(list_page("core.event", q=str(order.pk))))
    assert "Created as placed: 2 lines, 27.50 EUR" in text
    assert "inventory.received" not in text
    event = Event.objects.filter(subject_id=order.pk)[0]
    assert str(event.pk) in told(browser.get(f"/admin/core/event/{event.pk}/change/"))


def test_search_text_that_is_no_value_of_the_field_finds_nothing(browser: Browser) -> None:
    for label in ("core.event", "core.delivery", "core.apikey", "core.idempotencyrecord", "axes.accessattempt"):
        assert browser.get(list_page(label, q="no 'such\" thing ☃")).status_code == 200
        page = browser.get(list_page(label, q="nul\x00"), follow=True)
        assert page.redirect_chain == [(list_page(label, e="1"), 302)]
        assert "a character that no text has: nothing was searched for" in told(page)
