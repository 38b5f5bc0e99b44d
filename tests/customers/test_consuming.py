"""Customers by messages: made or changed by the storefront's reference, and each fault by its name."""

from __future__ import annotations

import datetime as dt
from typing import Any

import orjson
import pytest
from django.utils import timezone

from core.consumers.batches import work_on
from core.consumers.messages import Message, code_of
from core.models import Client, ClientKind
from core.transactions import unit_of_work
from customers.consuming import CUSTOMERS
from customers.models import Customer
from tests.factories.core import ACTOR, a_client, timeline
from tests.factories.customers import a_customer
from tests.factories.watching import nothing_changes

pytestmark = pytest.mark.django_db

NOW = timezone.now()


def said(client: Client, ref: str = "C-1", minutes: int = 0, **members: Any) -> bytes:
    return orjson.dumps(
        {
            "type": "customer.upserted", "schema_version": 1, "storefront_id": str(client.pk), "external_ref": ref,
            "as_of": (NOW + dt.timedelta(minutes=minutes)).isoformat(), **members,
        }
    )  # fmt: skip


def worked(*values: bytes) -> list[tuple[int, str]]:
    """The refusals, by the message's place."""
    messages = [Message("t", 0, place, None, value) for place, value in enumerate(values)]
    with unit_of_work():
        refused = work_on(CUSTOMERS, messages, ACTOR)
    return sorted((message.offset, code_of(error)) for message, error in refused)


def test_a_customer_is_made_and_then_changed_as_far_as_messages_say() -> None:
    client = a_client()
    assert worked(said(client, email="Ann@Example.com", name="Ann"), said(client, minutes=1, phone="1")) == []
    customer = Customer.objects.get()
    assert (customer.email, customer.name, customer.phone) == ("Ann@example.com", "Ann", "1")
    assert timeline(customer.pk) == ["customer.created", "customer.updated"]


def test_what_is_no_newer_than_what_was_heard_has_no_effect() -> None:
    client = a_client()
    worked(said(client, name="Ann"))
    with nothing_changes():
        assert worked(said(client, name="Bob"), said(client, name="Cid", minutes=-1)) == []


def test_the_same_reference_is_another_customer_in_another_storefront() -> None:
    one, other = a_client(), a_client()
    assert worked(said(one, name="Ann"), said(other, name="Bob")) == []
    assert set(Customer.objects.values_list("client_id", "name")) == {(one.pk, "Ann"), (other.pk, "Bob")}


@pytest.mark.parametrize(
    ("members", "code"),
    [
        ({"email": "taken@example.com"}, "customer_exists"),
        ({"email": "nobody"}, "invalid"),
        ({"storefront_id": "00000000-0000-0000-0000-000000000001"}, "unknown_storefront"),
        ({"schema_version": 2}, "max_value"),
        ({"colour": "red"}, "unknown_field"),
        ({"external_ref": ""}, "blank"),
        ({"minutes": 60}, "as_of_to_come"),
    ],
)
def test_each_fault_is_refused_by_its_name_and_those_beside_it_are_worked(members: dict[str, Any], code: str) -> None:
    client = a_client()
    a_customer(client, "taken@example.com")
    with nothing_changes():
        assert worked(said(client, **members)) == [(0, code)]
    assert worked(said(client, **members), said(client, "C-2")) == [(0, code)]
    assert Customer.objects.filter(external_ref="C-2").exists()


def test_a_client_that_is_no_storefront_has_no_customers() -> None:
    carrier = a_client(kind=ClientKind.CARRIER)
    assert worked(said(carrier)) == [(0, "unknown_storefront")]
