"""The console's pages of payments and the money ledger."""

from orders.payments.admin import words
from orders.payments.admin.pages import LedgerEntryAdmin, PaymentAdmin, PaymentAttemptAdmin, PaymentNoticeAdmin

words.register()

__all__ = ["LedgerEntryAdmin", "PaymentAdmin", "PaymentAttemptAdmin", "PaymentNoticeAdmin"]
