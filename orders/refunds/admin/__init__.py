"""The console's pages and buttons of refunds."""

from orders.refunds.admin import words
from orders.refunds.admin.pages import RefundAdmin, RefundLineAdmin, RefundPartAdmin

words.register()

__all__ = ["RefundAdmin", "RefundLineAdmin", "RefundPartAdmin"]
