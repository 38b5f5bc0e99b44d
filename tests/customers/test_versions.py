"""A customer and their addresses can be read as of any version."""

from __future__ import annotations

from typing import Any

import pytest

from core.json import to_json
from core.versions import document_as_of
from customers.actions import add_address, remove_address, update_address, update_customer
from customers.models import Customer
from customers.queries import group_ids_of
from customers.versions import PERSONAL, content_of
from tests.factories.core import a_client
from tests.factories.customers import ACTOR, a_customer, a_group, an_address

pytestmark = pytest.mark.django_db


def test_over_a_customer_s_life_each_version_s_document_says_what_the_rows_said_then() -> None:
    client = a_client()
    trade, staff = a_group(client, "TRADE").pk, a_group(client, "STAFF").pk
    pk = a_customer(client, "ann@example.com", name="Ann Lee", phone="123", group_ids=[trade]).pk
    said: dict[int, Any] = {}

    def note() -> None:
        customer = Customer.objects.get(pk=pk)
        said[customer.version] = to_json(
            content_of(customer, customer.addresses.order_by("id"), group_ids_of(customer))
        )

    note()
    home = add_address(pk, an_address(), actor=ACTOR)
    note()
    update_customer(pk, {"email": "bea@example.com", "name": "Bea"}, actor=ACTOR)
    note()
    work = add_address(pk, an_address(is_default=True, city="York"), actor=ACTOR)
    note()
    update_address(pk, home.pk, {"is_default": True, "line2": "Attic", "country": "FR"}, actor=ACTOR)
    note()
    remove_address(pk, work.pk, actor=ACTOR)
    note()
    update_customer(
        pk, {"group_ids": [staff], "vat_id": "DE 1", "tax_exempt_reason": "Embassy", "name": "Bea"}, actor=ACTOR
    )
    note()
    assert list(said) == [1, 2, 3, 4, 5, 6, 7]
    found = {version: document_as_of("customer", pk, version) for version in said}
    assert {version: row and row.document for version, row in found.items()} == said
    assert [len(document["addresses"]) for document in said.values()] == [0, 1, 1, 2, 2, 1, 1]
    assert [said[6]["group_ids"], said[7]["group_ids"]] == [[str(trade)], [str(staff)]]
    assert (said[7]["vat_id"], said[7]["tax_exempt_reason"]) == ("DE 1", "Embassy")
    assert set(said[7]) == set(PERSONAL)
