"""What other apps may read of storefronts: how they sell."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Iterator

from django.db.models import QuerySet

from core.errors import FieldProblem, NotFound
from core.rulesets import Remembered, mark_of
from storefronts.errors import NotSold
from storefronts.models import RULESET, Storefront, StorefrontSettings
from storefronts.providers import register_tax_providers, tax_providers
from storefronts.rules import StorefrontRules, rules_in
from storefronts.sourcing import RULES as SOURCING_RULES
from storefronts.sourcing import SourcingConfig

__all__ = [
    "SOURCING_RULES",
    "SourcingConfig",
    "StorefrontRules",
    "find_storefront",
    "register_tax_providers",
    "require_sold",
    "settings_at",
    "settings_of",
    "settings_of_each",
    "tax_providers",
    "visible_storefronts",
]

_TOLD_AT_MOST = 20


def settings_of(client_id: uuid.UUID) -> StorefrontRules:
    """How the client sells; the defaults for one without settings. One statement, which reads the mark of the rules."""
    return settings_at(client_id, mark_of(RULESET))


def settings_of_each(client_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, StorefrontRules]:
    """As settings_of, of several: one statement for the mark."""
    mark = mark_of(RULESET)
    return {client_id: settings_at(client_id, mark) for client_id in client_ids}


def settings_at(client_id: uuid.UUID, mark: uuid.UUID | None) -> StorefrontRules:
    """The same for whoever has read the mark of the rules already: no statement, unless it is a new mark."""
    return _remembered.of(client_id, mark)


def require_sold(rules: StorefrontRules, *, currency: str, country: str) -> None:
    """Raises NotSold where the storefront doesn't sell in the currency or to the country; an empty one is unknown."""
    problems = [*_currency_problems(rules, currency), *_country_problems(rules, country)]
    if problems:
        raise NotSold(problems)


def find_storefront(client_id: uuid.UUID, *, owner: uuid.UUID | None) -> Storefront:
    """With its settings. `owner` is the storefront that asks, None for who works for all of them. Raises NotFound."""
    found = visible_storefronts(owner).filter(pk=client_id).select_related("storefront_settings").first()
    if found is None:
        raise NotFound("There is no such storefront.")
    return found


def visible_storefronts(owner: uuid.UUID | None) -> QuerySet[Storefront]:
    storefronts = Storefront.objects.all()
    return storefronts if owner is None else storefronts.filter(pk=owner)


def _load(client_id: uuid.UUID) -> StorefrontRules:
    row = StorefrontSettings.objects.filter(client_id=client_id).first()
    return StorefrontRules() if row is None else rules_in(row)


_remembered = Remembered(_load)


def _currency_problems(rules: StorefrontRules, currency: str) -> Iterator[FieldProblem]:
    if rules.currencies and currency not in rules.currencies:
        detail = f"The storefront doesn't sell in {currency}, but in {_listed(rules.currencies)}."
        yield FieldProblem("/currency", "currency_not_sold", detail)


def _country_problems(rules: StorefrontRules, country: str) -> Iterator[FieldProblem]:
    if rules.countries and country and country not in rules.countries:
        detail = f"The storefront doesn't sell to {country}, but to {_listed(rules.countries)}."
        yield FieldProblem("/shipping_address/country", "country_not_sold", detail)


def _listed(codes: Collection[str]) -> str:
    """ "DE, FR and 30 more"."""
    more = len(codes) - _TOLD_AT_MOST
    told = ", ".join(sorted(codes)[:_TOLD_AT_MOST])
    return f"{told} and {more} more" if more > 0 else told
