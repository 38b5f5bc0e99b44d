"""The only way to move the money of an order."""

from orders.payments.actions.ledger import entries_of, follow, move_money
from orders.payments.actions.recording import record_payment, refund_payment, write_off_balance

__all__ = ["entries_of", "follow", "move_money", "record_payment", "refund_payment", "write_off_balance"]
