"""The console's pages of taxes."""

from taxes.admin import words
from taxes.admin.pages import TaxClassAdmin, TaxCountryAdmin, TaxRateAdmin

words.register()

__all__ = ["TaxClassAdmin", "TaxCountryAdmin", "TaxRateAdmin"]
