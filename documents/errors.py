"""The errors that documents' actions raise."""

from __future__ import annotations

from core.errors import DomainError


class NotInvoiced(DomainError):
    """A credit note corrects an invoice."""

    code = "not_invoiced"
    title = "Not invoiced"


class NothingCredited(DomainError):
    """A credit note is of something that was credited."""

    code = "nothing_credited"
    title = "Nothing credited"


class NotInTheBooks(DomainError):
    """What a credit note says of taxes is what the books say of the credit."""

    code = "not_in_the_books"
    title = "Not in the books"


class NoEInvoice(DomainError):
    """An e-invoice says all that EN 16931 asks for, and what it can say, or there is none."""

    code = "no_e_invoice"
    status = 404
    title = "No e-invoice"


class TooManyToPrint(DomainError):
    """One file holds so many documents."""

    code = "too_many_to_print"
    title = "Too many to print"
