"""The only way to write to offers: one function per use case, and the steps that orders share."""

from pricing.offers.actions.codes import CodeChanges, NewCode, add_codes, generate_codes, update_code
from pricing.offers.actions.offers import OfferTerms, create_offer, end_offer, update_offer
from pricing.offers.actions.using import Use, give_back_offers, use_offers

__all__ = [
    "CodeChanges",
    "NewCode",
    "OfferTerms",
    "Use",
    "add_codes",
    "create_offer",
    "end_offer",
    "generate_codes",
    "give_back_offers",
    "update_code",
    "update_offer",
    "use_offers",
]
