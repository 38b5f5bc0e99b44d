from __future__ import annotations

import datetime as dt
import uuid
from typing import TYPE_CHECKING, Self

from django.db import models

from stored_value.codes import digests
from stored_value.statuses import StoredValueKind

if TYPE_CHECKING:
    from stored_value.models import StoredValue  # noqa: F401


class StoredValueQuerySet(models.QuerySet["StoredValue"]):
    def locked(self) -> Self:
        """The row lock without its key: entries and payments refer to it."""
        return self.select_for_update(of=("self",), no_key=True)

    def of_client(self, client_id: uuid.UUID) -> Self:
        return self.filter(client_id=client_id)

    def gift_cards(self) -> Self:
        return self.filter(kind=StoredValueKind.GIFT_CARD)

    def with_code(self, code: str) -> Self:
        return self.filter(code_digest__in=digests(code))

    def credit_of(self, customer_id: uuid.UUID) -> Self:
        """A customer's store credit, one row per currency."""
        return self.filter(customer_id=customer_id)

    def expired(self, today: dt.date) -> Self:
        """Those whose last day is over, and that have something left."""
        return self.filter(expires_on__lt=today, balance__gt=0)
