"""Lock an offer, then ask whether it is the one the caller has seen."""

from __future__ import annotations

import uuid

from core.errors import NotFound, StaleVersion
from core.versions import keep_version
from pricing.offers.models import Offer, OfferTarget
from pricing.offers.versions import content_of


def lock_offer(offer_id: uuid.UUID, client_id: uuid.UUID | None, expected_version: int | None) -> Offer:
    """Of this storefront alone, unless staff ask (None). Raises NotFound, StaleVersion."""
    rows = Offer.objects.locked().filter(pk=offer_id)
    offer = (rows if client_id is None else rows.of_client(client_id)).first()
    if offer is None:
        raise NotFound("There is no such offer.")
    if expected_version is not None and expected_version != offer.version:
        raise StaleVersion(expected=expected_version, actual=offer.version)
    return offer


def targets_of(offer: Offer) -> tuple[set[uuid.UUID], set[uuid.UUID]]:
    """The products and the variants that it is for."""
    rows = OfferTarget.objects.filter(offer=offer).order_by().values_list("product_id", "variant_id")
    return {product for product, _ in rows if product}, {variant for _, variant in rows if variant}


def keep_offer_version(offer: Offer) -> None:
    keep_version(content_of(offer, *targets_of(offer)), subject=offer)
