"""The only way to write documents: one action for each thing that is issued, and one that issues what is due."""

from documents.actions.credit_notes import issue_credit_note
from documents.actions.due import issue_due
from documents.actions.invoices import issue_invoice
from documents.actions.slips import issue_slip

__all__ = ["issue_credit_note", "issue_due", "issue_invoice", "issue_slip"]
