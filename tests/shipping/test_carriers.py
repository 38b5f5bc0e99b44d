from __future__ import annotations

import pytest

from shipping.carriers import tracking_url


@pytest.mark.parametrize(
    ("carrier", "number", "url"),
    [
        ("UPS", "1Z 999 AA1", "https://www.ups.com/track?tracknum=1Z999AA1"),
        ("ups Ground", "1Z", "https://www.ups.com/track?tracknum=1Z"),
        ("FedEx_Express", "12", "https://www.fedex.com/fedextrack/?trknbr=12"),
        ("DHL-Paket", "12", "https://www.dhl.com/global-en/home/tracking.html?tracking-id=12"),
        (" USPS ", "12", "https://tools.usps.com/go/TrackConfirmAction?tLabels=12"),
        ("UPS", "a&b=<c>/é", "https://www.ups.com/track?tracknum=a%26b%3D%3Cc%3E%2F%C3%A9"),
        ("UPS", "", ""),
        ("UPS", " ", ""),
        ("Royal Mail", "RM1", ""),
        ("Upsala Freight", "1", ""),
        ("", "1", ""),
    ],
)
def test_a_known_carrier_has_a_page_for_the_number_and_no_other_has(carrier: str, number: str, url: str) -> None:
    assert tracking_url(carrier, number) == url
