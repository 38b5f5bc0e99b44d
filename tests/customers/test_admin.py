from __future__ import annotations

from typing import Any

import pytest
from django.test import Client as Browser

from core.models import Event
from customers.actions import add_address
from customers.models import Customer
from tests.factories.core import a_client, timeline
from tests.factories.customers import ACTOR, a_customer, an_address
from tests.factories.staff import a_superuser, a_token, browser_of, button, list_button, list_page, object_page, told

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser() -> Browser:
    return browser_of(a_superuser())


def press(browser: Browser, customer: Customer, name: str, /, **data: Any) -> Any:
    seen = {"version": Customer.objects.get(pk=customer.pk).version, **data}
    return browser.post(button("customers.customer", customer.pk, name), seen, follow=True)


def test_a_customer_is_added_once_however_often_the_form_is_sent(browser: Browser) -> None:
    form = {"client": str(a_client().pk), "email": "Ann@Example.com", "name": "Ann", "token": a_token()}
    browser.post(list_button("customers.customer", "add"), form)
    again = browser.post(list_button("customers.customer", "add"), form)
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
