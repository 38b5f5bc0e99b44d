"""A customer and their addresses can be read as of any version."""

from __future__ import annotations

from typing import Any

import pytest

from core.json import to_json
from core.versions import document_as_of
from customers.actions import add_address, remove_address, update_address, update_customer
from customers.models import Customer
from customers.versions import PERSONAL, content_of
from tests.factories.core import a_client
from tests.factories.customers import ACTOR, a_customer, an_address

pytestmark = pytest.mark.django_db


def test_over_a_customer_s_life_each_version_s_document_says_what_the_rows_said_then() -> None:
    pk = a_customer(a_client(), "ann@example.com", name="Ann Lee", phone="123").pk
    said: dict[int, Any] = {}

    def note() -> None:
        customer = Customer.objects.get(pk=pk)
        said[customer.version] = to_json(content_of(customer, customer.addresses.order_by("id")))

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
    assert list(said) == [1, 2, 3, 4, 5, 6]
    found = {version: document_as_of("customer", pk, version) for version in said}
    assert {version: row and row.document for version, row in found.items()} == said
    assert [len(document["addresses"]) for document in said.values()] == [0, 1, 1, 2, 2, 1]
    assert set(said[6]) == set(PERSONAL)
