"""Serves the streams at BIND, which is an address (127.0.0.1:8000) or an open socket (fd://3)."""

from __future__ import annotations

import os
import socket

import uvicorn

from config.asgi import application
from core.streams import seats

_BUFFER = 128 * 1024
"""Bytes that the kernel keeps for a listener who is slow to take them."""

_LARGEST_FRAME = 1024
"""Bytes of what a listener may say on a WebSocket, where nobody reads it."""

_SILENCE = 60
"""Seconds that a connection may take nothing before the kernel ends it."""

_STOP_WITHIN = 10


class Server(uvicorn.Server):
    """Streams end as soon as the process is asked to: the server would wait for them, and they for news."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        seats.end_all()
        await super().shutdown(sockets)


def main() -> None:
    listener = listening_at(os.environ.get("BIND", "127.0.0.1:8000"))
    # Connections take both over.
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _BUFFER)
    if user_timeout := getattr(socket, "TCP_USER_TIMEOUT", None):  # Linux
        listener.setsockopt(socket.IPPROTO_TCP, user_timeout, _SILENCE * 1000)
    Server(configuration()).run(sockets=[listener])


def configuration() -> uvicorn.Config:
    return uvicorn.Config(
        application,
        loop="asyncio",
        http="h11",
        ws="websockets-sansio",
        ws_max_size=_LARGEST_FRAME,
        ws_per_message_deflate=False,  # it would keep buffers for each listener
        lifespan="off",
        proxy_headers=False,  # core.addresses decides whose X-Forwarded-* count
        server_header=False,
        log_config=None,
        log_level="warning",
        access_log=False,  # the application logs each request itself
        timeout_graceful_shutdown=_STOP_WITHIN,
    )


def listening_at(address: str) -> socket.socket:
    if address.startswith("fd://"):
        return socket.socket(fileno=int(address.removeprefix("fd://")))
    host, _, port = address.rpartition(":")
    return socket.create_server((host, int(port)), backlog=2048)


if __name__ == "__main__":
    main()
