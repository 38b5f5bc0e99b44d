"""The console's pages of offers."""

from pricing.offers.admin import words
from pricing.offers.admin.pages import (
    OfferAdmin,
    OfferBuyerCountAdmin,
    OfferCodeAdmin,
    OfferCountAdmin,
    OfferTargetAdmin,
    OfferUseAdmin,
)

words.register()

__all__ = [
    "OfferAdmin",
    "OfferBuyerCountAdmin",
    "OfferCodeAdmin",
    "OfferCountAdmin",
    "OfferTargetAdmin",
    "OfferUseAdmin",
]
