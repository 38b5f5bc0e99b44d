from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Self

from django.db import models

if TYPE_CHECKING:
    from orders.models import Hold, Order, OrderLine  # noqa: F401 - named in the type arguments below


_is_number = re.compile(r"(|[A-Za-z][A-Za-z0-9._/-]*[A-Za-z._/-]|[A-Za-z])([0-9]{1,18})", re.ASCII).fullmatch


def called(text: str) -> models.Q:
    """The order of that number: "100001", or "HF-100001" for one that has this prefix. An index serves it."""
    found = _is_number(text)
    if found is None:
        return models.Q(pk__in=[])
    prefix, number = found.groups()
    wanted = models.Q(number=int(number))
    return wanted & models.Q(number_prefix__iexact=prefix) if prefix else wanted


def let_go(now: dt.datetime) -> models.Q:
    """Payments of which a gateway is asked to let go what it has set aside, or of which that ran out."""
    return models.Q(authorised_until__lte=now) | models.Q(attempts__kind="void", attempts__settled_at=None)


class OrderQuerySet(models.QuerySet["Order"]):
    def locked(self) -> Self:
        """Take the order's row lock: the first lock of every action on an order."""
        return self.select_for_update(of=("self",))

    def live(self) -> Self:
        return self.filter(deleted_at=None)

    def reservation_expired(self, now: dt.datetime) -> Self:
        return self.filter(reserved_until__lte=now)

    def due_for_completion(self, delivered_before: dt.datetime) -> Self:
        return self.filter(status="delivered", delivered_at__lte=delivered_before)

    def came_back_whole(self, before: dt.datetime) -> Self:
        """Shipped orders of which every unit came back, and of which nothing was heard since."""
        return self.filter(status="shipped", fulfilment_status="undelivered", updated_at__lte=before)


class OrderLineQuerySet(models.QuerySet["OrderLine"]):
    def backordered(self) -> Self:
        return self.filter(backordered__gt=0)

    def first_placed_first(self) -> Self:
        """In the order in which their orders were placed; drafts after them."""
        return self.order_by(models.F("order__placed_at").asc(nulls_last=True), "order_id")


class HoldQuerySet(models.QuerySet["Hold"]):
    def in_force(self, now: dt.datetime) -> Self:
        """Neither lifted nor past their expiry."""
        return self.filter(models.Q(expires_at=None) | models.Q(expires_at__gt=now), lifted_at=None)

    def expired(self, now: dt.datetime) -> Self:
        """Past their expiry and not yet lifted by the clock; those of deleted orders are left alone."""
        return self.filter(lifted_at=None, expires_at__lte=now, order__deleted_at=None)
