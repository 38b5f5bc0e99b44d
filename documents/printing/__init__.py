"""A document as it is read: what it says in words, as HTML and as PDF."""
