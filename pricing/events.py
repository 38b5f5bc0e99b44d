"""What happened to prices and offers."""

from pricing.offers.events import (
    OfferCodesAdded,
    OfferCodeUpdated,
    OfferCreated,
    OfferEnded,
    OffersGivenBack,
    OffersUsed,
    OfferUpdated,
)

__all__ = [
    "OfferCodeUpdated",
    "OfferCodesAdded",
    "OfferCreated",
    "OfferEnded",
    "OfferUpdated",
    "OffersGivenBack",
    "OffersUsed",
]
