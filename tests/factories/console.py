"""The console with something in every list, and the addresses of its pages as the registry has them."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterator
from typing import Any

from axes.models import AccessAttempt, AccessLog
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Group
from django.http import HttpRequest
from django.test import RequestFactory
from django.utils import timezone
from django_countries import countries

from core import relay
from core.console import ConsoleAdmin
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
    SinkHour,
    User,
)
from customers.actions import add_address
from documents.actions import issue_invoice
from orders.actions import Asked as AskedBack
from orders.actions import NewLine, OwnDiscount, add_note, pay_by_card, place_hold, refund_items
from orders.instalments.actions import Agreed, agree_instalments
from orders.payments.models import PaymentNotice
from pricing.lists.actions import NewPrice
from tests.factories.books import a_closed_day
from tests.factories.core import a_failing_sink, a_key, a_partition, a_refused_message
from tests.factories.customers import a_credit_account, a_customer, a_group, an_address
from tests.factories.delivery import a_method, a_rate
from tests.factories.offers import Asked, an_offer, use
from tests.factories.orders import ACTOR, a_placed_order, a_waiting_refund, an_order
from tests.factories.pricing import a_price_list
from tests.factories.settlement import a_difference, a_payout
from tests.factories.shipping import an_order_on_account
from tests.factories.staff import a_person, button, list_button, list_page, object_page
from tests.factories.stored_value import a_gift_card, a_store_credit
from tests.factories.storefronts import a_storefront
from tests.factories.taxes import a_tax_class, a_tax_rate
from tests.factories.trading import a_book, a_trade, an_import
from tests.factories.webhooks import a_disabled_endpoint, a_failing_endpoint, an_attempt

MODELS = sorted(model._meta.label_lower for model in admin.site._registry)
COUNTRIES = [code for code, _ in countries]
_numbers = itertools.count(1)


def one_more_of_everything() -> None:
    """Adds a row, at least, to every table that the console lists."""
    number = next(_numbers)
    client = a_storefront(return_days=30, hold_minutes=30 + number, sourcing=[{"rule": "priority", "parameters": {}}])
    group = a_group(client)
    customer = a_customer(client, f"ann{number}@example.com", group_ids=[group.pk])
    add_address(customer.pk, an_address(), actor=ACTOR)
    units = {f"SKU-{number}": 2, f"SKU-{number}-B": 1}
    a_method(client, f"METHOD-{number}", a_rate(countries=("DE",)))
    order = an_order("shipped", client, units)
    a_price_list(client, "TRADE", NewPrice(f"SKU-{number}", 500, 1, 600), group_ids=[group.pk])
    a_placed_order(
        client,
        units,
        shipping=100,
        discounts=[OwnDiscount("Late", amount=1)],
        lines=[NewLine(f"SKU-{number}", 1, tax=1)],
    )
    refund_items(order.pk, asked=AskedBack(goodwill=1), reason="other", actor=ACTOR)
    a_waiting_refund(order)
    issue_invoice(order.pk, actor=ACTOR)
    add_note(order.pk, body="Look at this", actor=ACTOR)
    on_account = an_order_on_account(client)
    agree_instalments(on_account.pk, instalments=[Agreed(timezone.localdate(), on_account.due)], actor=ACTOR)
    held = a_placed_order(client, units)
    place_hold(held.pk, reason="fraud_review", actor=ACTOR)
    payment = pay_by_card(held.pk, token="tok_ok", actor=ACTOR)
    PaymentNotice.objects.create(attempt=payment.attempts.get(), outcome="needs_action", was_news=False)
    offer = an_offer(
        client, f"OFFER-{number}", codes=(f"CODE-{number}",), variant_ids=[order.lines.all()[0].variant_id]
    )
    use(order, Asked.of(offer, f"CODE-{number}"))
    a_gift_card(client)
    a_store_credit(customer)
    a_credit_account(customer)
    symbol = f"SYM{number}"
    a_book(client, symbol)
    a_trade(client, symbol=symbol, amount=22)
    RejectedRow.objects.create(job=an_import(client), line=2, row="?", code="columns", reason="One column.")
    a_key(client, ())
    IdempotencyRecord.objects.create(client=client, key=f"k{number}", fingerprint="0" * 64, status=201, body=b"{}")
    event = Event.objects.order_by("-id")[0]
    Message.objects.create(event_id=event.pk, kind=f"k{number}", recipient="ann@example.com", subject="Hello")
    a_tax_class(f"class{number}")
    a_tax_rate(COUNTRIES[number % len(COUNTRIES)], region=f"R{number}")
    a_difference()
    a_payout(reference=f"po_{number}")
    a_closed_day(dt.date(2020, 1, 1) + dt.timedelta(days=number))
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
    SinkHour.objects.create(
        sink=a_failing_sink(f"sink{number}"), hour=dt.datetime(2026, 1, 1, tzinfo=dt.UTC), failures=1
    )
    a_failing_endpoint(client)
    an_attempt(a_disabled_endpoint(client))
    a_refused_message(partition=a_partition(last_error="Kafka has no message there."))


def model_admin_of(label: str) -> ConsoleAdmin:
    model_admin = admin.site.get_model_admin(apps.get_model(label))
    assert isinstance(model_admin, ConsoleAdmin)
    return model_admin


def rows_to_show(label: str) -> list[Any]:
    """The newest row of each status that there is, or the newest row of a model that has none."""
    rows = apps.get_model(label)._default_manager.order_by("-pk")
    if not any(field.name == "status" and field.choices for field in rows.model._meta.fields):
        return list(rows[:1])
    statuses = rows.order_by().values_list("status", flat=True).distinct()
    return [rows.filter(status=status)[0] for status in sorted(statuses)]


def pages_of(label: str, person: User) -> Iterator[str]:
    """A model's list, filled and empty, the pages of its rows, and the form of each button that asks something."""
    model_admin, request = model_admin_of(label), _request_of(person)
    yield list_page(label)
    if model_admin.get_search_fields(request):
        yield list_page(label, q="nothing has such a name")
    yield from (list_button(label, each.name) for each in model_admin.list_buttons)
    asked: set[str] = set()
    for row in rows_to_show(label):
        yield object_page(label, row.pk)
        fresh = [each for each in model_admin.get_buttons(request, row) if each.asks and each.name not in asked]
        asked |= {each.name for each in fresh}
        yield from (button(label, row.pk, each.name) for each in fresh)


def pages_beside_models() -> list[str]:
    """The pages of the site itself, for somebody who is signed in."""
    apps_shown = sorted({label.partition(".")[0] for label in MODELS})
    return [
        "/admin/",
        "/admin/password_change/",
        "/admin/password_change/done/",
        *(f"/admin/{app}/" for app in apps_shown),
    ]


def _request_of(person: User) -> HttpRequest:
    request = RequestFactory().get("/admin/")
    request.user = person
    return request
