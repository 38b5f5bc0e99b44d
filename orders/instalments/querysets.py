from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Self

from django.db.models import F, Q, QuerySet

if TYPE_CHECKING:
    from orders.instalments.models import Instalment  # noqa: F401 - in a string below

_DUE = (
    F("order__charged") - F("order__credited") - F("order__written_off") - F("order__captured") + F("order__refunded")
)


class InstalmentQuerySet(QuerySet["Instalment"]):
    def overdue(self, today: dt.date) -> Self:
        """Those whose day is over and of which something is left to pay."""
        return self.filter(due_on__lt=today).alias(due=_DUE).filter(due__gt=F("later"))

    def not_overdue(self, today: dt.date) -> Self:
        return self.alias(due=_DUE).filter(Q(due_on__gte=today) | Q(due__lte=F("later")))
