"""Django's SMTP backend, which knows when a server may have accepted an e-mail without saying so."""

from __future__ import annotations

import smtplib
from typing import Any

from django.conf import settings
from django.core.mail.backends import smtp

_END = b"\r\n.\r\n"
_ACCEPTED = 250
_GOODBYE = 1.0
"""Seconds that the answer to QUIT, of which nothing depends, is waited for."""


class _Smtp(smtplib.SMTP):
    """Tells how far the last e-mail came, and waits longer for the answer to all of it than for any other.

    RFC 5321, 4.5.3.2.6: a client that gives up early on that answer sends again what was accepted.
    """

    may_have_accepted = False

    def data(self, msg: Any) -> tuple[int, bytes]:
        self.may_have_accepted = False
        code, answer = super().data(msg)
        self.may_have_accepted = code == _ACCEPTED
        return code, answer

    def quit(self) -> tuple[int, bytes]:
        if self.sock is not None:
            self.sock.settimeout(_GOODBYE)
        return super().quit()

    def send(self, s: Any) -> None:
        if not (isinstance(s, bytes) and s.endswith(_END)):
            super().send(s)
            return
        # Being cut off may come between the last byte and knowing it; a socket that fails before it took the last byte
        # leaves the server without the final dot.
        self.may_have_accepted = True
        try:
            super().send(s)
        except OSError:
            self.may_have_accepted = False
            raise
        if self.sock is not None:
            self.sock.settimeout(settings.EMAIL_ANSWER_TIMEOUT)


class _SmtpOverTls(_Smtp, smtplib.SMTP_SSL):
    pass


class EmailBackend(smtp.EmailBackend):
    @property
    def connection_class(self) -> type[smtplib.SMTP]:
        return _SmtpOverTls if self.use_ssl else _Smtp

    @property
    def may_have_accepted(self) -> bool:
        """Whether the server was given the last e-mail to its end and hasn't refused it."""
        return isinstance(self.connection, _Smtp) and self.connection.may_have_accepted
