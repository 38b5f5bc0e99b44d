from __future__ import annotations

import datetime as dt
from typing import ClassVar

import pgtrigger
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.db.models.functions import Lower
from django.db.models.lookups import Regex
from django.utils import timezone
from django_countries.fields import CountryField

from core.models import Versioned
from core.models.text import IdentifierField, LineField
from core.rulesets import PRICES, rules_changed
from core.triggers import kept
from taxes.querysets import TaxClassQuerySet, TaxCountryQuerySet, TaxRateQuerySet
from taxes.statuses import TaxRounding
from taxes.triggers import KEEP_RATES_THAT_BEGAN

# Not country__regex, which for a CountryField looks for names of countries.
_COUNTRY_CODE = Regex(F("country"), r"^[A-Z]{2}$")
_DAY_BEFORE_IT_BEGINS = Func(F("valid_from"), template="(%(expressions)s - 1)", output_field=models.DateField())
# Empty for a rate that ended before it began: it overlaps with none.
_DAYS = Func(
    F("valid_from"), F("valid_until"), template="daterange(%(expressions)s + 1, '[)')", output_field=DateRangeField()
)


class TaxClass(Versioned):
    """What is taxed alike: the standard goods, books, food. Variants and delivery methods name theirs."""

    subject_type: ClassVar[str] = "tax_class"

    code = IdentifierField(max_length=32, unique=True)
    name = LineField(max_length=100)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = TaxClassQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "tax classes"
        ordering = ["code"]
        constraints = [models.UniqueConstraint(Lower("code"), name="tax_class_code_once_in_any_case")]
        triggers = [rules_changed(PRICES), *kept("tax_class")]

    def __str__(self) -> str:
        return self.code


class TaxCountry(Versioned):
    """How a country wants taxes rounded. Whoever writes a rate of the country locks this row before."""

    subject_type: ClassVar[str] = "tax_country"

    country = CountryField(unique=True)
    rounding = models.CharField(max_length=8, choices=TaxRounding, default=TaxRounding.LINE)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = TaxCountryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "tax countries"
        ordering = ["country"]
        constraints = [
            models.CheckConstraint(condition=_COUNTRY_CODE, name="tax_country_code"),
            models.CheckConstraint(condition=Q(rounding__in=["line", "total"]), name="tax_country_rounding_known"),
        ]
        triggers = [rules_changed(PRICES), *kept("tax_country")]

    def __str__(self) -> str:
        return str(self.country.name)


class TaxRate(Versioned):
    """One named tax on one class of goods in a country or a part of it, from one day to another.

    A rate that has begun may stand on invoices: it stays as it is, and ends. One that ends on the day before it begins
    never holds.
    """

    subject_type: ClassVar[str] = "tax_rate"

    country = CountryField()
    region = IdentifierField(max_length=100, blank=True, default="", help_text="Empty: all of the country.")
    postal_prefix = IdentifierField(
        max_length=12, blank=True, default="", help_text="How its postal codes begin, without spaces. Empty: any."
    )
    tax_class = models.ForeignKey(TaxClass, on_delete=models.PROTECT, related_name="rates")
    name = LineField(max_length=60, help_text="As invoices show it: VAT.")
    rate = models.DecimalField(max_digits=9, decimal_places=6, help_text="0.19 is 19 %.")
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, blank=True, help_text="The last day.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = TaxRateQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=Q(rate__gte=0, rate__lte=1), name="tax_rate_from_0_to_1"),
            models.CheckConstraint(condition=_COUNTRY_CODE, name="tax_rate_country_code"),
            models.CheckConstraint(condition=~Q(name=""), name="tax_rate_has_a_name"),
            models.CheckConstraint(condition=Q(postal_prefix__regex=r"^[A-Z0-9]*$"), name="tax_rate_postal_prefix"),
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gte=_DAY_BEFORE_IT_BEGINS),
                name="tax_rate_ends_after_it_begins",
            ),
            ExclusionConstraint(
                name="tax_rate_once_at_a_time",
                expressions=[
                    ("country", RangeOperators.EQUAL),
                    (Lower("region"), RangeOperators.EQUAL),
                    ("postal_prefix", RangeOperators.EQUAL),
                    ("tax_class", RangeOperators.EQUAL),
                    (Lower("name"), RangeOperators.EQUAL),
                    (_DAYS, RangeOperators.OVERLAPS),
                ],
            ),
        ]
        triggers = [
            rules_changed(PRICES),
            pgtrigger.Trigger(
                name="tax_rate_that_began_stays",
                operation=pgtrigger.Update,
                when=pgtrigger.Before,
                func=KEEP_RATES_THAT_BEGAN,
            ),
            *kept("tax_rate"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {percent(self.rate)}"

    @property
    def began(self) -> bool:
        return self.valid_from <= timezone.localdate()

    def holds(self, day: dt.date) -> bool:
        return self.valid_from <= day and (self.valid_until is None or day <= self.valid_until)

    def overlaps(self, other: TaxRate) -> bool:
        """Whether both hold on some day."""
        begin = max(self.valid_from, other.valid_from)
        ends = [each for each in (self.valid_until, other.valid_until) if each is not None]
        return not ends or begin <= min(ends)

    @property
    def is_withdrawn(self) -> bool:
        """Whether it ended before it began, so that it never holds."""
        return self.valid_until is not None and self.valid_until < self.valid_from

    @property
    def is_over(self) -> bool:
        """Whether its end is past, so that it is not moved any more. An end of yesterday still is."""
        return self.valid_until is not None and self.began and self.valid_until < earliest_end()


def earliest_end() -> dt.date:
    """The earliest last day that a rate may be given which holds: yesterday, so that it holds no more at once."""
    return timezone.localdate() - dt.timedelta(days=1)


def percent(rate: object) -> str:
    """Decimal("0.190000") → "19 %"."""
    digits = f"{rate * 100:f}"  # type: ignore[operator]
    return f"{digits.rstrip('0').rstrip('.') if '.' in digits else digits} %"
