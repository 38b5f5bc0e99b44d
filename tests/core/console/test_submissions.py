"""A form acts once: over going back, double clicks, flushed caches and workers killed in the middle."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.core.cache import cache
from django.db import OperationalError, connection, connections
from django.test import Client as Browser
from django.test import RequestFactory, override_settings
from django.utils import timezone

from core import idempotency
from core.console import submissions
from core.console.base import pressing
from core.console.submissions import Done, new_token
from core.models import Event, IdempotencyRecord, User
from orders.models import Order, OrderNote
from orders.payments.models import Payment
from tests.factories.orders import a_placed_order
from tests.factories.staff import a_superuser, as_opened, browser_of, button, told
from tests.factories.watching import nothing_changes

pytestmark = pytest.mark.django_db

PAYMENT = {"method": "cash", "amount": "10.00", "reference": ""}


@pytest.fixture
def user() -> User:
    return a_superuser()


@pytest.fixture
def browser(user: User) -> Browser:
    return browser_of(user)


def record_payment(order: Order) -> str:
    return button("orders.order", order.pk, "record-payment")


def test_a_form_sent_again_after_the_cache_was_flushed_tells_what_it_did(browser: Browser, user: User) -> None:
    order = a_placed_order()
    form = {**as_opened(browser, record_payment(order)), **PAYMENT}
    browser.post(record_payment(order), form)
    cache.clear()
    with nothing_changes():
        again: Any = browser.post(record_payment(order), form)
    assert again.status_code == 302
    assert "This form was sent before; it acted once: 10.00 EUR recorded." in told(browser.get(again.url))
    assert list(Payment.objects.values_list("amount", flat=True)) == [1_000]
    record = IdempotencyRecord.objects.get()
    assert (record.user, record.client, record.key, record.status) == (user, None, form["token"], 303)


def test_going_back_to_a_form_that_was_sent_finds_what_it_did(browser: Browser) -> None:
    order = a_placed_order()
    form = {**as_opened(browser, record_payment(order)), **PAYMENT}
    browser.post(record_payment(order), form)
    page = browser.get(record_payment(order), {"form": form["token"]})
    assert "This form was sent before; it acted once: 10.00 EUR recorded." in told(page)
    assert 'name="amount"' not in page.content.decode()


def test_a_form_opened_anew_acts_again(browser: Browser) -> None:
    order = a_placed_order()
    for _ in range(2):
        browser.post(record_payment(order), {**as_opened(browser, record_payment(order)), **PAYMENT})
    assert list(Payment.objects.values_list("amount", flat=True)) == [1_000, 1_000]


def test_a_form_that_was_changed_after_it_acted_is_asked_about_and_acts_when_sent_on_purpose(browser: Browser) -> None:
    order = a_placed_order()
    form = {**as_opened(browser, record_payment(order)), **PAYMENT}
    browser.post(record_payment(order), form)
    with nothing_changes():
        page = browser.post(record_payment(order), {**form, "amount": "2.50"})
    assert page.status_code == 409
    assert "this form was sent before and acted then: 10.00 EUR recorded." in told(page)
    assert 'value="2.50"' in page.content.decode()
    browser.post(record_payment(order), {**form, **hidden_of(page), "amount": "2.50"})
    assert sorted(Payment.objects.values_list("amount", flat=True)) == [250, 1_000]


def hidden_of(page: Any) -> dict[str, str]:
    class Shown:
        def get(self, _: str) -> Any:
            return page

    return as_opened(Shown(), "")  # type: ignore[arg-type]


@pytest.mark.parametrize("token", ["", "x", "test-1", "a:b:c", "\x00", "{} \x00", "{} " + "a" * 300])
def test_a_form_with_a_token_that_is_none_comes_back_as_it_was_typed(browser: Browser, token: str) -> None:
    order = a_placed_order()
    form = {**as_opened(browser, record_payment(order)), **PAYMENT, "reference": "T-77"}
    with nothing_changes():
        page = browser.post(record_payment(order), {**form, "token": token.format(new_token())})
    assert page.status_code == 400
    assert 'value="T-77"' in page.content.decode()
    browser.post(record_payment(order), {**form, **hidden_of(page)})
    assert Payment.objects.get().reference == "T-77"


def test_a_token_older_than_its_use_is_remembered_is_none(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    order = a_placed_order()
    form = {**as_opened(browser, record_payment(order)), **PAYMENT}
    with monkeypatch.context() as earlier:
        then = timezone.now().timestamp() - idempotency.KEPT_FOR.total_seconds() - 1
        earlier.setattr("django.core.signing.time.time", lambda: then)
        old = new_token()
    with nothing_changes():
        assert browser.post(record_payment(order), {**form, "token": old}).status_code == 400


def test_a_token_is_its_person_s_own(browser: Browser) -> None:
    order = a_placed_order()
    address = button("orders.order", order.pk, "add-note")
    form = {**as_opened(browser, address), "body": "Call first"}
    browser.post(address, form)
    browser_of(a_superuser()).post(address, form)
    assert OrderNote.objects.filter(order=order, body="Call first").count() == 2


def test_a_refused_form_may_be_sent_again_with_its_token(browser: Browser) -> None:
    order = a_placed_order()
    form = {**as_opened(browser, record_payment(order)), **PAYMENT}
    with nothing_changes():
        browser.post(record_payment(order), {**form, "amount": "0"})
    browser.post(record_payment(order), form)
    assert Payment.objects.get().amount == 1_000


@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_in_the_middle_leaves_nothing_and_the_form_acts_when_it_is_sent_again(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = a_placed_order()
    form = {**as_opened(browser, record_payment(order)), **PAYMENT}

    def killed(*_: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    with nothing_changes():
        with monkeypatch.context() as patched:
            patched.setattr(idempotency, "_remember", killed)
            with pytest.raises(OperationalError):
                browser.post(record_payment(order), form)
        connection.close()
    assert "10.00 EUR recorded." in told(browser.post(record_payment(order), form, follow=True))
    assert Payment.objects.get().amount == 1_000
    assert Event.objects.filter(type="payment.captured").count() == 1


class TestDoubleClicks:
    pytestmark = pytest.mark.django_db(transaction=True)

    def sent_by_two_threads(self, user: User, order: Order) -> list[str]:
        """A note's form, sent at the same moment: what both were told."""
        address = button("orders.order", order.pk, "add-note")
        form = {**as_opened(browser_of(user), address), "body": "Call first"}
        browsers, start = [browser_of(user), browser_of(user)], threading.Barrier(2)

        def send(browser: Browser) -> str:
            try:
                start.wait()
                return told(browser.post(address, form, follow=True))
            finally:
                connections.close_all()

        with ThreadPoolExecutor(2) as pool:
            return list(pool.map(send, browsers))

    def test_a_form_sent_twice_at_once_acts_once_and_both_are_told_what_it_did(self, user: User) -> None:
        order = a_placed_order()
        answers = self.sent_by_two_threads(user, order)
        assert OrderNote.objects.count() == 1
        assert [f"The note is added to order #{order.number}." in answer for answer in answers] == [True, True]
        assert sum("it acted once" in answer for answer in answers) == 1

    def test_without_the_token_s_record_it_acts_twice(self, user: User, monkeypatch: pytest.MonkeyPatch) -> None:
        """The control: the race is one."""
        order = a_placed_order()

        def unguarded(_: Any, work: Any) -> Done:
            done: Done = work()
            return done

        monkeypatch.setattr(pressing, "perform", unguarded)
        self.sent_by_two_threads(user, order)
        assert OrderNote.objects.count() == 2


def test_what_is_stored_of_what_was_typed_cannot_be_tried_out_without_the_secret_key(rf: RequestFactory) -> None:
    sent = rf.post("/admin/core/user/1/do/set-password/", {"password": "correct horse", "repeated": "correct horse"})
    stored = submissions._fingerprint(sent)
    with override_settings(SECRET_KEY="another key of the same shop, as long as one has to be"):
        assert submissions._fingerprint(sent) != stored
    assert submissions._fingerprint(sent) == stored
