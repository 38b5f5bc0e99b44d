"""Gift cards and store credit in the console."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from orders.models import Order
from stored_value.codes import bare, digest
from stored_value.models import StoredValue
from tests.factories.core import a_client
from tests.factories.customers import a_customer
from tests.factories.orders import TOTAL, a_placed_order
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
from tests.factories.stored_value import a_gift_card, a_gift_card_and_code, a_store_credit, moves
from tests.factories.watching import everything, nothing_changes

pytestmark = pytest.mark.django_db

MODEL = "stored_value.storedvalue"


def press(browser: Any, address: str, **data: Any) -> Any:
    return browser.post(address, {**as_opened(browser, address), **data})


def test_issuing_shows_the_code_once() -> None:
    client, browser = a_client("Harbour & Finch"), browser_of(a_superuser())
    sent = {"client": client.pk, "currency": "JPY", "amount": "5000", "note": "Prize", "expires_on": "2999-12-31"}
    token = a_token()
    page = browser.post(list_button(MODEL, "issue"), {**sent, "token": token})
    card = StoredValue.objects.get()
    (code,) = re.findall(r'id="gift-card-code">([^<]+)<', page.content.decode())
    assert (card.balance, card.code_digest) == (5_000, digest(code))
    assert "no-store" in page["Cache-Control"]
    assert "5,000 JPY. Its last day is 31 Dec 2999." in told(page)
    assert bare(code) not in str(everything()).replace("-", "")
    again: Any = browser.post(list_button(MODEL, "issue"), {**sent, "token": token}, follow=True)
    assert StoredValue.objects.count() == 1
    assert "it acted once" in told(again)
    assert code not in told(again)


def test_what_is_no_amount_of_the_currency_is_told_at_the_field() -> None:
    client, browser = a_client(), browser_of(a_superuser())
    for amount, said in (("1.5", "JPY has 0 digits"), ("0", "more than nothing"), ("-3", "more than nothing")):
        with nothing_changes():
            page = press(browser, list_button(MODEL, "issue"), client=client.pk, currency="JPY", amount=amount)
        assert (page.status_code, said in told(page)) == (400, True)


def test_an_agent_is_told_of_the_limit_where_the_amount_is_typed() -> None:
    client, browser = a_client(), browser_of(a_person("support_agent"))
    with nothing_changes():
        page = press(browser, list_button(MODEL, "issue"), client=client.pk, currency="EUR", amount="50.01")
    assert "your limit in a day is 50.00 EUR" in told(page)


def test_credit_is_given_from_the_customer_s_page() -> None:
    customer, browser = a_customer(a_client(), "ann@example.com"), browser_of(a_superuser())
    page = browser.get(object_page("customers.customer", customer.pk)).content.decode()
    (address,) = re.findall(r'href="([^"]+/do/give/[^"]*)"', page)
    form = browser.get(address.replace("&amp;", "&")).content.decode()
    assert 'value="ann@example.com"' in form
    sent = {"client": customer.client_id, "customer": "ann@example.com", "currency": "EUR", "amount": "12.50"}
    press(browser, list_button(MODEL, "give"), **sent)
    assert StoredValue.objects.get().balance == 1_250
    page = told(browser.get(object_page("customers.customer", customer.pk)))
    assert "Store credit in EUR Active 12.50 EUR" in page


def test_credit_for_nobody_is_told_at_the_field() -> None:
    client, browser = a_client(), browser_of(a_superuser())
    sent = {"client": client.pk, "customer": "nobody@example.com", "currency": "EUR", "amount": "12.50"}
    with nothing_changes():
        page = press(browser, list_button(MODEL, "give"), **sent)
    assert "The storefront has no customer with this e-mail or reference." in told(page)


def test_adjusting_disabling_and_enabling() -> None:
    card, browser = a_gift_card(), browser_of(a_superuser())
    press(browser, button(MODEL, card.pk, "adjust"), amount="-10.00", note="Oops")
    assert moves(card) == [("issue", 5_000), ("adjust", -1_000)]
    press(browser, button(MODEL, card.pk, "disable"), reason="Stolen")
    page = told(browser.get(object_page(MODEL, card.pk)))
    assert "Disabled because Stolen" in page
    assert "Adjusted by -10.00 EUR" in page
    version = StoredValue.objects.get().version
    browser.post(button(MODEL, card.pk, "enable"), {"token": a_token(), "version": version})
    assert StoredValue.objects.get().status == "active"


def test_a_card_is_found_by_the_end_of_its_code() -> None:
    card, code = a_gift_card_and_code(a_client())
    a_gift_card()
    browser = browser_of(a_superuser())
    for term in (card.last4.lower(), code):
        listed: Any = browser.get(list_page(MODEL, q=term))
        assert [row.pk for row in listed.context["cl"].result_list] == [card.pk]


def test_an_order_is_paid_with_a_card_on_its_page() -> None:
    client, browser = a_client(), browser_of(a_superuser())
    customer = a_customer(client)
    order = a_placed_order(client, customer_id=customer.pk)
    _, code = a_gift_card_and_code(client, 1_000)
    a_store_credit(customer, amount=500)
    press(browser, button("orders.order", order.pk, "redeem-gift-card"), code=code, amount="")
    press(browser, button("orders.order", order.pk, "redeem-store-credit"), amount="2.00")
    page = told(browser.get(object_page("orders.order", order.pk)))
    assert "Paid 10.00 EUR by gift card" in page
    assert "Paid 2.00 EUR by store credit" in page
    assert Order.objects.get().due == TOTAL - 1_200
    with nothing_changes():
        wrong = press(browser, button("orders.order", order.pk, "redeem-gift-card"), code="0000", amount="")
    assert "The storefront has no gift card with this code." in told(wrong)


def test_a_page_takes_as_many_statements_for_twenty_entries_as_for_two() -> None:
    card, browser = a_gift_card(), browser_of(a_superuser())
    page = object_page(MODEL, card.pk)
    browser.get(page)
    counts = []
    for more in (1, 20):
        for _ in range(more):
            press(browser, button(MODEL, card.pk, "adjust"), amount="0.01", note="More")
        with CaptureQueriesContext(connection) as queries:
            browser.get(page)
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 8
