"""The queues of the dashboard: each counts what its list shows, and what can be done."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client as Browser
from django.utils import timezone

from core.operations import explain
from inventory.actions import adjust
from inventory.models import StockLevel
from orders.actions import cancel_order, delete_order, lift_hold, place_hold
from orders.admin.rows import PLACED, on_hold, releasable
from orders.models import Hold, Order, OrderLine
from orders.operations import RELEASE
from orders.statuses import OrderStatus
from orders.tasks import serve_waiting
from tests.factories.inventory import stock_up
from tests.factories.orders import ACTOR, ADDRESS, a_draft, a_placed_order, a_waiting_order, an_order, pay
from tests.factories.shipping import an_order_on_account
from tests.factories.staff import a_superuser, browser_of, list_page, told

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser() -> Browser:
    return browser_of(a_superuser())


def a_paid_order() -> Order:
    order = a_placed_order()
    pay(order)
    return order


def an_order_of_each_kind() -> None:
    """Of every status, and placed ones that each check of the release lets pass or keeps back."""
    for status in OrderStatus:
        an_order(status)
    an_order_on_account()
    a_paid_order()
    half_paid = a_placed_order()
    pay(half_paid, half_paid.total - 1)
    place_hold(a_paid_order().pk, reason="fraud_review", actor=ACTOR)
    lifted = a_paid_order()
    place_hold(lifted.pk, reason="fraud_review", actor=ACTOR)
    lift_hold(lifted.pk, Hold.objects.get(order=lifted).pk, actor=ACTOR)
    expired = a_paid_order()
    an_hour = dt.timedelta(hours=1)
    place_hold(expired.pk, reason="fraud_review", expires_at=timezone.now() + an_hour, actor=ACTOR)
    Hold.objects.filter(order=expired).update(expires_at=timezone.now() - an_hour)
    delete_order(a_placed_order().pk, actor=ACTOR)
    pay(a_placed_order(shipping_address={}))
    pay(a_placed_order(shipping_address={**ADDRESS, "city": ""}))
    pay(a_placed_order(shipping_address={}, handover="in_person"))
    short = a_placed_order(units={"SHORT": 2})
    pay(short)
    level = StockLevel.objects.get(variant__sku="SHORT")
    adjust(level.variant_id, level.location_id, to=1, note="Broken", actor=ACTOR)


def count_of(text: str, tile: str) -> int:
    words = text.split()
    at = next(i for i in range(len(words)) if " ".join(words[i:]).startswith(tile) and words[i - 1].isdecimal())
    return int(words[at - 1])


def test_what_counts_as_ready_is_what_can_be_released() -> None:
    an_order_of_each_kind()
    can_be = {order.pk for order in Order.objects.all() if explain(order, RELEASE) is None}
    assert len(can_be) == 5
    assert set(Order.objects.filter(releasable()).values_list("pk", flat=True)) == can_be


def test_the_query_of_what_is_ready_knows_every_check_of_the_release() -> None:
    assert [check.__name__ for check in RELEASE.conditions] == [
        "not_deleted",
        "not_on_hold",
        "paid_or_on_account",
        "has_address",
        "fully_reserved",
    ]


def test_every_placed_order_is_ready_or_not(browser: Browser) -> None:
    an_order_of_each_kind()
    text = told(browser.get("/admin/"))
    ready, not_ready = count_of(text, "Ready to release"), count_of(text, "Not ready to release")
    assert (ready, not_ready) == (5, 6)
    assert ready + not_ready == Order.objects.filter(PLACED).count()
    for query, count in (({"ready": "yes"}, ready), ({"ready": "no"}, not_ready)):
        listed = browser.get(list_page("orders.order", **query)).context["cl"].result_list
        assert len(listed) == count


def test_an_order_of_which_nothing_can_leave_any_more_is_not_on_hold(browser: Browser) -> None:
    place_hold(a_draft().pk, reason="other", actor=ACTOR)
    cancelled = a_placed_order()
    place_hold(cancelled.pk, reason="other", actor=ACTOR)
    cancel_order(cancelled.pk, reason="Fraud", actor=ACTOR)
    assert count_of(told(browser.get("/admin/")), "On hold") == 1
    assert Order.objects.filter(on_hold()).get().status == "draft"
    assert len(browser.get(list_page("orders.order", on_hold="no")).context["cl"].result_list) == 1


def test_a_promise_that_passed_is_a_queue_until_the_units_come_or_another_day_is_promised(browser: Browser) -> None:
    late, later, served = (a_waiting_order({sku: 2}, {sku: 1}) for sku in "CDE")
    a_placed_order()
    passed = {"promised_on": timezone.localdate() - dt.timedelta(days=1)}
    OrderLine.objects.filter(order__in=[late, served]).update(**passed)
    stock_up({"E": 1})
    serve_waiting()
    assert count_of(told(browser.get("/admin/")), "Promise passed") == 1
    assert listed(browser, promise_passed="yes") == {late.pk}
    assert listed(browser, promise_passed="no") == {later.pk}
    assert listed(browser, waiting="yes") == {late.pk, later.pk}
    assert served.pk in listed(browser, waiting="no")
    OrderLine.objects.filter(order=late).update(promised_on=timezone.localdate())
    assert listed(browser, promise_passed="yes") == set()


def listed(browser: Browser, **query: str) -> set[object]:
    return {order.pk for order in browser.get(list_page("orders.order", **query)).context["cl"].result_list}


def test_a_queue_of_more_than_it_counts_says_so(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.console.dashboard.COUNTED", 2)
    for _ in range(3):
        a_placed_order()
    assert "2+ Not ready to release" in told(browser.get("/admin/"))
