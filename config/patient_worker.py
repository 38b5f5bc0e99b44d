"""gunicorn's threaded worker, in which a slow client holds nothing but its own connection.

gunicorn gives a connection to the application as soon as it is there, and the process or thread then waits for
whatever the client is slow to send or to take. Here the loop of the worker waits, for all connections at once: it gives
a request to the application once all of it has come, or all that its client sends, keeps what the client doesn't take
of the answer, and closes the connection once the client has it. A worker of one thread serves requests in its loop, and
accepts no connection meanwhile: another worker has it sooner.
"""

from __future__ import annotations

import errno
import selectors
import socket
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from tempfile import SpooledTemporaryFile
from typing import Any, cast

from django.conf import settings
from gunicorn import http
from gunicorn.config import Config
from gunicorn.http.body import ChunkedReader, LengthReader
from gunicorn.http.errors import LimitRequestHeaders
from gunicorn.workers.gthread import TConn, ThreadWorker

from core.wsgi import CUT_SHORT

HEAD_WITHIN = 20.0
"""Seconds from a connection to the end of its request's headers."""

SILENCE = 30.0
"""Seconds that a client may send nothing of its body, or take nothing of its answer."""

LINGER = 2.0
"""Seconds that a client has to close its side once it has its answer, or, if the worker stops, to end its request."""

_SWEEP = 0.5
_OFFER_AGAIN = 0.05
_LARGEST_HEAD = 128 * 1024
_LARGEST_READ = 64 * 1024
_IN_MEMORY = 64 * 1024
"""Bytes of a request, or of what is left of an answer, beyond which it is kept in a file."""

_DEFER_ACCEPT = getattr(socket, "TCP_DEFER_ACCEPT", None)
_NO_MORE_FILES = {errno.EMFILE, errno.ENFILE}
_NOT_NOW = {errno.EAGAIN, errno.EWOULDBLOCK, errno.ECONNABORTED}


class Arrival:
    """A request as it comes in. Its `parser` gives the request, or raises what is wrong with its headers."""

    def __init__(self, cfg: Config, client: Any) -> None:
        self.parser: Iterator[Any] = iter(())
        self.has_head = False
        self.size = 0
        self._cfg = cfg
        self._client = client
        self._file = SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 - closed with the connection
        self._head = bytearray()
        self._request: Any = None
        self._ends_at: int | None = None
        self._chunks: _Chunks | None = None

    def recv(self, size: int) -> bytes:
        """For gunicorn's parser, which takes this for a socket: nothing at the end, whatever is yet to come."""
        return self._file.read(size)

    def take(self, data: bytes) -> bool:
        """Add what has come. Returns whether the request is whole."""
        at = self._file.tell()
        self._file.seek(self.size)
        self._file.write(data)
        self._file.seek(at)
        self.size += len(data)
        if self.has_head:
            self._follow(data)
        else:
            self._find_head(data)
        return self._ends_at is not None and self.size >= self._ends_at

    def end(self) -> bool | None:
        """The client sends no more. Returns whether there is a request to answer, if only by a refusal; None if not."""
        if self._request is None:
            return None
        self._request.body.is_cut_short = True
        return True

    @property
    def is_all(self) -> bool:
        """Whether nothing came, or is to come, that the application isn't given."""
        return self.size == self._ends_at

    def asks_to_go_on(self) -> bool:
        """Whether the client waits to be told that it may send the body; says so once."""
        asks = bool(self._request is not None and self._request._expected_100_continue)  # noqa: SLF001
        if asks:
            self._request._expected_100_continue = False  # noqa: SLF001 - else gunicorn would say so, too
        return asks

    def close(self) -> None:
        self._file.close()

    def _find_head(self, data: bytes) -> None:
        searched = max(0, len(self._head) - 3)
        self._head += data
        end = self._head.find(b"\r\n\r\n", searched)
        if end >= 0:
            self.has_head = True
            self._read_head(end + 4)
        elif self.size > _LARGEST_HEAD:
            self._fail(LimitRequestHeaders(f"more than {_LARGEST_HEAD} bytes"))

    def _read_head(self, end: int) -> None:
        try:
            self._request = next(http.get_parser(self._cfg, cast(socket.socket, self), self._client))
        except Exception as error:  # the worker answers it as it serves the request
            self._fail(error)
            return
        self.parser = iter([self._request])
        head, self._head = self._head, bytearray()
        reader = self._request.body.reader
        self._ends_at = end
        if isinstance(reader, LengthReader) and reader.length <= settings.IMPORT_MAX_BYTES:
            self._ends_at = end + reader.length
        elif isinstance(reader, ChunkedReader):
            self._ends_at, self._chunks = None, _Chunks()
            self._follow(bytes(head[end:]))

    def _follow(self, data: bytes) -> None:
        if self._chunks is not None and self._chunks.has_ended(data):
            self._ends_at = self.size
        elif self._chunks is not None and self.size > settings.IMPORT_MAX_BYTES:
            self._ends_at = 0

    def _fail(self, error: Exception) -> None:
        self._ends_at = 0
        self.parser = _raising(error)


