"""Money as integer minor units of one ISO 4217 currency; decimals exist only at the edge."""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from iso4217 import Currency

from core.errors import InvalidInput

MAX_MINOR = 10**15
"""The largest amount accepted anywhere, in minor units: sums of many stay far below 2**63."""

EXPONENT_BY_CURRENCY = {each.code: each.exponent for each in Currency if each.exponent is not None}
"""The currencies of today with their digits after the point: those of ISO 4217's own list, of the library's date."""

_WITHDRAWN = {
    "ANG": 2, "BGN": 2, "BYR": 0, "CUC": 2, "EEK": 2, "HRK": 2, "LTL": 2, "LVL": 2, "MRO": 2, "SLL": 2, "STD": 2,
    "VEF": 2, "ZMK": 2, "ZWL": 2,
}  # fmt: skip
"""Nothing new is in one of these, but what was is still shown. ISO's list of them doesn't tell their digits."""


def exponent(currency: str) -> int:
    """Digits after the decimal point: 2 for EUR, 0 for JPY, 3 for KWD, also of a currency that was withdrawn.

    Raises ValueError for what never was a currency.
    """
    digits = EXPONENT_BY_CURRENCY.get(currency, _WITHDRAWN.get(currency))
    if digits is None:
        raise ValueError(f"{currency!r} is not an ISO 4217 currency")
    return digits


def require_currency(currency: str, pointer: str = "/currency") -> None:
    """Raises InvalidInput unless it is a currency of today: what is new is in no other."""
    if currency not in EXPONENT_BY_CURRENCY:
        raise InvalidInput.at(pointer, "unknown_currency", f"{currency} is no currency of today (ISO 4217).")


def to_minor(amount: Decimal, currency: str) -> int:
    """2.555 EUR → 256: rounded half up (away from zero), to the currency's minor unit."""
    return int(amount.scaleb(exponent(currency)).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def amount_of(units: int, unit_price: Decimal, currency: str) -> int:
    """What so many units come to, in minor units: 300 × 0.005678 GBP → 170. Exact, and rounded once, half up (away from
    zero).
    """
    exact = Fraction(unit_price) * units * 10 ** exponent(currency)
    rounded = int(abs(exact) + Fraction(1, 2))
    return rounded if exact >= 0 else -rounded


def from_minor(amount: int, currency: str) -> Decimal:
    """256 EUR → Decimal("2.56")."""
    return Decimal(amount).scaleb(-exponent(currency))


def format_money(amount: int, currency: str) -> str:
    """256789, "GBP" → "2,567.89 GBP"."""
    return f"{from_minor(amount, currency):,.{exponent(currency)}f} {currency}"


def spread(total: int, units: int) -> dict[int, int]:
    """Unit prices by which so many units come to `total` exactly: 170 over 300 units → {1: 170, 0: 130}. All in minor
    units; they are one price, or two that differ by one. Raises ValueError for no units or a negative total.
    """
    if units < 1 or total < 0:
        raise ValueError("spread needs at least one unit and no negative total")
    low, dearer = divmod(total, units)
    return {price: count for price, count in ((low + 1, dearer), (low, units - dearer)) if count}


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


def share(total: int, units: int, begin: int, end: int) -> int:
    """What the units from `begin` to before `end` have of the `total` of so many: 10 over 3 units → 3, 4, 3.

    Whatever parts the units are taken in, one after the other, their shares sum to the total exactly.
    Raises ValueError unless 0 ≤ begin ≤ end ≤ units and there is a unit.
    """
    if units < 1 or not 0 <= begin <= end <= units:
        raise ValueError("share needs units from begin to end within all of them")
    return _up_to(total, units, end) - _up_to(total, units, begin)


def _up_to(total: int, units: int, count: int) -> int:
    """What the first `count` of the units have, rounded half up (away from zero)."""
    upto = (2 * abs(total) * count + units) // (2 * units)
    return upto if total >= 0 else -upto
