"""The console's pages of endpoints and attempts."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from core.models import Client, Delivery, Event
from core.relay import fan_out
from tests.factories.core import ACTOR, a_client, timeline
from tests.factories.orders import a_placed_order
from tests.factories.staff import (
    a_person,
    a_superuser,
    a_token,
    as_opened,
    browser_of,
    button,
    list_button,
    list_page,
    object_page,
    told,
)
from tests.factories.storefronts import a_storefront
from tests.factories.watching import everything, nothing_changes
from tests.factories.webhooks import URL, a_disabled_endpoint, a_failing_endpoint, an_attempt, an_endpoint
from webhooks.actions import resume_endpoint
from webhooks.admin.parts import counted
from webhooks.models import Endpoint, EndpointSecret
from webhooks.queries import signing_secrets
from webhooks.rates import rate_of
from webhooks.sending import secret_bytes

pytestmark = pytest.mark.django_db

MODEL, ATTEMPT = "webhooks.endpoint", "webhooks.attempt"
SENT = {"url": URL, "description": "Stock", "nouns": ["order.*"], "event_types": "", "payload": "thin", "notify": ""}


@pytest.fixture
def browser() -> Browser:
    return browser_of(a_superuser())


@pytest.fixture
def client() -> Client:
    return a_storefront()


def press(browser: Browser, address: str, **data: Any) -> Any:
    return browser.post(address, {**as_opened(browser, address), **data}, follow=True)


def push(browser: Browser, endpoint: Endpoint, name: str) -> str:
    """A button that asks nothing."""
    endpoint.refresh_from_db()
    sent = {"version": endpoint.version, "token": a_token()}
    return told(browser.post(button(MODEL, endpoint.pk, name), sent, follow=True))


def page_of(browser: Browser, endpoint: Endpoint) -> str:
    return told(browser.get(object_page(MODEL, endpoint.pk)))


def secret_on(page: Any) -> str:
    (found,) = re.findall(r'id="endpoint-secret">(whsec_[^<]+)<', page.content.decode())
    return str(found)


def fan_out_all() -> None:
    while fan_out():
        pass


def test_a_new_endpoint_s_secret_is_shown_once_and_signs(browser: Browser, client: Client) -> None:
    sent = {**SENT, "client": client.pk, "event_types": "payment.captured\nshipment.*", "token": a_token()}
    page = browser.post(list_button(MODEL, "add"), sent)
    endpoint, secret = Endpoint.objects.get(), secret_on(page)
    assert endpoint.event_types == ["order.*", "payment.captured", "shipment.*"]
    assert signing_secrets(endpoint.pk) == [secret_bytes(secret)]
    assert "no-store" in page["Cache-Control"]
    assert secret not in str(everything())
    again = browser.post(list_button(MODEL, "add"), sent, follow=True)
    assert "it acted once" in told(again)
    assert secret not in again.content.decode()
    assert Endpoint.objects.count() == 1


def test_a_rotated_secret_is_shown_once_with_how_long_the_other_signs(browser: Browser, client: Client) -> None:
    endpoint = an_endpoint(client)
    page = press(browser, button(MODEL, endpoint.pk, "rotate-secret"), overlap_hours=2)
    assert signing_secrets(endpoint.pk)[0] == secret_bytes(secret_on(page))
    assert len(signing_secrets(endpoint.pk)) == 2
    assert "no-store" in page["Cache-Control"]
    assert "requests are signed with the secret before it too" in told(page)
    shown = page_of(browser, endpoint)
    assert "Signs until then" in shown
    assert "Given a new secret" in shown
    older = EndpointSecret.objects.get(expires_at__isnull=False)
    assert older.sealed not in browser.get(object_page("webhooks.endpointsecret", older.pk)).content.decode()


@pytest.mark.parametrize(
    ("typed", "told_at_field"),
    [
        ({"url": "https://10.0.0.1/"}, "10.0.0.1"),
        ({"event_types": "order.eaten"}, "No event that clients are told of has the type 'order.eaten'"),
        ({"client": ""}, "This field is required"),
    ],
)
def test_what_cannot_be_is_told_at_its_field(
    browser: Browser, client: Client, typed: dict[str, str], told_at_field: str
) -> None:
    with nothing_changes():
        page = press(browser, list_button(MODEL, "add"), **{**SENT, "client": client.pk, **typed})
    assert page.status_code == 400
    assert told_at_field in told(page)


def test_an_endpoint_is_edited_paused_resumed_tested_and_removed(browser: Browser, client: Client) -> None:
    endpoint = an_endpoint(client, event_types=["order.*"])
    press(browser, button(MODEL, endpoint.pk, "edit"), **{**SENT, "nouns": [], "description": "Parcels"})
    endpoint.refresh_from_db()
    assert (endpoint.event_types, endpoint.description) == ([], "Parcels")
    assert "is paused: what happens is kept for it" in push(browser, endpoint, "pause")
    assert "Nothing is sent: it is paused." in page_of(browser, endpoint)
    assert "is active" in push(browser, endpoint, "resume")
    assert "A test is on its way" in push(browser, endpoint, "send-test")
    press(browser, button(MODEL, endpoint.pk, "remove"))
    shown = page_of(browser, endpoint)
    assert "It is removed." in shown
    assert "Changed: description to Parcels, types of events to none" in shown
    assert timeline(endpoint.pk) == [
        "endpoint.created", "endpoint.updated", "endpoint.paused", "endpoint.resumed", "endpoint.tested",
        "endpoint.removed",
    ]  # fmt: skip


def test_events_are_sent_again_one_or_all_of_a_time(browser: Browser, client: Client) -> None:
    order = a_placed_order(client)
    fan_out_all()
    endpoint = an_endpoint(client, event_types=["order.*"])
    event = Event.objects.get(subject_id=order.pk, type="order.created")
    form = button(MODEL, endpoint.pk, "replay")
    page = press(browser, form, event_id=str(event.pk), since="", until="")
    assert f"1 event waits for {URL} because of this." in told(page)
    page = press(browser, form, event_id="", since="2020-01-01T00:00", until="")
    assert "wait for" in told(page)
    assert Delivery.objects.filter(target=endpoint.key, event=event).count() == 1
    with nothing_changes():
        page = press(browser, form, event_id=str(event.pk), since="2020-01-01T00:00", until="")
    assert "Name one event, or since when; one of them." in told(page)


def test_who_may_only_look_sees_no_buttons_and_no_way_to_send_again(client: Client) -> None:
    endpoint, browser = a_failing_endpoint(client), browser_of(a_person("support_agent"))
    attempt = an_attempt(endpoint)
    shown = page_of(browser, endpoint) + told(browser.get(object_page(ATTEMPT, attempt.pk)))
    assert "Its newest request failed" in shown
    assert "Rotate the secret" not in shown
    assert "Send again" not in shown
    assert "Send this event again" not in shown
    with nothing_changes():
        assert browser.post(button(MODEL, endpoint.pk, "pause"), {"token": a_token()}).status_code == 403
        assert browser.get(list_button(MODEL, "add")).status_code == 403


def test_a_failing_endpoint_says_why_since_when_and_what_to_do(browser: Browser, client: Client) -> None:
    endpoint = a_failing_endpoint(client)
    assert "Its newest request failed, at" in page_of(browser, endpoint)
    Endpoint.objects.update(failures=3)
    shown = page_of(browser, endpoint)
    for words in ("It has taken nothing since", ": It answered 500.", "Repair the receiver.", "it is disabled."):
        assert words in shown, words
    assert "1 Failing webhook endpoints" in told(browser.get("/admin/"))
    assert "Failing" in told(browser.get(list_page(MODEL, failing="yes")))


def test_what_a_disabled_endpoint_missed_is_offered_until_it_is_sent_again(browser: Browser, client: Client) -> None:
    endpoint = a_disabled_endpoint(client)
    shown = page_of(browser, endpoint)
    assert "It answered 410 Gone. Nothing is kept for it. Once the receiver answers again: resume" in shown
    assert "1 Disabled webhook endpoints" in told(browser.get("/admin/"))
    resume_endpoint(endpoint.pk, actor=ACTOR)
    page = browser.get(object_page(MODEL, endpoint.pk)).content.decode()
    assert "nothing was kept for it until it was resumed" in page
    (address,) = re.findall(r'href="([^"]+/do/replay/\?since=[^"]+)"', page)
    form = browser.get(address).content.decode()
    assert re.search(
        r'name="since" value="\d{4}-\d\d-\d\dT\d\d:\d\d"|value="\d{4}-\d\d-\d\dT\d\d:\d\d"[^>]*name="since"', form
    )
    press(browser, button(MODEL, endpoint.pk, "replay"), event_id="", since="2020-01-01T00:00", until="")
    assert "until it was resumed" not in page_of(browser, endpoint)


def test_what_was_given_up_is_sent_again_by_a_link(browser: Browser, client: Client) -> None:
    endpoint = an_endpoint(client, event_types=["order.created"])
    a_placed_order(client)
    fan_out_all()
    assert "Waiting 1 Given up 0" in page_of(browser, endpoint)
    Delivery.objects.filter(target=endpoint.key).update(status="dead", last_error="It answered 500.", attempts=40)
    page = browser.get(object_page(MODEL, endpoint.pk)).content.decode()
    assert "1 event given up." in page
    (address,) = re.findall(r'href="([^"]+/do/replay/\?event_id=[^"]+)"', page)
    assert str(Event.objects.get(type="order.created").pk) in browser.get(address).content.decode()


def test_an_attempt_shows_what_was_asked_and_answered_and_runs_nothing_of_it(browser: Browser, client: Client) -> None:
    attempt = an_attempt(
        an_endpoint(client),
        request_headers={"User-Agent": "Quartermaster-Webhooks/1"},
        request_body='{"id":"1","data":{}}',
        response_headers={"server": "<b>x</b>"},
        response_body="<script>alert(1)</script>",
    )
    page = browser.get(object_page(ATTEMPT, attempt.pk)).content.decode()
    assert "{\n  &quot;id&quot;: &quot;1&quot;,\n  &quot;data&quot;: {}\n}" in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<script>alert" not in page
    assert "<b>x" not in page


def test_lists_and_pages_take_as_many_statements_for_many_rows_as_for_one(browser: Browser, client: Client) -> None:
    endpoint = a_failing_endpoint(client, event_types=["order.*"])
    an_attempt(endpoint)
    a_placed_order(client)
    fan_out_all()
    addresses = [list_page(MODEL), object_page(MODEL, endpoint.pk), object_page("core.client", client.pk)]

    def statements() -> list[int]:
        counts = []
        for address in addresses:
            with CaptureQueriesContext(connection) as captured:
                assert browser.get(address).status_code == 200
            counts.append(len(captured))
        return counts

    statements()
    few = statements()
    for number in range(5):
        an_attempt(a_failing_endpoint(client, url=f"{URL}/{number}"))
        an_attempt(endpoint)
        a_placed_order(client)
    fan_out_all()
    assert statements() == few
    assert "Failing" in told(browser.get(addresses[2]))


def test_the_list_counts_what_waits_and_was_sent_in_the_last_hour(browser: Browser, client: Client) -> None:
    endpoint = an_endpoint(client, event_types=["order.created"])
    for number in range(3):
        an_attempt(endpoint, made_at=timezone.now() - dt.timedelta(minutes=50 * number))
    a_placed_order(client)
    fan_out_all()
    row = browser.get(list_page(MODEL)).context["cl"].result_list[0]
    assert (row.waiting, row.last_hour) == (1, 2)
    assert (counted(99), counted(100)) == ("99", "99+")


def test_requests_are_counted_by_hour_with_how_long_they_took(client: Client) -> None:
    endpoint = an_endpoint(client)
    an_attempt(an_endpoint(client, url=f"{URL}/other"))
    since = dt.datetime(2026, 5, 4, 10, 30, tzinfo=dt.UTC)
    taken: dict[str, Any] = {"outcome": "delivered", "status_code": 200, "error_code": "", "error": ""}
    for minutes, milliseconds in ((0, 10), (59, 20), (60, 30)):
        an_attempt(endpoint, made_at=since + dt.timedelta(minutes=minutes), milliseconds=milliseconds, **taken)
    an_attempt(endpoint, made_at=since + dt.timedelta(minutes=61), milliseconds=1000)
    an_attempt(endpoint, made_at=since - dt.timedelta(minutes=1))
    rate = rate_of(endpoint.pk, since)
    assert rate.hours == {since: (2, 0), since + dt.timedelta(hours=1): (1, 1)}
    assert (rate.begins, rate.taken, rate.failed, rate.median, rate.slowest) == (since, 3, 1, 25, 854)
    newest = rate_of(endpoint.pk, since, most=2)
    assert (newest.begins, newest.taken, newest.failed) == (since + dt.timedelta(minutes=60), 1, 1)


def test_the_chart_tells_the_same_in_words_and_as_a_table(browser: Browser, client: Client) -> None:
    endpoint = an_endpoint(client)
    assert "Nothing was sent in this time." in page_of(browser, endpoint)
    an_attempt(endpoint)
    page = browser.get(object_page(MODEL, endpoint.pk)).content.decode()
    assert 'role="img" aria-labelledby="requests-title requests-desc"' in page
    assert "24 hours: 0 taken, 1 failed. At most 1 in an hour" in page
    assert "Failed 100.0% Half took at most 12 ms" in page_of(browser, endpoint)


def test_a_client_that_hears_nothing_has_no_endpoints_on_its_page(browser: Browser) -> None:
    carrier = a_client(kind="carrier")
    assert "Webhook endpoints" not in told(browser.get(object_page("core.client", carrier.pk))).split("Actions")[-1]
