"""Which rows of tax tables."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q

if TYPE_CHECKING:
    from taxes.models import TaxClass, TaxCountry, TaxRate  # noqa: F401


class TaxClassQuerySet(models.QuerySet["TaxClass"]):
    def locked(self) -> Self:
        """The row lock without its key: variants refer to it, and need not wait for an edit."""
        return self.select_for_update(of=("self",), no_key=True)


class TaxCountryQuerySet(models.QuerySet["TaxCountry"]):
    def locked(self) -> Self:
        return self.select_for_update(of=("self",), no_key=True)


class TaxRateQuerySet(models.QuerySet["TaxRate"]):
    def locked(self) -> Self:
        return self.select_for_update(of=("self",), no_key=True)

    def valid_on(self, day: dt.date) -> Self:
        return self.filter(Q(valid_until=None) | Q(valid_until__gte=day), valid_from__lte=day)
