"""The connection of one post: to an address that was judged, under a deadline for the whole."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Sequence
from functools import cache

import httpcore2

from webhooks.sending.addresses import Address
from webhooks.sending.answers import KEPT_BODY, NotSent
from webhooks.sending.deadlines import Deadline
from webhooks.sending.urls import Place

LONGEST_HEAD = 32 * 1024
"""Bytes up to the end of an answer's headers, with all that is said in between (100 Continue)."""
_LONGEST_BODY = 8 * KEPT_BODY
"""Bytes in which KEPT_BODY are to come, if each byte is a chunk of its own."""
_MOST_TRIED = 4
"""Addresses of one host."""


class Wire(httpcore2.NetworkStream):
    """A socket whose every wait ends with the deadline, and which takes no more than is wanted.

    The timeouts that HTTP libraries give to each read are not used: a byte now and then renews them for ever.
    """

    def __init__(self, sock: socket.socket, address: str, deadline: Deadline) -> None:
        self.address = address
        self._sock, self._deadline = sock, deadline
        self._came, self._most = 0, LONGEST_HEAD

    def expect_body(self) -> None:
        self._most = self._came + _LONGEST_BODY

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002
        wanted = min(max_bytes, self._most - self._came)
        if wanted <= 0:
            detail = f"The answer's head, or the frame of its body, has more than {self._most} bytes."
            raise NotSent("answer_too_large", detail, address=self.address)
        self._sock.settimeout(self._deadline.left(self.address))
        try:
            data = self._sock.recv(wanted)
        except OSError as error:
            raise _failure(error, self.address, self._deadline) from error
        self._came += len(data)
        if not self._came:
            raise NotSent("not_reached", "The connection was closed without an answer.", address=self.address)
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002
        """Raises httpcore2.WriteError where the other end takes no more: its answer may be there nevertheless."""
        rest = memoryview(buffer)
        while rest:
            self._sock.settimeout(self._deadline.left(self.address))
            try:
                rest = rest[self._sock.send(rest) :]
            except TimeoutError:
                raise self._deadline.passed(self.address) from None
            except OSError as error:
                raise httpcore2.WriteError(str(error)) from error

    def close(self) -> None:
        self._sock.close()


def connect(place: Place, addresses: Sequence[Address], deadline: Deadline) -> Wire:
    """To the first of the addresses that takes the connection. Raises NotSent."""
    tried = addresses[:_MOST_TRIED]
    for index, address in enumerate(tried):
        try:
            sock = _reach(address, place.port, deadline, share=len(tried) - index)
            break
        except NotSent:
            if address is tried[-1]:
                raise
    return Wire(
        _secured(sock, place.host, str(address), deadline) if place.scheme == "https" else sock, str(address), deadline
    )


def _reach(address: Address, port: int, deadline: Deadline, share: int) -> socket.socket:
    """In one of so many equal shares of the time that is left."""
    sock = socket.socket(socket.AF_INET if address.version == 4 else socket.AF_INET6, socket.SOCK_STREAM)
    try:
        sock.settimeout(deadline.left() / share)
        sock.connect((str(address), port))
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except BaseException as error:
        sock.close()
        if isinstance(error, OSError):
            raise _failure(error, str(address), deadline) from error
        raise
    return sock


def _secured(sock: socket.socket, host: str, address: str, deadline: Deadline) -> ssl.SSLSocket:
    """The certificate is asked to be the host's: which address it is at proves nothing."""
    try:
        sock.settimeout(deadline.left(address))
        return _tls_context().wrap_socket(sock, server_hostname=host)
    except BaseException as error:
        sock.close()
        if isinstance(error, OSError):
            raise _failure(error, address, deadline) from error
        raise


@cache
def _tls_context() -> ssl.SSLContext:
    """With the system's roots, or those of SSL_CERT_FILE. Made once: reading them takes as long as a hundred posts."""
    context = httpcore2.default_ssl_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    return context


def _failure(error: OSError, address: str, deadline: Deadline) -> NotSent:
    if isinstance(error, TimeoutError):
        return deadline.passed(address)
    if isinstance(error, ssl.SSLError):
        reason = getattr(error, "verify_message", "") or error.reason or "no TLS"
        return NotSent("tls_failed", f"TLS failed: {reason.rstrip('.')}.", address=address)
    return NotSent("not_reached", f"{address} can't be reached: {error.strerror or error}.", address=address)
