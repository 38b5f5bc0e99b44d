"""Amounts as Stripe counts them. It has digits of its own for some currencies, which are not ISO 4217's."""

from __future__ import annotations

from core.money import exponent
from orders.payments.gateways.interface import GatewayRefused

_WHOLE = frozenset({
    "BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF",
})  # fmt: skip
"""Counted in whole units; MGA too, though ISO 4217 gives it two digits."""
_THOUSANDTHS = frozenset({"BHD", "JOD", "KWD", "OMR", "TND"})
"""Counted in thousandths, of which the last digit must be 0."""
_HUNDREDTHS = 2
"""All others, ISK too, though ISO 4217 gives it none. HUF and TWD are whole only when Stripe pays out, not here."""
_UNCLEAR = frozenset({"UGX"})
"""Stripe lists it among the whole ones and among the hundredths: a mistake would charge a hundred times too much."""


def to_stripe(amount: int, currency: str) -> int:
    """Minor units of ours as Stripe's: 500 ISK → 50000, 500 (5.00) MGA → 5, 2750 (27.50) EUR → 2750.

    Raises GatewayRefused for an amount or a currency that Stripe doesn't take.
    """
    digits = _digits(currency)
    ours = exponent(currency)
    if (ours > 2 and digits != ours) or currency in _UNCLEAR:
        raise GatewayRefused(f"it is not certain how Stripe counts {currency}")
    scaled, rest = divmod(amount * int(10**digits), int(10**ours))
    if rest:
        raise GatewayRefused(f"Stripe takes whole {currency} only")
    if digits == 3 and scaled % 10:
        raise GatewayRefused(f"Stripe takes hundredths of {currency} only: the last digit must be 0")
    return scaled


def from_stripe(amount: int, currency: str) -> int:
    """The other way: Stripe's 50000 ISK → 500. Raises ValueError for what is no whole number of ours."""
    scaled, rest = divmod(amount * int(10 ** exponent(currency)), int(10 ** _digits(currency)))
    if rest:
        raise ValueError(f"{amount} of {currency} at Stripe is no whole amount here")
    return scaled


def _digits(currency: str) -> int:
    if currency in _WHOLE:
        return 0
    return 3 if currency in _THOUSANDTHS else _HUNDREDTHS