class _Chunks:
    """Follows a chunked body to its end. What is wrong with one ends it too; gunicorn says so, reading it."""

    def __init__(self) -> None:
        self._line = b""
        self._skips = 0
        self._is_last = False

    def has_ended(self, data: bytes) -> bool:
        """Whether the body has, now that this came."""
        at = 0
        while at < len(data):
            if self._skips:
                skipped = min(self._skips, len(data) - at)
                self._skips -= skipped
                at += skipped
                continue
            end = data.find(b"\n", at) + 1
            self._line += data[at : end or None]
            if not end:
                return len(self._line) > _LARGEST_HEAD
            if self._ends_with(self._line.strip()):
                return True
            self._line, at = b"", end
        return False

    def _ends_with(self, line: bytes) -> bool:
        if self._is_last:
            return not line
        try:
            size = int(line.split(b";")[0], 16)
        except ValueError:
            return True
        self._is_last, self._skips = size == 0, size and size + len(b"\r\n")
        return size < 0


def _raising(error: Exception) -> Iterator[Any]:
    raise error
    yield


class Outlet:
    """A connection's socket, for the application: what the client doesn't take at once waits here."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._file: Any = None
        self._at = 0
        self._size = 0
        self._offers_at = 0.0

    @property
    def is_drained(self) -> bool:
        return self._at == self._size

    def sendall(self, data: bytes) -> None:
        """Raises OSError when the client has gone."""
        sent = self._offer(data) if self.is_drained or (self._may_offer() and self.drain()) else 0
        if sent < len(data):
            if self._file is None:
                self._file = SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 - closed with the connection
            self._file.seek(self._size)
            self._size += self._file.write(data[sent:])

    def send(self, data: bytes) -> int:
        self.sendall(data)
        return len(data)

    def drain(self) -> bool:
        """Offer what waits. Returns whether the client has taken all of it. Raises OSError when it has gone."""
        while not self.is_drained:
            self._file.seek(self._at)
            offered = self._file.read(_LARGEST_READ)
            sent = self._offer(offered)
            self._at += sent
            if sent < len(offered):
                return False
        return True

    def setblocking(self, _blocking: bool) -> None:
        """It never blocks."""

    def close(self) -> None:
        self._sock.close()
        if self._file is not None:
            self._file.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sock, name)

    def _may_offer(self) -> bool:
        """Not with each piece of an answer that the client doesn't take: that would cost more than the answer."""
        return time.monotonic() >= self._offers_at

    def _offer(self, data: bytes) -> int:
        try:
            return self._sock.send(data)
        except BlockingIOError:
            self._offers_at = time.monotonic() + _OFFER_AGAIN
            return 0


class Connection(TConn):
    """A connection with what has come of its request, and what is to go of its answer."""

    def __init__(self, cfg: Config, sock: socket.socket, client: Any, server: Any) -> None:
        sock.setblocking(False)
        self.outlet = Outlet(sock)
        super().__init__(cfg, cast(socket.socket, self.outlet), client, server)
        self.arrival = Arrival(cfg, client)
        self.initialized = True
        self.deadline = time.monotonic() + HEAD_WITHIN
        self.is_collecting = True
        self.is_closed = False

    def receive(self) -> bool | None:
        """Read what there is. Returns whether the request is whole, or all that will come; None when there is none.

        Who has only ended their sending still waits for an answer, and looks the same as who has gone.
        """
        try:
            data = self.outlet.recv(_LARGEST_READ)
            return self._take(data) if data else self.arrival.end()
        except BlockingIOError:
            return False
        except OSError:  # the disk may be full, too
            return None

    def _take(self, data: bytes) -> bool:
        is_whole = self.arrival.take(data)
        if self.arrival.has_head:
            self.deadline = time.monotonic() + SILENCE
            if not is_whole and self.arrival.asks_to_go_on():
                self.outlet.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        self.parser = cast(Any, self.arrival.parser)
        return is_whole

    def close(self, graceful: bool = False) -> None:  # noqa: ARG002 - gunicorn's name; the loop has lingered already
        self.outlet.close()
        self.arrival.close()


