"""An order's whole journey as its storefront, the warehouse and the customer see it: over HTTP, with real keys."""

from __future__ import annotations

import pytest
from django.test import Client as Caller

pytestmark = pytest.mark.django_db


def test_nothing_of_the_journey_is_open_to_who_has_no_key(client: Caller) -> None:
    for route in ("orders", "shipments", "customers", "products"):
        assert client.get(f"/api/v1/{route}/").status_code == 401
