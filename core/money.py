"""Money as integer minor units of one ISO 4217 currency; decimals exist only at the edge."""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

MAX_MINOR = 10**15
"""The largest amount accepted anywhere, in minor units: sums of many stay far below 2**63."""

_EXPONENTS = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
    2: (
        "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY "
        "COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR "
        "ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK "
        "MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP "
        "SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD YER ZAR "
        "ZMW ZWG"
    ),
}
EXPONENT_BY_CURRENCY = {code: exponent for exponent, codes in _EXPONENTS.items() for code in codes.split()}


def exponent(currency: str) -> int:
    """Digits after the decimal point: 2 for EUR, 0 for JPY, 3 for KWD. Raises ValueError for an unknown currency."""
    try:
        return EXPONENT_BY_CURRENCY[currency]
    except KeyError:
        raise ValueError(f"{currency!r} is not an ISO 4217 currency") from None


def to_minor(amount: Decimal, currency: str) -> int:
    """2.555 EUR → 256: rounded half up (away from zero), to the currency's minor unit."""
    return int(amount.scaleb(exponent(currency)).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def from_minor(amount: int, currency: str) -> Decimal:
    """256 EUR → Decimal("2.56")."""
    return Decimal(amount).scaleb(-exponent(currency))


def format_money(amount: int, currency: str) -> str:
    """256789, "GBP" → "2,567.89 GBP"."""
    return f"{from_minor(amount, currency):,.{exponent(currency)}f} {currency}"


def allot(total: int, weights: Sequence[int]) -> list[int]:
    """Split `total` in proportion to `weights` so that the parts sum to it exactly.

    Each part is rounded toward zero and the remainder goes, a unit each, to the largest fractions (first come
    first served).
    With no positive weight all of it goes to the first part. Raises ValueError for no weights or a negative one.
    """
    if not weights or min(weights) < 0:
        raise ValueError("allot needs at least one weight, none of them negative")
    weight = sum(weights)
    if weight == 0:
        return [total] + [0] * (len(weights) - 1)
    sign = 1 if total >= 0 else -1
    shares = [divmod(abs(total) * w, weight) for w in weights]
    parts = [share for share, _ in shares]
    by_fraction = sorted(range(len(weights)), key=lambda i: -shares[i][1])
    for i in by_fraction[: abs(total) - sum(parts)]:
        parts[i] += 1
    return [sign * part for part in parts]
