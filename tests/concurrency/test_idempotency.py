"""A retried request acts once, however many clients retry it at once and whatever dies meanwhile."""

from __future__ import annotations

import pytest

from core.models import Client, Scope
from orders.models import Order

pytestmark = pytest.mark.django_db(transaction=True)
