"""The errors that pricing's actions raise."""

from pricing.offers.errors import OfferCodeTaken, OfferExists, OfferLimitTooLow, OfferUsedUp

__all__ = ["OfferCodeTaken", "OfferExists", "OfferLimitTooLow", "OfferUsedUp"]
