"""A receiver of webhooks that notes when each came: for measuring, so that it costs little and verifies nothing.

    python -m deploy.fakes.receiver FILE

It prints its port, takes every POST, but for those to /hang, which it never answers, and adds "time webhook-id path" to
FILE.
"""

from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path
from typing import TextIO

_OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


async def _take(lines: TextIO, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        fields = _fields(head)
        await reader.readexactly(int(fields.get("content-length", "0")))
        path = head.split(" ", 2)[1]
        lines.write(f"{time.time():.6f} {fields['webhook-id']} {path}\n")
        if path == "/hang":
            await asyncio.sleep(3600)
        writer.write(_OK)
        await writer.drain()
    finally:
        writer.close()


def _fields(head: str) -> dict[str, str]:
    pairs = (line.partition(":") for line in head.splitlines())
    return {name.lower(): value.strip() for name, _, value in pairs}


async def _serve(file: Path) -> None:
    with file.open("a", buffering=1) as lines:
        server = await asyncio.start_server(lambda *streams: _take(lines, *streams), "127.0.0.1", 0, backlog=512)
        sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
        sys.stdout.flush()
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(Path(sys.argv[1])))
