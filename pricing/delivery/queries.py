"""What is read of delivery methods."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence

from core.errors import NotFound
from pricing.delivery.choosing import Kind, MethodRule, RateRule
from pricing.delivery.models import DeliveryMethod, DeliveryRate
from pricing.delivery.statuses import MethodKind


def method_rules(client_id: uuid.UUID) -> Sequence[MethodRule]:
    """The storefront's active methods in their order, with their rates: two statements."""
    methods = DeliveryMethod.objects.of_client(client_id).filter(active=True).with_codes().with_rates()
    return [_rule(method) for method in methods]


def method_of(client_id: uuid.UUID, method_id: uuid.UUID) -> DeliveryMethod:
    """Raises NotFound, also for another storefront's method."""
    method = DeliveryMethod.objects.of_client(client_id).with_codes().filter(pk=method_id).first()
    if method is None:
        raise NotFound("There is no such delivery method.")
    return method


def rates_of(method: DeliveryMethod) -> list[RateRule]:
    """Its rates in their order."""
    return rate_rules(method.rates.all())


def rate_rules(rates: Iterable[DeliveryRate]) -> list[RateRule]:
    return [
        RateRule(
            currency=rate.currency,
            price=rate.price,
            countries=tuple(rate.countries),
            region=rate.region,
            postal_prefixes=tuple(rate.postal_prefixes),
            weight_over=rate.weight_over,
            weight_up_to=rate.weight_up_to,
            amount_from=rate.amount_from,
            amount_below=rate.amount_below,
            free_from=rate.free_from,
        )
        for rate in rates
    ]


def _rule(method: DeliveryMethod) -> MethodRule:
    kind: Kind = "pickup" if method.kind == MethodKind.PICKUP else "parcel"
    return MethodRule(
        code=method.code,
        name=method.name,
        kind=kind,
        rates=rates_of(method),
        location_id=method.location_id,
        location_code=method.location.code if method.location else "",
        location_country=method.location.country.code or "" if method.location else "",
        location_active=method.location.active if method.location else True,
        includes_tax=method.prices_include_tax,
        tax_class=method.tax_class.code if method.tax_class else "",
        carrier=method.carrier,
        min_days=method.min_days,
        max_days=method.max_days,
    )
