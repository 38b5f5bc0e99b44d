from __future__ import annotations

from typing import ClassVar

import pgtrigger
from django.db import models
from django.db.models import BooleanField, F, Func, Q, Value
from django.db.models.functions import Length
from django.db.models.lookups import LessThanOrEqual
from django.utils import timezone

from core.models import Client, ClientKind, Versioned
from core.models.text import BlockField, EmailField, IdentifierField, IdentifiersField, LineField, LinesField
from core.rulesets import rules_changed
from core.triggers import kept

RULESET = "prices"
"""The ruleset that settings are a part of: what is sold, and what it costs."""

TABLE = "table"
"""The tax provider that asks nobody: the rates that are kept here."""

LONGEST_TEXT = 20_000
LONGEST_PREFIX = 10
LONGEST_LETTERHEAD = 1_000
LONGEST_SELLER = 200
LONGEST_IBAN = 34
LONGEST_VAT_ID = 15
LONGEST_WRITTEN = 60
"""Of a VAT id or an IBAN as people write it, with blanks."""
MOST_HOLD_MINUTES = 1_440
MOST_RETURN_DAYS = 3_650
MOST_DAYS_TO_PAY = 365

LANGUAGES = {"en": "English", "de": "German", "fr": "French", "es": "Spanish"}
"""What documents can be written in, by its code."""

TIME_ZONE = r"^([A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*)?$"
COUNTRY = r"^([A-Z]{2})?$"
TAX_PROVIDER = r"^[a-z][a-z0-9_]*$"
URL = r"^(https?://[!-~]+)?$"
ADDRESS = r"^([!-~]+@[!-~]+)?$"
NUMBER_PREFIX = r"^([A-Za-z]([A-Za-z0-9._/-]*[A-Za-z._/-])?)?$"
"""Its last character is no digit, so that a shown number can be told apart again."""

VAT_ID = r"^([A-Z]{2}[A-Z0-9]{2,13})?$"
IBAN = r"^([A-Z]{2}[0-9]{2}[A-Z0-9]{11,30})?$"

_OF_A_STOREFRONT = """
IF (SELECT c.kind FROM core_client c WHERE c.id = NEW.client_id) <> 'storefront' THEN
    RAISE EXCEPTION 'only a storefront has settings of how it sells' USING ERRCODE = 'check_violation';
END IF;
RETURN NEW;
"""


def _holds(function: str, *arguments: F | Value) -> Func:
    """A CHECK by a function of this app's first migration."""
    return Func(*arguments, function=f"storefronts_{function}", output_field=BooleanField())


