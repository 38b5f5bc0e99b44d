"""The only way to write to what decides a price."""

from pricing.delivery.actions import MethodChanges, change_method, create_method, set_rates
from pricing.delivery.choosing import RateRule
from pricing.lists.actions import NewPrice, create_price_list, remove_prices, set_prices, update_price_list
from pricing.offers.actions import (
    CodeChanges,
    NewCode,
    OfferTerms,
    Use,
    add_codes,
    create_offer,
    end_offer,
    generate_codes,
    give_back_offers,
    update_code,
    update_offer,
    use_offers,
)

__all__ = [
    "CodeChanges",
    "MethodChanges",
    "NewCode",
    "NewPrice",
    "OfferTerms",
    "RateRule",
    "Use",
    "add_codes",
    "change_method",
    "create_method",
    "create_offer",
    "create_price_list",
    "end_offer",
    "generate_codes",
    "give_back_offers",
    "remove_prices",
    "set_prices",
    "set_rates",
    "update_code",
    "update_offer",
    "update_price_list",
    "use_offers",
]
