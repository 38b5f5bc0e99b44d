"""Our minor units as Stripe's, where the two count differently."""

from __future__ import annotations

import pytest

from orders.payments.gateways import GatewayRefused
from orders.payments.gateways.stripe.amounts import from_stripe, to_stripe


@pytest.mark.parametrize(
    ("amount", "currency", "theirs"),
    [
        (2_750, "EUR", 2_750),
        (500, "JPY", 500),
        (500, "KRW", 500),
        (5_120, "KWD", 5_120),
        (1_010, "TND", 1_010),
        (5, "ISK", 500),
        (1_045, "HUF", 1_045),
        (80_045, "TWD", 80_045),
        (500, "MGA", 5),
    ],
)
def test_an_amount_is_the_same_money_at_stripe(amount: int, currency: str, theirs: int) -> None:
    assert to_stripe(amount, currency) == theirs
    assert from_stripe(theirs, currency) == amount


def test_what_is_no_whole_amount_here_is_not_read() -> None:
    with pytest.raises(ValueError, match="550 of ISK at Stripe is no whole amount here"):
        from_stripe(550, "ISK")


@pytest.mark.parametrize(
    ("amount", "currency", "why"),
    [
        (5_124, "KWD", "hundredths of KWD only"),
        (520, "MGA", "whole MGA only"),
        (500, "UGX", "not certain how Stripe counts UGX"),
        (500, "IQD", "not certain how Stripe counts IQD"),
        (500, "CLF", "not certain how Stripe counts CLF"),
    ],
)
def test_what_stripe_does_not_take_is_refused(amount: int, currency: str, why: str) -> None:
    with pytest.raises(GatewayRefused, match=why):
        to_stripe(amount, currency)
