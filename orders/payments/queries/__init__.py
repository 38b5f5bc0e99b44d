"""What the API, the console and other apps may read of payments and the money ledger."""

from orders.payments.queries.reading import (
    attempts_of,
    authorisations_over,
    money_as_of,
    notices_of,
    payments_of,
    refundable_payments,
    refunds_under_way,
)
from orders.payments.queries.verification import money_off

__all__ = [
    "attempts_of",
    "authorisations_over",
    "money_as_of",
    "money_off",
    "notices_of",
    "payments_of",
    "refundable_payments",
    "refunds_under_way",
]
