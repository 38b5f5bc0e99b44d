"""The errors that customers' actions raise."""

from __future__ import annotations

import uuid

from core.errors import DomainError
from core.money import format_money


class CustomerGroupExists(DomainError):
    """Another group of the storefront has this code."""

    code = "customer_group_exists"
    title = "Customer group exists"

    def __init__(self, *, group_code: str, group_id: uuid.UUID) -> None:
        super().__init__(
            f"There is a customer group {group_code} already.",
            unblock="Use the group that exists, or choose another code.",
            group_id=str(group_id),
        )


class CustomerExists(DomainError):
    """Another customer of the storefront has this e-mail or reference."""

    code = "customer_exists"
    title = "Customer exists"

    def __init__(self, *, field: str, value: str, customer_id: uuid.UUID) -> None:
        super().__init__(
            f"There is a customer with the {field} {value} already.",
            unblock="Use the customer that exists.",
            field=field,
            customer_id=str(customer_id),
        )


class CreditAccountExists(DomainError):
    """The customer has a credit account in this currency."""

    code = "credit_account_exists"
    title = "Credit account exists"

    def __init__(self, *, currency: str, account_id: uuid.UUID) -> None:
        super().__init__(
            f"The customer has a credit account in {currency} already.",
            unblock="Change the limit or the days of the one that exists.",
            credit_account_id=str(account_id),
        )


class NoCreditAccount(DomainError):
    """The storefront sells on account only to customers with a credit account in the order's currency."""

    code = "no_credit_account"
    title = "No credit account"

    def __init__(self, currency: str) -> None:
        super().__init__(
            f"An order on account needs a customer with a credit account in {currency}.",
            unblock=f"Have it paid before its release, or open the customer a credit account in {currency}.",
            currency=currency,
        )


class CreditLimitExceeded(DomainError):
    """The customer would owe more than their credit account lets them. Amounts are minor units of the currency."""

    code = "credit_limit_exceeded"
    title = "Credit limit exceeded"

    def __init__(self, *, limit: int, owed: int, total: int, currency: str) -> None:
        left = max(limit - owed, 0)
        told = {
            name: format_money(amount, currency)
            for name, amount in (("limit", limit), ("owed", owed), ("total", total), ("left", left))
        }
        super().__init__(
            f"{told['left']} is left of the customer's credit of {told['limit']}: {told['owed']} is owed, and this "
            f"order would add {told['total']}.",
            unblock="Have earlier orders paid, raise the limit, or have this order paid before its release.",
            limit=limit,
            owed=owed,
            left=left,
            total=total,
            currency=currency,
        )
