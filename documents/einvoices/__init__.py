"""Invoices and credit notes as EN 16931 has them: figures of the snapshot, and the XML of them (CII)."""
