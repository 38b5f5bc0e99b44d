"""A shop's invoices from a file to the warehouse's door: import, fulfil, verify."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import call_command

pytestmark = pytest.mark.django_db(transaction=True)


def test_an_empty_shop_verifies_clean() -> None:
    out = StringIO()
    call_command("verify", stdout=out)
    assert "0 orders" in out.getvalue()