class PatientWorker(ThreadWorker):
    """Needs a keepalive of 0: a connection serves one request, and then whichever worker is free takes the next one."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._watched: dict[Connection, None] = {}
        """In the order in which they came."""
        self._sweeps_at = 0.0

    @classmethod
    def check_config(cls, cfg: Config, log: Any) -> None:
        """Raises ValueError for settings that it doesn't know how to serve."""
        super().check_config(cfg, log)
        if cfg.is_ssl or cfg.keepalive:
            raise ValueError("The proxy speaks TLS and keeps connections; this server does neither.")

    def load_wsgi(self) -> None:
        super().load_wsgi()
        application, many = self.wsgi, self.cfg.threads > 1

        def serve(environ: Any, start_response: Any) -> Iterable[bytes]:
            environ["wsgi.multithread"] = many  # gunicorn takes it for granted
            environ[CUT_SHORT] = getattr(environ["wsgi.input"], "is_cut_short", False)
            return application(environ, start_response)

        self.wsgi = serve

    def run(self) -> None:
        for listener in self.sockets:
            if _DEFER_ACCEPT is not None and listener.family in {socket.AF_INET, socket.AF_INET6}:
                # The kernel keeps a connection to itself until something comes on it, or this many seconds passed.
                listener.setsockopt(socket.IPPROTO_TCP, _DEFER_ACCEPT, round(HEAD_WITHIN))
        super().run()

    def accept(self, listener: Any) -> None:
        try:
            sock, client = listener.accept()
        except OSError as error:
            if error.errno in _NO_MORE_FILES:
                self._let_one_go()
            elif error.errno not in _NOT_NOW:
                raise
            return
        if self.nr_conns >= self.worker_connections - 1:
            self._let_one_go()
        self.nr_conns += 1
        self._collect(Connection(self.cfg, sock, client, listener.getsockname()))

    def enqueue_req(self, conn: Connection) -> None:  # type: ignore[override]
        if self.cfg.threads > 1:
            super().enqueue_req(conn)
        else:
            done: Future[bool] = Future()
            done.set_result(self.handle(conn))
            self.finish_request(conn, done)

    def finish_request(self, conn: Connection, _fs: Future[bool]) -> None:  # type: ignore[override]
        """The application is through with it; what is left of its answer goes as the client takes it."""
        conn.is_collecting = False
        conn.arrival.close()
        self._answer(conn)

    def murder_pending(self) -> None:
        """Close what is past its deadline; in a worker that stops, what hasn't sent its request soon."""
        now = time.monotonic()
        if now < self._sweeps_at:
            return
        self._sweeps_at = now + _SWEEP
        for conn in list(self._watched):
            if not self.alive and conn.is_collecting:
                conn.deadline = min(conn.deadline, now + LINGER if conn.arrival.size else now)
            if conn.deadline <= now:
                self._close(conn)

    def _let_one_go(self) -> None:
        """The one that has been sending its request for the longest; where all have sent theirs, the oldest."""
        slow = [conn for conn in self._watched if conn.is_collecting] or list(self._watched)
        if slow:
            self._close(slow[0])

    def _collect(self, conn: Connection) -> None:
        is_whole = conn.receive()
        if is_whole is None:
            self._close(conn)
        elif is_whole:
            self._unwatch(conn)
            self.enqueue_req(conn)
        else:
            self._watch(conn, selectors.EVENT_READ, self._collect)

    def _answer(self, conn: Connection) -> None:
        """Send on what the client takes; then close, once the client has ended its side if it may still be sending.

        Closed at once, with something unread, the connection would be reset, and the client lose the answer.
        """
        try:
            if conn.outlet.drain() and conn.arrival.is_all:
                self._close(conn)
            elif conn.outlet.is_drained:
                conn.outlet.shutdown(socket.SHUT_WR)
                conn.deadline = time.monotonic() + LINGER
                self._watch(conn, selectors.EVENT_READ, self._linger)
            else:
                conn.deadline = time.monotonic() + SILENCE
                self._watch(conn, selectors.EVENT_WRITE, self._answer)
        except (OSError, ValueError):
            self._close(conn)

    def _linger(self, conn: Connection) -> None:
        try:
            is_over = not conn.outlet.recv(_LARGEST_READ)
        except BlockingIOError:
            is_over = False
        except OSError:
            is_over = True
        if is_over:
            self._close(conn)

    def _watch(self, conn: Connection, events: int, act: Callable[[Connection], None]) -> None:
        def callback(_fileobj: Any) -> None:
            act(conn)

        if conn in self._watched:
            self.poller.modify(conn.outlet, events, callback)
        else:
            self._watched[conn] = None
            self.poller.register(conn.outlet, events, callback)

    def _unwatch(self, conn: Connection) -> None:
        if conn in self._watched:
            del self._watched[conn]
            self.poller.unregister(conn.outlet)

    def _close(self, conn: Connection) -> None:
        """Once: an event of a connection that was let go may still be under way."""
        if not conn.is_closed:
            conn.is_closed = True
            self._unwatch(conn)
            self.nr_conns -= 1
            conn.close()
