"""The log over HTTP: its events, page by page, and the types that there are."""
