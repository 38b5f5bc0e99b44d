"""Which rows: named scopes of offers and codes."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection
from typing import TYPE_CHECKING, Any, Self

from django.contrib.postgres.expressions import ArraySubquery
from django.db import models
from django.db.models import Case, F, OuterRef, Q, Value, When
from django.db.models.functions import Lower

from core.text import fold
from pricing.offers.statuses import OfferState

if TYPE_CHECKING:
    from pricing.offers.models import Offer, OfferCode  # noqa: F401


class OfferQuerySet(models.QuerySet["Offer"]):
    def locked(self) -> Self:
        """The row lock without its key: codes and uses refer to it, and need not wait for an edit."""
        return self.order_by("pk").select_for_update(of=("self",), no_key=True)

    def of_client(self, client_id: uuid.UUID) -> Self:
        return self.filter(client_id=client_id)

    def with_targets(self) -> Self:
        """Each with `product_ids` and `variant_ids`, in the same statement."""
        return self.annotate(product_ids=_targets("pk", "product_id"), variant_ids=_targets("pk", "variant_id"))

    def with_state(self, now: dt.datetime) -> Self:
        """Each with its `state` at that moment."""
        state = Case(
            When(active=False, then=Value(OfferState.OFF)),
            When(ends_at__lte=now, then=Value(OfferState.ENDED)),
            When(count__used__gte=F("count__at_most"), then=Value(OfferState.USED_UP)),
            When(starts_at__gt=now, then=Value(OfferState.PLANNED)),
            default=Value(OfferState.RUNNING),
            output_field=models.CharField(),
        )
        return self.annotate(state=state)

    def may_run(self, now: dt.datetime) -> Self:
        """Those that run or will, unless they are changed."""
        return self.filter(Q(ends_at=None) | Q(ends_at__gt=now), active=True)


class OfferCodeQuerySet(models.QuerySet["OfferCode"]):
    def of_client(self, client_id: uuid.UUID) -> Self:
        return self.filter(client_id=client_id)

    def among(self, codes: Collection[str]) -> Self:
        """Whatever the letter case, through the unique index."""
        return self.alias(folded=Lower("code")).filter(folded__in={fold(code) for code in codes})

    def with_targets(self) -> Self:
        """Each with the `product_ids` and `variant_ids` of its offer, in the same statement."""
        return self.annotate(
            product_ids=_targets("offer_id", "product_id"), variant_ids=_targets("offer_id", "variant_id")
        )


def _targets(offer: str, column: str) -> Any:
    from pricing.offers.models import OfferTarget

    rows = OfferTarget.objects.filter(offer=OuterRef(offer), **{f"{column}__isnull": False})
    return ArraySubquery(rows.order_by(column).values(column))
