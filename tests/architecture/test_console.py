"""What holds for every list and every page of the console."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from axes.models import AccessAttempt, AccessLog
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Group
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from core import relay
from core.console import ConsoleAdmin
from core.console.changelist import LookAheadMixin
from core.models import (
    RELAY_ID,
    Event,
    IdempotencyRecord,
    Message,
    OutboxEntry,
    RejectedRow,
    Relay,
    Role,
    RoleLimit,
)
from customers.actions import add_address
from orders.actions import add_note, place_hold
from orders.models import Order
from tests.factories.core import a_client, a_key
from tests.factories.customers import a_customer, an_address
from tests.factories.orders import ACTOR, a_placed_order, an_order
from tests.factories.staff import a_person, a_staff_member, a_superuser, browser_of, list_page, object_page
from tests.factories.trading import a_book, a_trade, an_import

pytestmark = pytest.mark.django_db

MODELS = sorted(model._meta.label_lower for model in admin.site._registry)
OWN_APPS = {"core", "customers", "inventory", "orders", "shipping", "trading"}
_numbers = itertools.count(1)


def one_more_of_everything() -> None:
    """Adds a row, at least, to every table that the console lists."""
    number = next(_numbers)
    client = a_client()
    customer = a_customer(client, f"ann{number}@example.com")
    add_address(customer.pk, an_address(), actor=ACTOR)
    units = {f"SKU-{number}": 2, f"SKU-{number}-B": 1}
    order = an_order("shipped", client, units)
    add_note(order.pk, body="Look at this", actor=ACTOR)
    held = a_placed_order(client, units)
    place_hold(held.pk, reason="fraud_review", actor=ACTOR)
    symbol = f"SYM{number}"
    a_book(client, symbol)
    a_trade(client, symbol=symbol, amount=22)
    RejectedRow.objects.create(job=an_import(client), line=2, row="?", code="columns", reason="One column.")
    a_key(client, ())
    IdempotencyRecord.objects.create(client=client, key=f"k{number}", fingerprint="0" * 64, status=201, body=b"{}")
    event = Event.objects.order_by("-id")[0]
    Message.objects.create(event_id=event.pk, kind=f"k{number}", recipient="ann@example.com", subject="Hello")
    a_person()
    role = Role.objects.create(group=Group.objects.create(name=f"role{number}"))
    RoleLimit.objects.create(role=role, authority="payments.refund", currency="EUR", amount=number)
    AccessAttempt.objects.create(
        username=f"u{number}", ip_address="10.0.0.1", attempt_time=timezone.now(), failures_since_start=1
    )
    AccessLog.objects.create(username=f"u{number}", ip_address="10.0.0.1", attempt_time=timezone.now())
    while relay.fan_out():
        pass
    OutboxEntry.objects.create(event=event, subject_id=event.subject_id, version=event.version)
    Relay.objects.get_or_create(pk=RELAY_ID)


def statements_of(browser: Any, address: str) -> list[str]:
    with CaptureQueriesContext(connection) as captured:
        response = browser.get(address)
    assert response.status_code == 200, address
    return [query["sql"] for query in captured.captured_queries]


def test_every_model_of_the_product_is_in_the_console() -> None:
    shown = set(admin.site._registry)
    mine = {model for model in apps.get_models() if model._meta.app_label in OWN_APPS}
    assert mine - shown == set()


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
    assert few <= 16
