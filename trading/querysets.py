from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.db import models

from trading.statuses import IN_THE_BOOK, LoadStatus

if TYPE_CHECKING:
    from trading.models import BookOrder, Load, PriceLevel  # noqa: F401 - named in the type arguments below

BY_COMMAND = "command/"
"""How the keys of loads begin whose file is read where it lies, by the command that was given it."""


class BookOrderQuerySet(models.QuerySet["BookOrder"]):
    def in_the_book(self) -> Self:
        return self.filter(status__in=IN_THE_BOOK)


class PriceLevelQuerySet(models.QuerySet["PriceLevel"]):
    def best(self, *, side: str, depth: int) -> Self:
        """The `depth` best levels of one side, the best first."""
        return self.filter(side=side).order_by("rank")[:depth]


class LoadQuerySet(models.QuerySet["Load"]):
    def in_the_store(self) -> Self:
        """Those whose file is in the object store: any worker may read it."""
        return self.exclude(object_key__startswith=BY_COMMAND)

    def waiting(self) -> Self:
        return self.in_the_store().filter(status=LoadStatus.WAITING)

    def to_run(self) -> Self:
        """Queued, or left behind by a run that ended in the middle. The first queued comes first."""
        return self.in_the_store().filter(status__in=[LoadStatus.QUEUED, LoadStatus.RUNNING]).order_by("id")
