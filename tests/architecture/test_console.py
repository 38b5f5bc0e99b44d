"""What holds for every list and every page of the console."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from core.console import ConsoleAdmin
from core.console.changelist import LookAheadMixin
from core.models import Delivery, DeliveryStatus, HeardKey, Message, MessageStatus, Ruleset
from orders.models import Order, OrderLine
from shipping.actions import pack_shipment
from storefronts.models import StorefrontSettings
from tests.factories.console import MODELS, one_more_of_everything
from tests.factories.orders import ACTOR, a_placed_order, a_waiting_order, an_order
from tests.factories.shipping import a_shipment, an_order_on_account
from tests.factories.staff import a_staff_member, a_superuser, browser_of, list_page, object_page
from tests.factories.storefronts import a_storefront
from tests.rooms import APPS

pytestmark = pytest.mark.django_db


def statements_of(browser: Any, address: str) -> list[str]:
    with CaptureQueriesContext(connection) as captured:
        response = browser.get(address)
    assert response.status_code == 200, address
    return [query["sql"] for query in captured.captured_queries]


def test_every_model_of_the_product_is_in_the_console() -> None:
    shown = set(admin.site._registry)
    mine = {model for model in apps.get_models() if model._meta.app_label in APPS}
    # The mark of a ruleset tells people nothing; settings stand on the page of their storefront.
    assert mine - shown == {HeardKey, Ruleset, StorefrontSettings}


@pytest.mark.parametrize("label", MODELS)
def test_no_page_of_the_console_is_written_but_by_a_button(label: str) -> None:
    model_admin = admin.site.get_model_admin(apps.get_model(label))
    assert isinstance(model_admin, LookAheadMixin)
    assert isinstance(model_admin, ConsoleAdmin)


def test_lists_take_as_many_statements_for_twenty_rows_as_for_one_and_never_count() -> None:
    browser = browser_of(a_superuser())
    one_more_of_everything()
    for label in MODELS:
        browser.get(list_page(label))
    few = {label: statements_of(browser, list_page(label)) for label in MODELS}
    for _ in range(19):
        one_more_of_everything()
    many = {label: statements_of(browser, list_page(label)) for label in MODELS}
    assert {label: len(many[label]) for label in MODELS} == {label: len(few[label]) for label in MODELS}
    counting = [sql for statements in many.values() for sql in statements if "COUNT(" in sql.upper()]
    assert counting == []
    assert max(len(statements) for statements in many.values()) <= 8


@pytest.mark.slow
def test_searches_and_filters_never_count() -> None:
    browser = browser_of(a_superuser())
    one_more_of_everything()
    for label in MODELS:
        for query in ({"q": "SKU-1"}, {"q": "100001"}, {"p": "2"}):
            counting = [s for s in statements_of(browser, list_page(label, **query)) if "COUNT(" in s.upper()]
            assert counting == [], (label, query)


def test_every_page_shows_for_a_superuser() -> None:
    browser = browser_of(a_superuser())
    one_more_of_everything()
    assert browser.get("/admin/").status_code == 200
    for label in MODELS:
        newest = apps.get_model(label)._default_manager.order_by("-pk")[:1]
        for row in newest:
            assert browser.get(object_page(label, row.pk)).status_code == 200, label


def test_staff_without_permissions_see_the_dashboard_and_nothing_else() -> None:
    browser = browser_of(a_staff_member())
    one_more_of_everything()
    assert browser.get("/admin/").status_code == 200
    for label in MODELS:
        row = apps.get_model(label)._default_manager.order_by("-pk")[0]
        assert browser.get(list_page(label)).status_code == 403, label
        assert browser.get(object_page(label, row.pk)).status_code == 403, label


@pytest.mark.parametrize("verb", ["add", "delete", "change"])
def test_django_s_own_ways_to_write_are_closed(verb: str) -> None:
    browser = browser_of(a_superuser())
    order = a_placed_order()
    before = Order.objects.values().get()
    address = "/admin/orders/order/add/" if verb == "add" else f"/admin/orders/order/{order.pk}/{verb}/"
    assert browser.post(address, {"status": "shipped", "post": "yes"}).status_code == 403
    assert Order.objects.values().get() == before


def test_an_order_page_takes_as_many_statements_for_twenty_lines_as_for_one() -> None:
    browser = browser_of(a_superuser())
    small = an_order("shipped", units={"ONE": 1})
    large = an_order("shipped", units={f"SKU-{number}": 1 for number in range(20)})
    browser.get(object_page("orders.order", small.pk))
    few = len(statements_of(browser, object_page("orders.order", small.pk)))
    assert len(statements_of(browser, object_page("orders.order", large.pk))) == few
    assert few <= 18


def test_every_queue_of_the_dashboard_counts_what_its_list_shows() -> None:
    browser = browser_of(a_superuser())
    for _ in range(2):
        one_more_of_everything()
    an_order_on_account()
    an_order_on_account(a_storefront(days_to_pay=0), placed_at=timezone.now() - dt.timedelta(days=3))
    a_waiting_order({"LATE": 1}, {})
    OrderLine.objects.filter(backordered=1).update(promised_on=dt.date(2020, 1, 1))
    a_shipment()
    a_shipment(status="failed")
    pack_shipment(a_shipment().pk, actor=ACTOR)
    Delivery.objects.filter(pk__in=Delivery.objects.values("pk")[:2]).update(status=DeliveryStatus.DEAD)
    Message.objects.update(status=MessageStatus.UNCERTAIN)
    tiles = browser.get("/admin/").context["tiles"]
    listed = {tile["label"]: len(browser.get(tile["address"]).context["cl"].result_list) for tile in tiles}
    assert {tile["label"]: int(tile["count"]) for tile in tiles} == listed
    assert all(listed.values()), listed
