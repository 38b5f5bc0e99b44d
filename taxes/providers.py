"""Who says what the taxes are: the product's own table, or a service outside it.

A service is reached over the network, so it is asked while no transaction is open: OutsideTaxes.taxes_of() raises
AskFirst within one, which rolls it back, asks, and begins it anew with the answer. See core.transactions.answer_of.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from core.transactions import answer_of, refuse_within_unit
from taxes.calculation import Taxed, TaxRequest
from taxes.errors import TaxServiceUnavailable

TABLE = "table"
"""The product's own tax table, which nobody outside is asked about."""

HTTP = "http"
"""The service of the settings TAX_SERVICE_URL, TAX_SERVICE_KEY and TAX_SERVICE_SECONDS."""


class TaxProvider(Protocol):
    def taxes_of(self, request: TaxRequest) -> Taxed:
        """May go over the network. Raises TaxServiceUnavailable."""


@dataclass(frozen=True)
class OutsideTaxes:
    """A service by the name that a storefront's settings have. It is a TaxProvider."""

    name: str

    def taxes_of(self, request: TaxRequest) -> Taxed:
        """Raises AskFirst; once it was asked, TaxServiceUnavailable."""
        return answer_of((self.name, request), lambda: ask_provider(self.name, request))


_makers: dict[str, Callable[[], TaxProvider]] = {}


def register_provider(name: str, make: Callable[[], TaxProvider]) -> None:
    """Add a service. `make` is called for each question, and may raise TaxServiceUnavailable."""
    _makers[name] = make


def provider_names() -> list[str]:
    """What a storefront's settings may name."""
    return [TABLE, *_makers]


def ask_provider(name: str, request: TaxRequest) -> Taxed:
    """What a service outside says of it. Raises TaxServiceUnavailable, UnitOfWorkError within a unit of work."""
    refuse_within_unit()
    if name not in _makers:
        raise TaxServiceUnavailable(
            f"There is no tax service {name}.", unblock=f"Set the storefront to one of: {', '.join(provider_names())}."
        )
    return _makers[name]().taxes_of(request)
