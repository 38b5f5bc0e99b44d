"""What goes wrong with the embedded servers, in words for the person at the terminal."""


class EmbeddedError(Exception):
    """A server can't be started or stopped; the message says why and what to do."""
