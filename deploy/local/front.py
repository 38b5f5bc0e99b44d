"""The one port of `./run up`: reads the head of a request, and hands its connection to the web or to the feed process.

For development. In production that is the proxy's part, which also shields both from slow clients.
"""

from __future__ import annotations

import asyncio
import re
import signal
import socket
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import suppress

from deploy.local.ports import LOOPBACK

_LARGEST_HEAD = 128 * 1024
_HEAD_WITHIN = 20.0
_CHUNK = 64 * 1024
_OURS = {b"connection", b"x-forwarded-proto", b"x-forwarded-host", b"x-forwarded-port", b"x-real-ip", b"forwarded"}
"""Headers that only this process has to say."""

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


def main() -> None:
    parser = ArgumentParser()
    parser.add_argument("--socket", type=int, required=True, help="descriptor of the open listener")
    parser.add_argument("--web", type=int, required=True, help="port")
    parser.add_argument("--feed", type=int, required=True, help="port")
    parser.add_argument("--feed-paths", required=True, help="pattern of what the feed process serves")
    given = parser.parse_args()
    front = Front(web=given.web, feed=given.feed, feed_paths=re.compile(given.feed_paths))
    asyncio.run(front.serve(socket.socket(fileno=given.socket)))


class Front:
    """Ports of the two processes, and which paths are the feed's."""

    def __init__(self, *, web: int, feed: int, feed_paths: re.Pattern[str]) -> None:
        self._web = web
        self._feed = feed
        self._feed_paths = feed_paths
        self._passing: set[asyncio.Task[None]] = set()

    async def serve(self, listener: socket.socket) -> None:
        """Until SIGTERM; then what the processes still say is passed on."""
        asked_to_stop = asyncio.Event()
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, asked_to_stop.set)
        server = await asyncio.start_server(self._take, sock=listener, limit=_LARGEST_HEAD)
        await asked_to_stop.wait()
        server.close()
        if self._passing:
            await asyncio.wait(self._passing)

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection, which is one request: the processes behind end theirs after it, and so do we."""
        with suppress(OSError, EOFError, asyncio.LimitOverrunError):
            async with asyncio.timeout(_HEAD_WITHIN):
                head = await reader.readuntil(b"\r\n\r\n")
            passing = asyncio.create_task(self._pass(head, (reader, writer)))
            self._passing.add(passing)
            passing.add_done_callback(self._passing.discard)
            await passing
        writer.close()

    async def _pass(self, head: bytes, client: Streams) -> None:
        port = self._feed if self._feed_paths.fullmatch(path_of(head)) else self._web
        process = await asyncio.open_connection(LOOPBACK, port)
        process[1].write(rewritten(head, client[1].get_extra_info("peername")[0]))
        asking = asyncio.create_task(_copy(client[0], process[1]))
        await _copy(process[0], client[1])
        asking.cancel()
        process[1].close()


def path_of(head: bytes) -> str:
    """Of a request line that can't be read, nothing: the web says what is wrong with it."""
    target = head.partition(b"\r\n")[0].split(b" ")[1:2]
    return b"".join(target).partition(b"?")[0].decode("latin-1")


def rewritten(head: bytes, peer: str) -> bytes:
    """With who came and how; and without keeping the connection, as the next request on it may be another process's."""
    line, *headers = head.removesuffix(b"\r\n\r\n").split(b"\r\n")
    upgrades = any(_name(header) == b"upgrade" for header in headers)
    return b"\r\n".join([line, *_forwarded(headers, peer, b"Upgrade" if upgrades else b"close"), b"", b""])


def _forwarded(headers: list[bytes], peer: str, connection: bytes) -> Iterator[bytes]:
    came_by = [header.partition(b":")[2].strip() for header in headers if _name(header) == b"x-forwarded-for"]
    yield from (header for header in headers if _name(header) not in {*_OURS, b"x-forwarded-for"})
    yield b"X-Forwarded-For: " + b", ".join([*came_by, peer.encode()])
    yield b"X-Forwarded-Proto: http"
    yield b"Connection: " + connection


def _name(header: bytes) -> bytes:
    return header.partition(b":")[0].strip().lower()


async def _copy(source: asyncio.StreamReader, to: asyncio.StreamWriter) -> None:
    """All that comes, and that nothing more does."""
    with suppress(OSError):
        while data := await source.read(_CHUNK):
            to.write(data)
            await to.drain()
    with suppress(OSError):
        to.write_eof()


if __name__ == "__main__":
    main()
