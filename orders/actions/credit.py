"""Credit that an order on account takes from its customer's account."""

from __future__ import annotations

import customers.actions
from core.transactions import step
from orders.models import Order
from orders.statuses import PaymentTerms
from storefronts.queries import settings_of


@step
def take_credit_of(order: Order, *, needed: bool | None = None) -> None:
    """Refuse an order on account that its customer's credit doesn't cover; the last step of what puts an order on
    account, as it locks the account until the transaction ends. What is prepaid takes none.

    `needed` tells whether there must be an account; None: as the storefront's settings say. Raises NoCreditAccount,
    CreditLimitExceeded.
    """
    if order.payment_terms != PaymentTerms.ON_ACCOUNT:
        return
    if needed is None:
        needed = settings_of(order.client_id).on_account_needs_credit
    amount = max(order.due, 0)
    customers.actions.take_credit(customer_id=order.customer_id, currency=order.currency, amount=amount, needed=needed)
