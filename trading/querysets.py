from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.db import models

from trading.statuses import IN_THE_BOOK

if TYPE_CHECKING:
    from trading.models import BookOrder, PriceLevel  # noqa: F401 - named in the type arguments below


class BookOrderQuerySet(models.QuerySet["BookOrder"]):
    def in_the_book(self) -> Self:
        return self.filter(status__in=IN_THE_BOOK)


class PriceLevelQuerySet(models.QuerySet["PriceLevel"]):
    def best(self, *, side: str, depth: int) -> Self:
        """The `depth` best levels of one side, the best first."""
        return self.filter(side=side).order_by("rank")[:depth]
