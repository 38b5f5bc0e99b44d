"""By what a buyer is known to limits per customer: nothing that tells who somebody is."""

from __future__ import annotations

from uuid import UUID

from django.utils.crypto import salted_hmac

from core.text import fold

_SALT = "pricing.offers.buyers"


def buyer_key(client_id: UUID, *, customer_id: UUID | None, email: str, order_id: UUID) -> str:
    """A customer's id; for guests a keyed hash of their e-mail in any letter case, which only this storefront has.

    Who is neither is another buyer with each order. The hash is keyed by SECRET_KEY: with a new one guests are new.
    """
    if customer_id is not None:
        return f"customer:{customer_id}"
    if email:
        return f"guest:{salted_hmac(_SALT, f'{client_id} {fold(email)}', algorithm='sha256').hexdigest()}"
    return f"order:{order_id}"
