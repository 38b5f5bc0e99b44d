"""The console's pages of documents, and what they add to the pages of orders and shipments."""

from documents.admin import document, elsewhere, words

__all__ = ["document", "elsewhere", "words"]
