"""Gift cards and store credit over HTTP."""
