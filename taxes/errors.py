"""The errors that taxes raises."""

from __future__ import annotations

import uuid

from core.errors import DomainError


class TaxClassCodeTaken(DomainError):
    code = "tax_class_code_taken"
    title = "Tax class code taken"

    def __init__(self, code: str, tax_class_id: uuid.UUID) -> None:
        super().__init__(
            f"There is a tax class {code} already.",
            unblock="Use another code, or change the class that exists.",
            tax_class_id=str(tax_class_id),
        )


class TaxCountryExists(DomainError):
    code = "tax_country_exists"
    title = "Tax country exists"

    def __init__(self, country: str, tax_country_id: uuid.UUID) -> None:
        super().__init__(
            f"{country} has its rules already.",
            unblock="Change those that exist.",
            tax_country_id=str(tax_country_id),
        )


class TaxRateOverlaps(DomainError):
    """Another rate of the same name, class and place holds on some of the same days."""

    code = "tax_rate_overlaps"
    title = "Tax rate overlaps"

    def __init__(self, told: str, tax_rate_id: uuid.UUID) -> None:
        super().__init__(
            f"{told} is of the same name, class and place, and holds on some of the same days.",
            unblock="End that one first, or choose other days.",
            tax_rate_id=str(tax_rate_id),
        )


class TaxServiceUnavailable(DomainError):
    """The outside tax service doesn't say what the taxes are."""

    code = "tax_service_unavailable"
    status = 503
    title = "Tax service unavailable"
