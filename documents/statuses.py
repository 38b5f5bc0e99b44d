"""The words for what a document is."""

from django.db import models


class DocumentKind(models.TextChoices):
    INVOICE = "invoice", "Invoice"
    CREDIT_NOTE = "credit_note", "Credit note"
    PACKING_SLIP = "packing_slip", "Packing slip"
    PICK_LIST = "pick_list", "Pick list"
    RETURN_SLIP = "return_slip", "Return slip"


OF_MONEY = (DocumentKind.INVOICE, DocumentKind.CREDIT_NOTE)
"""They say what an order charges, and come to that together."""

SLIPS = (DocumentKind.PACKING_SLIP, DocumentKind.PICK_LIST, DocumentKind.RETURN_SLIP)
"""They go with a shipment and have no prices."""

CODES = {
    DocumentKind.INVOICE: "INV",
    DocumentKind.CREDIT_NOTE: "CN",
    DocumentKind.PACKING_SLIP: "PS",
    DocumentKind.PICK_LIST: "PL",
    DocumentKind.RETURN_SLIP: "RS",
}
"""What a printed number says of its kind."""
