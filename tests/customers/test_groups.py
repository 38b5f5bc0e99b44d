"""Groups of customers, who is in them, and what a customer's taxes hang on."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from pytest_django import DjangoAssertNumQueries

from core.errors import InvalidInput, NotFound, StaleVersion
from core.ids import new_id
from core.models import Client, Event
from core.versions import document_as_of
from customers.actions import add_address, create_customer, create_group, update_customer, update_group
from customers.errors import CustomerGroupExists
from customers.models import Customer, CustomerGroup, GroupMembership
from customers.queries import customer_for_order, group_ids_of, groups_by_id, groups_of_client
from tests.factories.core import a_client, timeline
from tests.factories.customers import ACTOR, a_customer, a_group, an_address
from tests.factories.watching import nothing_changes, refused, refused_by_the_database

pytestmark = pytest.mark.django_db


@pytest.fixture
def north() -> Client:
    return a_client("North")


def execute(sql: str, *values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)


def test_a_group_is_made_and_told_of(north: Client) -> None:
    group = create_group(client_id=north.pk, code=" TRADE ", name="Trade customers", actor=ACTOR)

    stored = CustomerGroup.objects.get()
    assert (stored.code, stored.name, stored.version) == ("TRADE", "Trade customers", 1)
    event = Event.objects.get(subject_id=group.pk)
    assert (event.type, event.data, event.client_id) == (
        "customer_group.created",
        {"client": str(north.pk), "code": "TRADE"},
        north.pk,
    )
    document = document_as_of("customer_group", group.pk, 1)
    assert document is not None
    assert document.document == {"code": "TRADE", "name": "Trade customers"}


def test_a_code_is_unique_per_storefront_in_any_letter_case(north: Client) -> None:
    trade = a_group(north, "TRADE")
    a_group(a_client("South"), "TRADE")

    with refused(CustomerGroupExists) as caught:
        create_group(client_id=north.pk, code="trade", name="Other", actor=ACTOR)

    assert caught.value.context == {"group_id": str(trade.pk)}
    assert caught.value.detail == "There is a customer group TRADE already."


def test_a_group_is_renamed_once(north: Client) -> None:
    group = a_group(north)

    update_group(group.pk, {"name": "Trade"}, client_id=north.pk, actor=ACTOR, expected_version=1)
    renamed = update_group(group.pk, {"name": "Wholesale"}, actor=ACTOR)

    assert (renamed.name, renamed.version) == ("Wholesale", 2)
    assert timeline(group.pk) == ["customer_group.created", "customer_group.updated"]
    assert Event.objects.get(type="customer_group.updated").data == {"changed": ["name"]}
    with nothing_changes():
        update_group(group.pk, {"name": "Wholesale"}, actor=ACTOR)


def test_nobody_renames_what_they_have_not_seen_or_don_t_own(north: Client) -> None:
    group, south = a_group(north), a_client("South")
    with refused(StaleVersion):
        update_group(group.pk, {"name": "X"}, actor=ACTOR, expected_version=7)
    with refused(NotFound):
        update_group(group.pk, {"name": "X"}, client_id=south.pk, actor=ACTOR)
    with refused(NotFound):
        update_group(new_id(), {"name": "X"}, actor=ACTOR)


def test_the_database_keeps_a_group_where_and_what_it_is(north: Client) -> None:
    group, south = a_group(north), a_client("South")
    for column, value in (("code", "OTHER"), ("client_id", south.pk)):
        with refused_by_the_database("Cannot update rows"):
            execute(f"UPDATE customers_customergroup SET {column} = %s", value)
    with refused_by_the_database("Cannot delete rows"):
        group.delete()
    with refused_by_the_database("customer_group_code_once_per_storefront"):
        CustomerGroup.objects.create(client=north, code="trade", name="X")


def test_a_customer_is_put_into_groups_and_taken_out(north: Client) -> None:
    trade, staff, press = (a_group(north, code).pk for code in ("TRADE", "STAFF", "PRESS"))
    customer = create_customer(client_id=north.pk, email="ann@example.com", group_ids=[trade, staff], actor=ACTOR)
    assert group_ids_of(customer) == [trade, staff]

    changed = update_customer(customer.pk, {"group_ids": [press, staff, press]}, actor=ACTOR)

    assert (group_ids_of(changed), changed.version) == ([staff, press], 2)
    assert Event.objects.get(type="customer.updated").data == {"changed": ["group_ids"]}
    assert GroupMembership.objects.count() == 2
    with nothing_changes():
        update_customer(customer.pk, {"group_ids": [staff, press]}, actor=ACTOR)
    assert group_ids_of(update_customer(customer.pk, {"group_ids": []}, actor=ACTOR)) == []


def test_a_customer_s_groups_stay_when_something_else_changes(north: Client) -> None:
    trade = a_group(north).pk
    customer = a_customer(north, group_ids=[trade])

    update_customer(customer.pk, {"name": "Ann"}, actor=ACTOR)

    assert group_ids_of(customer) == [trade]


def test_nobody_is_put_into_a_group_that_the_storefront_has_not(north: Client) -> None:
    trade, foreign = a_group(north).pk, a_group(a_client("South")).pk
    customer = a_customer(north)
    for unknown in (foreign, new_id()):
        with refused(InvalidInput) as caught:
            update_customer(customer.pk, {"name": "Ann", "group_ids": [trade, unknown]}, actor=ACTOR)
        assert [(each.pointer, each.code) for each in caught.value.errors] == [("/group_ids/1", "unknown_group")]
        with refused(InvalidInput):
            create_customer(client_id=north.pk, email="bob@example.com", group_ids=[unknown], actor=ACTOR)


def test_the_database_refuses_a_member_of_another_storefront_and_a_second_membership(north: Client) -> None:
    trade, foreign = a_group(north), a_group(a_client("South"))
    customer = a_customer(north, group_ids=[trade.pk])
    with refused_by_the_database("are of two storefronts"):
        GroupMembership.objects.create(customer=customer, group=foreign)
    with refused_by_the_database("are of two storefronts"):
        GroupMembership.objects.update(group=foreign)
    with refused_by_the_database("membership_once_per_group"):
        GroupMembership.objects.create(customer=customer, group=trade)


def test_the_database_keeps_a_customer_with_their_storefront(north: Client) -> None:
    a_customer(north)
    with refused_by_the_database("Cannot update rows"):
        Customer.objects.update(client=a_client("South"))


def test_a_customer_s_vat_id_is_kept_as_given_and_nothing_of_it_is_in_events(north: Client) -> None:
    customer = a_customer(north, vat_id=" DE 123 456 789 ", tax_exempt_reason="Embassy of Utopia")

    update_customer(customer.pk, {"vat_id": "ATU99999999", "tax_exempt_reason": ""}, actor=ACTOR)

    stored = Customer.objects.get()
    assert (stored.vat_id, stored.tax_exempt_reason) == ("ATU99999999", "")
    document = document_as_of("customer", customer.pk, 1)
    assert document is not None
    assert document.document["vat_id"] == "DE 123 456 789"
    told = str(list(Event.objects.values_list("data", flat=True)))
    assert not [text for text in ("123 456", "ATU", "Utopia") if text in told]


def test_an_order_learns_a_customer_s_groups_and_taxes_in_the_same_statement(
    north: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    groups = [a_group(north, code).pk for code in ("TRADE", "STAFF")]
    customer = a_customer(north, group_ids=groups, vat_id="DE123456789", tax_exempt_reason="Embassy")
    add_address(customer.pk, an_address(), actor=ACTOR)
    other = a_customer(north, "bob@example.com")

    with django_assert_num_queries(1):
        copied = customer_for_order(north.pk, customer.pk)

    assert (copied.group_ids, copied.vat_id, copied.tax_exempt_reason) == (frozenset(groups), "DE123456789", "Embassy")
    assert copied.default_address is not None
    assert copied.default_address["city"] == "Leeds"
    plain = customer_for_order(north.pk, other.pk)
    assert (plain.group_ids, plain.vat_id, plain.tax_exempt_reason) == (frozenset(), "", "")


def test_groups_are_read_by_storefront_and_by_id(north: Client) -> None:
    trade, staff = a_group(north, "TRADE"), a_group(north, "STAFF")
    a_group(a_client("South"), "OTHER")
    assert [(group.code, group.name) for group in groups_of_client(north.pk)] == [
        ("STAFF", "Staff"),
        ("TRADE", "Trade"),
    ]
    assert {key: group.code for key, group in groups_by_id([trade.pk, new_id()]).items()} == {trade.pk: "TRADE"}
    assert staff.pk not in groups_by_id([trade.pk])
