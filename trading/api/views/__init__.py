"""Trading over HTTP: each write calls one action."""
