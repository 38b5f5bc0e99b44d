"""The area within which member states of the European Union tax alike, and what VAT ids say of their country.

Of a country's territories only Northern Ireland is told apart (by postal codes that begin with BT): it has left the
Union with the United Kingdom, and stays in the area for goods. Islands that are members' and outside the area, such as
the Canaries, are not.
"""

from __future__ import annotations

import datetime as dt
import re

from taxes.destinations import Destination, compact

NORTHERN_IRELAND = "XI"
_FROM = dt.date(1958, 1, 1)
_IN_1973, _IN_1995 = dt.date(1973, 1, 1), dt.date(1995, 1, 1)
_IN_2004, _IN_2007 = dt.date(2004, 5, 1), dt.date(2007, 1, 1)
_BRITAIN_LEFT = dt.date(2021, 1, 1)

MEMBERS: dict[str, tuple[dt.date, dt.date | None]] = {
    "AT": (_IN_1995, None), "BE": (_FROM, None), "BG": (_IN_2007, None), "CY": (_IN_2004, None),
    "CZ": (_IN_2004, None), "DE": (_FROM, None), "DK": (_IN_1973, None), "EE": (_IN_2004, None),
    "ES": (dt.date(1986, 1, 1), None), "FI": (_IN_1995, None), "FR": (_FROM, None),
    "GB": (_IN_1973, _BRITAIN_LEFT), "GR": (dt.date(1981, 1, 1), None), "HR": (dt.date(2013, 7, 1), None),
    "HU": (_IN_2004, None), "IE": (_IN_1973, None), "IT": (_FROM, None), "LT": (_IN_2004, None), "LU": (_FROM, None),
    "LV": (_IN_2004, None), "MT": (_IN_2004, None), "NL": (_FROM, None), "PL": (_IN_2004, None),
    "PT": (dt.date(1986, 1, 1), None), "RO": (_IN_2007, None), "SE": (_IN_1995, None), "SI": (_IN_2004, None),
    "SK": (_IN_2004, None), NORTHERN_IRELAND: (_BRITAIN_LEFT, None),
}  # fmt: skip
"""Country → the day from which, and the day from which no more."""

_PREFIXES = {"EL": "GR"}
"""Where a VAT id doesn't begin with the country's ISO code."""

_looks_like_vat_id = re.compile(r"([A-Z]{2})(?=[A-Z0-9+*]*[0-9])[A-Z0-9+*]{2,13}").fullmatch


def is_member(country: str, on: dt.date) -> bool:
    since, until = MEMBERS.get(country, (dt.date.max, None))
    return since <= on and (until is None or on < until)


def territory(place: Destination, on: dt.date) -> str:
    """The country as the Union counts it: Northern Ireland is one of its own since Britain left."""
    country = place.country.upper()
    is_northern = country == "GB" and on >= _BRITAIN_LEFT and compact(place.postal_code).startswith("BT")
    return NORTHERN_IRELAND if is_northern else country


def vat_country(vat_id: str) -> str:
    """The country of a VAT id that looks like one, in ISO's code: "EL 123456789" → "GR". Otherwise empty.

    Nobody is asked whether it was given out.
    """
    found = _looks_like_vat_id(re.sub(r"[\s.\-/]", "", vat_id).upper())
    return _PREFIXES.get(found[1], found[1]) if found else ""


def is_reverse_charge(seller: Destination, destination: Destination, vat_id: str, on: dt.date) -> bool:
    """Whether the buyer, not the seller, owes the tax: a business of another member state, by its VAT id."""
    home, away, buyer = territory(seller, on), territory(destination, on), vat_country(vat_id)
    return home != away and buyer != home and all(is_member(each, on) for each in (home, away, buyer))
