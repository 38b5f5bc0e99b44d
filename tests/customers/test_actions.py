"""Customers and their addresses, by the real actions."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from django.db import IntegrityError, transaction
from pytest_django import DjangoAssertNumQueries

from core.errors import InvalidInput, NotFound, StaleVersion
from core.ids import new_id
from core.models import Client, Event
from core.transactions import action
from customers.actions import (
    add_address,
    create_customer,
    ensure_customer,
    remove_address,
    update_address,
    update_customer,
)
from customers.errors import CustomerExists
from customers.models import Address, Customer
from customers.queries import customer_for_order
from tests.factories.core import a_client, timeline
from tests.factories.customers import ACTOR, a_customer, an_address

pytestmark = pytest.mark.django_db


@pytest.fixture
def north() -> Client:
    return a_client("North")


def book() -> dict[str, Any]:
    """All that a refused write must leave alone."""
    return {
        "customers": list(Customer.objects.order_by("pk").values()),
        "addresses": list(Address.objects.order_by("pk").values()),
        "events": Event.objects.count(),
    }


def test_a_customer_is_stored_with_a_normalised_email(north: Client) -> None:
    customer = create_customer(client_id=north.pk, email=" Ann.Lee@EXAMPLE.com ", name="Ann", actor=ACTOR)

    assert Customer.objects.get().email == "Ann.Lee@example.com"
    assert timeline(customer.pk) == ["customer.created"]


def test_an_event_of_a_customer_holds_nothing_personal(north: Client) -> None:
    customer = a_customer(north, "ann@example.com", name="Ann Lee", phone="123")
    update_customer(customer.pk, {"name": "Ann Smith"}, actor=ACTOR)
    add_address(customer.pk, an_address(name="Ann Smith"), actor=ACTOR)

    told = str(list(Event.objects.values_list("data", flat=True))).lower()

    assert "ann" not in told


def test_an_email_is_unique_per_storefront_in_any_letter_case(north: Client) -> None:
    ann = a_customer(north, "ann@example.com")
    before = book()

    with pytest.raises(CustomerExists) as refused:
        a_customer(north, "ANN@Example.com")

    assert refused.value.context == {"field": "email", "customer_id": str(ann.pk)}
    assert book() == before


def test_two_storefronts_may_know_the_same_person(north: Client) -> None:
    a_customer(north, "ann@example.com", external_ref="1")
    a_customer(a_client("South"), "ann@example.com", external_ref="1")

    assert Customer.objects.count() == 2


def test_a_reference_is_unique_per_storefront(north: Client) -> None:
    ann = a_customer(north, "ann@example.com", external_ref="17850")
    before = book()

    with pytest.raises(CustomerExists) as refused:
        a_customer(north, "bob@example.com", external_ref="17850")

    assert refused.value.context == {"field": "external_ref", "customer_id": str(ann.pk)}
    assert book() == before


def test_the_database_refuses_a_second_customer_of_the_same_email(north: Client) -> None:
    a_customer(north, "ann@example.com")

    with pytest.raises(IntegrityError), transaction.atomic():
        Customer.objects.create(client=north, email="ANN@EXAMPLE.COM")


def test_the_database_refuses_a_customer_without_email_and_reference(north: Client) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Customer.objects.create(client=north, name="Nobody")


def test_changing_a_customer_records_the_names_of_what_changed(north: Client) -> None:
    customer = a_customer(north, "ann@example.com", name="Ann")

    update_customer(customer.pk, {"name": "Ann Lee", "email": "Ann@EXAMPLE.com"}, actor=ACTOR, expected_version=1)

    assert Event.objects.get(type="customer.updated").data == {"changed": ["name", "email"]}
    assert Customer.objects.get().email == "Ann@example.com"


def test_a_change_to_the_same_values_is_no_event(north: Client) -> None:
    customer = a_customer(north, "ann@example.com", name="Ann")
    before = book()

    update_customer(customer.pk, {"name": "Ann", "email": "ann@EXAMPLE.com"}, actor=ACTOR)

    assert book() == before


def test_an_email_that_another_has_cannot_be_taken_over(north: Client) -> None:
    a_customer(north, "ann@example.com")
    bob = a_customer(north, "bob@example.com")
    before = book()

    with pytest.raises(CustomerExists):
        update_customer(bob.pk, {"email": "Ann@example.com"}, actor=ACTOR)

    assert book() == before


def ensured(**who: Any) -> UUID:
    """In an action of its own."""
    return action(ensure_customer)(actor=ACTOR, **who)


def test_the_last_thing_that_tells_a_customer_apart_is_kept(north: Client) -> None:
    customer_id = ensured(client_id=north.pk, external_ref="17850")
    before = book()

    with pytest.raises(InvalidInput):
        update_customer(customer_id, {"external_ref": None}, actor=ACTOR)

    assert book() == before


def test_ensuring_a_customer_finds_them_again(north: Client) -> None:
    by_ref = ensured(client_id=north.pk, external_ref="17850", name="Customer 17850")
    by_email = ensured(client_id=north.pk, email="ann@example.com")
    before = book()

    assert ensured(client_id=north.pk, external_ref="17850", name="Other") == by_ref
    assert ensured(client_id=north.pk, email="ANN@example.com") == by_email

    assert book() == before
    with pytest.raises(InvalidInput):
        ensured(client_id=north.pk)


def test_the_first_address_is_the_default_and_another_may_take_its_place(north: Client) -> None:
    customer = a_customer(north)

    first = add_address(customer.pk, an_address(city="Leeds"), actor=ACTOR)
    second = add_address(customer.pk, an_address(city="York"), actor=ACTOR)
    third = add_address(customer.pk, an_address(city="Hull", is_default=True), actor=ACTOR)

    assert [first.is_default, second.is_default, third.is_default] == [True, False, True]
    assert Address.objects.get(is_default=True) == third
    update_address(customer.pk, second.pk, {"is_default": True}, actor=ACTOR)
    assert Address.objects.get(is_default=True) == second
    assert timeline(customer.pk) == [
        "customer.created",
        *["customer.address_added"] * 3,
        "customer.address_updated",
    ]


def test_an_address_is_removed(north: Client) -> None:
    customer = a_customer(north)
    address = add_address(customer.pk, an_address(), actor=ACTOR)

    remove_address(customer.pk, address.pk, actor=ACTOR, expected_version=2)

    assert not Address.objects.exists()
    assert Customer.objects.get().version == 3


def test_outdated_and_foreign_callers_change_nothing(north: Client) -> None:
    customer, other = a_customer(north), a_customer(north, "bob@example.com")
    address = add_address(customer.pk, an_address(), actor=ACTOR)
    south = a_client("South").pk
    before = book()

    for wrong in ({"expected_version": 9}, {"client_id": south}):
        with pytest.raises((StaleVersion, NotFound)):
            update_customer(customer.pk, {"name": "X"}, actor=ACTOR, **wrong)
        with pytest.raises((StaleVersion, NotFound)):
            add_address(customer.pk, an_address(), actor=ACTOR, **wrong)
        with pytest.raises((StaleVersion, NotFound)):
            update_address(customer.pk, address.pk, {"name": "X"}, actor=ACTOR, **wrong)
        with pytest.raises((StaleVersion, NotFound)):
            remove_address(customer.pk, address.pk, actor=ACTOR, **wrong)
    with pytest.raises(NotFound):
        remove_address(other.pk, address.pk, actor=ACTOR)

    assert book() == before


def test_an_order_copies_the_customer_and_their_default_address(
    north: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    customer = a_customer(north, name="Ann")
    add_address(customer.pk, an_address(city="Leeds"), actor=ACTOR)
    add_address(customer.pk, an_address(city="York", is_default=True), actor=ACTOR)

    with django_assert_num_queries(1):
        copied = customer_for_order(north.pk, customer.pk)

    assert (copied.id, copied.email, copied.name) == (customer.pk, "ann@example.com", "Ann")
    assert copied.default_address == {
        "name": "Ann",
        "company": "",
        "line1": "1 High St",
        "line2": "",
        "city": "York",
        "region": "",
        "postal_code": "LS1 1AA",
        "country": "GB",
        "phone": "",
    }


def test_an_order_of_a_customer_without_address_has_none(north: Client) -> None:
    customer = a_customer(north)

    assert customer_for_order(north.pk, customer.pk).default_address is None


def test_no_order_is_for_anothers_customer(north: Client) -> None:
    customer = a_customer(a_client("South"))

    for unknown in (customer.pk, new_id()):
        with pytest.raises(InvalidInput):
            customer_for_order(north.pk, unknown)
