"""The forms of the buttons on a storefront's page."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django_countries import countries

from core.console import ActionForm
from core.console.forms import EmailField, parse_amount
from core.money import EXPONENT_BY_CURRENCY, exponent, from_minor
from storefronts.meanings import MEANINGS, RULE_MEANINGS
from storefronts.models import (
    LANGUAGES,
    LONGEST_LETTERHEAD,
    LONGEST_PREFIX,
    LONGEST_SELLER,
    LONGEST_TEXT,
    LONGEST_WRITTEN,
    MOST_DAYS_TO_PAY,
    MOST_HOLD_MINUTES,
    MOST_RETURN_DAYS,
)
from storefronts.providers import tax_providers
from storefronts.sourcing import RULES, SourcingConfig
from storefronts.zones import time_zones

_is_step = re.compile(r"([A-Za-z]{3})\s+([0-9]{1,9}(?:\.[0-9]{1,4})?)").fullmatch


class CodesField(forms.CharField):
    """Codes with commas or spaces between."""

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> list[str]:
        return sorted({code.upper() for code in re.split(r"[\s,;]+", super().clean(value)) if code})


class StepsField(forms.CharField):
    """ "CHF 0.05, SEK 1.00": steps as people write amounts; its value is currency → minor units."""

    def prepare_value(self, value: Any) -> Any:
        return steps_in_words(value) if isinstance(value, dict) else value

    def clean(self, value: Any) -> dict[str, int]:
        steps = [each.strip() for each in re.split(r"[,;\n]", super().clean(value)) if each.strip()]
        return dict(_step(each) for each in steps)


def _step(text: str) -> tuple[str, int]:
    """Raises ValidationError."""
    found = _is_step(text)
    currency = found[1].upper() if found else ""
    if found is None or currency not in EXPONENT_BY_CURRENCY:
        raise forms.ValidationError(f"“{text}”: a currency and its step are written as CHF 0.05.")
    return currency, parse_amount(Decimal(found[2]), currency)


def steps_in_words(steps: Mapping[str, int]) -> str:
    """{"CHF": 5} → "CHF 0.05"."""
    return ", ".join(f"{code} {from_minor(step, code):.{exponent(code)}f}" for code, step in steps.items())


class RulesField(forms.CharField):
    """Names of sourcing rules, one a line."""

    widget = forms.Textarea

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(each["rule"] for each in value) if isinstance(value, list) else value

    def clean(self, value: Any) -> list[dict[str, Any]]:
        lines = [line.strip() for line in super().clean(value).splitlines()]
        return [{"rule": line, "parameters": {}} for line in lines if line]


def rules_in_words(config: SourcingConfig) -> Iterable[str]:
    for each in config:
        yield f"{each['rule']}: {RULE_MEANINGS.get(each['rule'], '')}"


def _told(name: str, **options: Any) -> dict[str, Any]:
    """The options of a field that may be empty, with what the setting does."""
    meaning = MEANINGS[name]
    return {"label": meaning.label, "help_text": meaning.help, "required": False, **options}


class MarketsForm(ActionForm):
    time_zone = forms.ChoiceField(**_told("time_zone"))
    country = forms.ChoiceField(**_told("country"))
    region = forms.CharField(**_told("region", max_length=100))
    currencies = CodesField(**_told("currencies", max_length=2_000))
    countries = CodesField(**_told("countries", max_length=2_000))

    def prepare(self) -> None:
        self.fields["time_zone"].choices = [("", "—"), *((name, name) for name in time_zones())]  # type: ignore[attr-defined]
        self.fields["country"].choices = [("", "—"), *countries]  # type: ignore[attr-defined]


class TaxesForm(ActionForm):
    prices_include_tax = forms.BooleanField(**_told("prices_include_tax"))
    tax_provider = forms.ChoiceField(**_told("tax_provider", required=True))
    cash_rounding = StepsField(
        **_told("cash_rounding", max_length=2_000, help_text=f"{MEANINGS['cash_rounding'].help} Such as: CHF 0.05")
    )

    def prepare(self) -> None:
        self.fields["tax_provider"].choices = [(name, name) for name in tax_providers()]  # type: ignore[attr-defined]


class OrdersForm(ActionForm):
    hold_minutes = forms.IntegerField(**_told("hold_minutes", min_value=1, max_value=MOST_HOLD_MINUTES))
    number_prefix = forms.CharField(**_told("number_prefix", max_length=LONGEST_PREFIX))
    release_on_authorised = forms.BooleanField(**_told("release_on_authorised"))
    days_to_pay = forms.IntegerField(**_told("days_to_pay", min_value=0, max_value=MOST_DAYS_TO_PAY))
    on_account_needs_credit = forms.BooleanField(**_told("on_account_needs_credit"))


class MailsForm(ActionForm):
    mail_from = EmailField(**_told("mail_from"))
    mail_name = forms.CharField(**_told("mail_name", max_length=100))
    reply_to = EmailField(**_told("reply_to"))


class TermsForm(ActionForm):
    terms = forms.CharField(**_told("terms", max_length=LONGEST_TEXT, widget=forms.Textarea))
    terms_url = forms.CharField(**_told("terms_url", max_length=500))
    return_days = forms.IntegerField(**_told("return_days", min_value=0, max_value=MOST_RETURN_DAYS))
    return_policy = forms.CharField(**_told("return_policy", max_length=LONGEST_TEXT, widget=forms.Textarea))


class DocumentsForm(ActionForm):
    language = forms.ChoiceField(choices=[("", "—"), *LANGUAGES.items()], **_told("language"))
    letterhead = forms.CharField(**_told("letterhead", max_length=LONGEST_LETTERHEAD, widget=forms.Textarea))
    e_invoice = forms.BooleanField(**_told("e_invoice"))
    legal_name = forms.CharField(**_told("legal_name", max_length=LONGEST_SELLER))
    vat_id = forms.CharField(**_told("vat_id", max_length=LONGEST_WRITTEN))
    street = forms.CharField(**_told("street", max_length=LONGEST_SELLER))
    postal_code = forms.CharField(**_told("postal_code", max_length=20))
    city = forms.CharField(**_told("city", max_length=100))
    iban = forms.CharField(**_told("iban", max_length=LONGEST_WRITTEN))


_RULES_TOLD = " ".join(f"{rule}: {RULE_MEANINGS[rule]}" for rule in RULES)


class SourcingForm(ActionForm):
    sourcing = RulesField(
        **_told("sourcing", max_length=2_000, help_text=f"{MEANINGS['sourcing'].help} One a line: {_RULES_TOLD}")
    )
