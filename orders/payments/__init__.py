"""The money of an order: what was paid, given back and written off, and the ledger that alone moves it."""