class StorefrontSettings(Versioned):
    """How one storefront sells. Made with the first change; until then, and for what is empty, the defaults hold."""

    subject_type: ClassVar[str] = "storefront"

    client = models.OneToOneField(
        Client, on_delete=models.PROTECT, related_name="storefront_settings", verbose_name="storefront"
    )
    time_zone = IdentifierField(max_length=64, blank=True, default="", help_text="IANA; empty: the server's.")
    country = IdentifierField(max_length=2, blank=True, default="")
    region = LineField(max_length=100, blank=True, default="")
    currencies = IdentifiersField(models.CharField(max_length=3), default=list, blank=True)
    countries = IdentifiersField(models.CharField(max_length=2), default=list, blank=True)
    prices_include_tax = models.BooleanField(default=False)
    cash_rounding = LinesField(default=dict, blank=True, help_text="Currency → step in minor units.")
    tax_provider = IdentifierField(max_length=40, default=TABLE)
    terms = BlockField(max_length=LONGEST_TEXT, blank=True, default="")
    terms_url = IdentifierField(max_length=500, blank=True, default="")
    mail_from = EmailField(blank=True, default="")
    mail_name = LineField(max_length=100, blank=True, default="")
    reply_to = EmailField(blank=True, default="")
    return_days = models.PositiveSmallIntegerField(null=True, blank=True)
    return_policy = BlockField(max_length=LONGEST_TEXT, blank=True, default="")
    hold_minutes = models.PositiveSmallIntegerField(null=True, blank=True)
    number_prefix = IdentifierField(max_length=LONGEST_PREFIX, blank=True, default="")
    release_on_authorised = models.BooleanField(default=False)
    days_to_pay = models.PositiveSmallIntegerField(null=True, blank=True)
    on_account_needs_credit = models.BooleanField(default=False, db_default=False)
    language = models.CharField(
        max_length=2, blank=True, default="", db_default="", help_text="Of documents; empty: English."
    )
    letterhead = BlockField(max_length=LONGEST_LETTERHEAD, blank=True, default="", db_default="")
    e_invoice = models.BooleanField(default=False, db_default=False)
    legal_name = LineField(max_length=LONGEST_SELLER, blank=True, default="", db_default="")
    vat_id = IdentifierField("VAT id", max_length=LONGEST_VAT_ID, blank=True, default="", db_default="")
    street = LineField(max_length=LONGEST_SELLER, blank=True, default="", db_default="")
    postal_code = LineField(max_length=20, blank=True, default="", db_default="")
    city = LineField(max_length=100, blank=True, default="", db_default="")
    iban = IdentifierField("IBAN", max_length=LONGEST_IBAN, blank=True, default="", db_default="")
    sourcing = LinesField(default=list, blank=True, help_text="Rules with their parameters, the first first.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "settings of a storefront"
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=Q(id=F("client")), name="storefront_settings_have_its_id"),
            models.CheckConstraint(condition=Q(time_zone__regex=TIME_ZONE), name="storefront_time_zone_form"),
            models.CheckConstraint(condition=Q(country__regex=COUNTRY), name="storefront_country_code"),
            models.CheckConstraint(condition=Q(region="") | ~Q(country=""), name="storefront_region_in_a_country"),
            models.CheckConstraint(
                condition=_holds("are_codes", F("currencies"), Value(3)), name="storefront_currency_codes"
            ),
            models.CheckConstraint(
                condition=_holds("are_codes", F("countries"), Value(2)), name="storefront_country_codes"
            ),
            models.CheckConstraint(
                condition=_holds("is_cash_rounding", F("cash_rounding")), name="storefront_cash_rounding_steps"
            ),
            models.CheckConstraint(condition=Q(tax_provider__regex=TAX_PROVIDER), name="storefront_tax_provider_name"),
            models.CheckConstraint(condition=Q(terms_url__regex=URL), name="storefront_terms_url_form"),
            models.CheckConstraint(condition=Q(mail_from__regex=ADDRESS), name="storefront_mail_from_address"),
            models.CheckConstraint(condition=Q(reply_to__regex=ADDRESS), name="storefront_reply_to_address"),
            models.CheckConstraint(
                condition=LessThanOrEqual(Length("terms"), LONGEST_TEXT), name="storefront_terms_length"
            ),
            models.CheckConstraint(
                condition=LessThanOrEqual(Length("return_policy"), LONGEST_TEXT), name="storefront_return_policy_length"
            ),
            models.CheckConstraint(
                condition=Q(return_days=None) | Q(return_days__range=(0, MOST_RETURN_DAYS)),
                name="storefront_return_days_range",
            ),
            models.CheckConstraint(
                condition=Q(hold_minutes=None) | Q(hold_minutes__range=(1, MOST_HOLD_MINUTES)),
                name="storefront_hold_minutes_range",
            ),
            models.CheckConstraint(
                condition=Q(days_to_pay=None) | Q(days_to_pay__range=(0, MOST_DAYS_TO_PAY)),
                name="storefront_days_to_pay_range",
            ),
            models.CheckConstraint(
                condition=Q(number_prefix__regex=NUMBER_PREFIX), name="storefront_number_prefix_form"
            ),
            models.CheckConstraint(condition=Q(language__in=["", *LANGUAGES]), name="storefront_language_known"),
            models.CheckConstraint(
                condition=LessThanOrEqual(Length("letterhead"), LONGEST_LETTERHEAD), name="storefront_letterhead_length"
            ),
            models.CheckConstraint(condition=Q(vat_id__regex=VAT_ID), name="storefront_vat_id_form"),
            models.CheckConstraint(condition=Q(iban__regex=IBAN), name="storefront_iban_form"),
            models.CheckConstraint(condition=_holds("is_sourcing", F("sourcing")), name="storefront_sourcing_rules"),
        ]
        triggers = [
            rules_changed(RULESET),
            pgtrigger.Trigger(
                name="settings_of_a_storefront",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func=_OF_A_STOREFRONT,
            ),
            pgtrigger.ReadOnly(name="storefront_settings_stay_its", fields=["id", "client", "created_at"]),
            *kept("storefront_settings"),
        ]

    def __str__(self) -> str:
        return str(self.client)


class StorefrontManager(models.Manager["Storefront"]):
    def get_queryset(self) -> models.QuerySet[Storefront]:
        return super().get_queryset().filter(kind=ClientKind.STOREFRONT)


class Storefront(Client):
    """A client that sells: what its settings are of, whether or not it has a row of them."""

    subject_type: ClassVar[str] = "storefront"

    objects: ClassVar[StorefrontManager] = StorefrontManager()

    class Meta:
        proxy = True
        ordering = ["name"]

    @property
    def settings(self) -> StorefrontSettings:
        """Its row, or one that isn't stored and says the defaults."""
        found: StorefrontSettings | None = getattr(self, "storefront_settings", None)
        return found or StorefrontSettings(id=self.pk, client_id=self.pk)
