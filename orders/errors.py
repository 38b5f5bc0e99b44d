"""The errors that orders' actions raise."""

from __future__ import annotations

import uuid

from core.errors import DomainError


class DuplicateReference(DomainError):
    """A client's `external_ref` names one order for ever."""

    code = "duplicate_external_ref"
    title = "Duplicate external reference"

    def __init__(self, external_ref: str, order_id: uuid.UUID | None) -> None:
        super().__init__(
            f"The reference {external_ref!r} already names {f'order {order_id}' if order_id else 'an order'}.",
            unblock="Use that order, or place this one under a reference of its own.",
            order_id=str(order_id) if order_id else None,
        )


class OrderNotEditable(DomainError):
    code = "order_not_editable"
    title = "Order not editable"

    def __init__(self, fields: list[str], *, state: str) -> None:
        super().__init__(
            f"{', '.join(fields)} cannot change once the order is {state}.",
            unblock="Leave these fields out; notes, tags and metadata can still change.",
            state=state,
            fields=fields,
        )


class OrderNotDeletable(DomainError):
    code = "order_not_deletable"
    title = "Order not deletable"


class OrderDeleted(DomainError):
    code = "order_deleted"
    title = "Order deleted"

    def __init__(self) -> None:
        super().__init__("The order was deleted.", unblock="Nothing: create a new order.")


class DispatchRefused(DomainError):
    """The order's units may not leave now."""

    code = "dispatch_refused"
    title = "Dispatch refused"


class HoldRefused(DomainError):
    code = "hold_refused"
    title = "Hold refused"


class PaymentRefused(DomainError):
    code = "payment_refused"
    title = "Payment refused"


class RefundTooLarge(DomainError):
    code = "refund_too_large"
    title = "Refund too large"
