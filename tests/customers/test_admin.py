from __future__ import annotations

from typing import Any

import pytest
from django.test import Client as Browser

from core.models import Event
from customers.actions import add_address
from customers.models import CreditAccount, Customer, CustomerGroup
from tests.factories.core import a_client, timeline
from tests.factories.customers import ACTOR, a_credit_account, a_customer, a_group, an_address
from tests.factories.staff import (
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

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser() -> Browser:
    return browser_of(a_superuser())


def press(browser: Browser, customer: Customer, name: str, /, **data: Any) -> Any:
    address = button("customers.customer", customer.pk, name)
    return browser.post(address, {**as_opened(browser, address), **data}, follow=True)


def test_a_customer_is_added_once_however_often_the_form_is_sent(browser: Browser) -> None:
    form = {"client": str(a_client().pk), "email": "Ann@Example.com", "name": "Ann", "token": a_token()}
    browser.post(list_button("customers.customer", "add"), form)
    again = browser.post(list_button("customers.customer", "add"), form, follow=True)
    assert Customer.objects.get().name == "Ann"
    assert "was sent before" in told(again)


def test_a_second_customer_with_the_e_mail_is_refused_in_the_form(browser: Browser) -> None:
    client = a_client()
    a_customer(client, "ann@example.com")
    form = {"client": str(client.pk), "email": "ANN@example.com", "token": a_token()}
    response = browser.post(list_button("customers.customer", "add"), form)
    assert response.status_code == 400
    assert 'value="ANN@example.com"' in response.content.decode()
    assert Customer.objects.count() == 1
    assert Event.objects.count() == 1


def test_a_refused_form_can_be_corrected_and_sent_again(browser: Browser) -> None:
    client = a_client()
    a_customer(client, "ann@example.com")
    form = {"client": str(client.pk), "email": "ann@example.com", "token": a_token()}
    browser.post(list_button("customers.customer", "add"), form)
    browser.post(list_button("customers.customer", "add"), {**form, "email": "bob@example.com"})
    assert Customer.objects.filter(email="bob@example.com").exists()


def test_a_customer_is_edited_and_given_addresses(browser: Browser) -> None:
    customer = a_customer(a_client())
    press(browser, customer, "edit", email="ann@example.com", name="Ann Lee", phone="", external_ref="C-1")
    press(browser, customer, "add-address", **an_address(), is_default="on")
    page = told(browser.get(object_page("customers.customer", customer.pk)))
    assert "Ann Lee" in page
    assert "1 High St" in page
    press(browser, customer, "remove-address", address=str(customer.addresses.get().pk))
    assert customer.addresses.count() == 0
    assert timeline(customer.pk) == [
        "customer.created", "customer.updated", "customer.address_added", "customer.address_removed",
    ]  # fmt: skip


def test_a_stale_page_changes_no_customer(browser: Browser) -> None:
    customer = a_customer(a_client())
    press(browser, customer, "edit", email="ann@example.com", name="New")
    press(browser, customer, "edit", version=customer.version, email="ann@example.com", name="Old")
    assert Customer.objects.get().name == "New"


def test_a_customer_is_found_by_part_of_the_e_mail_or_name_and_by_reference(browser: Browser) -> None:
    client = a_client()
    wanted = a_customer(client, "maria@example.com", name="Maria Lindqvist", external_ref="C7")
    other = a_customer(client, "bob@example.org")
    for term in ("maria@", "LINDQ", "C7", str(wanted.pk)):
        page = browser.get(list_page("customers.customer", q=term)).content.decode()
        assert object_page("customers.customer", wanted.pk) in page, term
        assert object_page("customers.customer", other.pk) not in page, term


def test_an_address_is_found_by_its_customer(browser: Browser) -> None:
    customer = a_customer(a_client())
    address = add_address(customer.pk, an_address(), actor=ACTOR)
    page = browser.get(list_page("customers.address", q="ann@ex")).content.decode()
    assert object_page("customers.address", address.pk) in page


def test_a_group_is_added_and_renamed_and_customers_are_put_into_it(browser: Browser) -> None:
    client = a_client("North")
    form = {"client": str(client.pk), "code": "TRADE", "name": "Trade", "token": a_token()}
    page = browser.post(list_button("customers.customergroup", "add"), form, follow=True)
    assert "North has the customer group TRADE now." in told(page)
    group = CustomerGroup.objects.get()
    address = button("customers.customergroup", group.pk, "edit")
    browser.post(address, {**as_opened(browser, address), "name": "Wholesale"})
    group.refresh_from_db()
    assert group.name == "Wholesale"

    a_group(a_client(), "FOREIGN")
    customer = a_customer(client)
    assert "FOREIGN" not in told(browser.get(button("customers.customer", customer.pk, "set-groups")))
    press(browser, customer, "set-groups", groups=[str(group.pk)])
    assert [membership.group for membership in customer.memberships.all()] == [group]
    shown = told(browser.get(object_page("customers.customer", customer.pk)))
    assert "Groups TRADE" in shown
    assert "Changed: groups" in shown
    assert "ann@example.com" in told(browser.get(object_page("customers.customergroup", group.pk)))
    members = list_page("customers.groupmembership", group__id__exact=group.pk)
    assert "ann@example.com" in told(browser.get(members))
    press(browser, customer, "set-groups")
    assert not customer.memberships.exists()


def test_a_customer_s_vat_id_and_exemption_are_edited(browser: Browser) -> None:
    customer = a_customer(a_client())
    press(browser, customer, "edit", email="ann@example.com", vat_id="DE 123", tax_exempt_reason="Embassy")
    customer.refresh_from_db()
    assert (customer.vat_id, customer.tax_exempt_reason) == ("DE 123", "Embassy")
    page = told(browser.get(object_page("customers.customer", customer.pk)))
    assert "VAT id DE 123" in page
    assert "Pays no tax Embassy" in page


def test_a_group_is_found_by_its_code_in_any_letter_case(browser: Browser) -> None:
    client = a_client()
    wanted, other = a_group(client, "TRADE"), a_group(client, "STAFF")
    page = browser.get(list_page("customers.customergroup", q="trade")).content.decode()
    assert object_page("customers.customergroup", wanted.pk) in page
    assert object_page("customers.customergroup", other.pk) not in page


def test_credit_is_opened_on_the_customer_s_page_and_changed_on_its_own(browser: Browser) -> None:
    customer = a_customer(a_client())
    press(browser, customer, "open-credit", currency="GBP", limit="5000.00", days_to_pay="30")
    account = CreditAccount.objects.get()
    assert (account.currency, account.limit, account.days_to_pay) == ("GBP", 5_000_00, 30)
    page = told(browser.get(object_page("customers.customer", customer.pk)))
    assert "Credit for orders on account" in page
    assert "5,000.00 GBP" in page

    address = button("customers.creditaccount", account.pk, "set-credit")
    browser.post(address, {**as_opened(browser, address), "limit": "0", "days_to_pay": ""}, follow=True)

    account.refresh_from_db()
    assert (account.limit, account.days_to_pay, account.version) == (0, None, 2)
    shown = told(browser.get(object_page("customers.creditaccount", account.pk)))
    assert "The storefront's" in shown.replace("&#x27;", "'")
    assert "Closed" in told(browser.get(object_page("customers.customer", customer.pk)))


def test_credit_of_more_digits_than_the_currency_has_is_refused_in_the_form(browser: Browser) -> None:
    customer = a_customer(a_client())
    page = press(browser, customer, "open-credit", currency="JPY", limit="1.50", days_to_pay="")
    assert "JPY has 0 digits after the point." in page.content.decode()
    assert not CreditAccount.objects.exists()


def test_credit_accounts_are_found_by_their_customer_and_filtered_by_what_is_over(browser: Browser) -> None:
    ann, bob = a_customer(a_client("North")), a_customer(a_client("South"), "bob@example.com")
    a_credit_account(ann)
    a_credit_account(bob)
    found = told(browser.get(list_page("customers.creditaccount", q="bob@")))
    assert "bob@example.com" in found
    assert "ann@example.com" not in found
    assert "bob@example.com" not in told(browser.get(list_page("customers.creditaccount", over="yes")))
