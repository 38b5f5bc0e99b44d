"""The pages on which carriers tell where a parcel is. A carrier that isn't here has none."""

from __future__ import annotations

import re
from urllib.parse import quote

_PAGES = {
    "dhl": "https://www.dhl.com/global-en/home/tracking.html?tracking-id={}",
    "fedex": "https://www.fedex.com/fedextrack/?trknbr={}",
    "ups": "https://www.ups.com/track?tracknum={}",
    "usps": "https://tools.usps.com/go/TrackConfirmAction?tLabels={}",
}


def tracking_url(carrier: str, tracking_number: str) -> str:
    """Where to follow the parcel; empty without a number, or for a carrier that isn't known.

    The carrier is known by its first word: "UPS", "ups ground" and "DHL-Express" are two of them.
    """
    number = "".join(tracking_number.split())
    page = _PAGES.get(re.split(r"[\W_]", carrier.strip().casefold())[0])
    return page.format(quote(number, safe="")) if page and number else ""
