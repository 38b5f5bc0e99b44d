"""NATS JetStream by nats-py: the event's id as Nats-Msg-Id, by which the stream keeps a repetition once."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Any
from urllib.parse import unquote

import nats

from core.events import Envelope
from core.sinks.adapters.base import CONFIRM_SECONDS, CONNECT_SECONDS, Batch, Unconfirmed
from core.sinks.cloudevents import CONTENT_TYPE, binary, structured
from core.sinks.configuration import STRUCTURED, SinkSettings


class JetStream:
    """`nats://host/subject?stream=…`: an event goes to `subject.<type>`, so that consumers choose by the subject.

    A stream must keep `subject.>`; with `stream`, one of that name is made where there is none. A repetition is kept
    once within the stream's window for duplicates (two minutes, unless it says otherwise), later it is there twice.

    The client is asynchronous; its loop runs while this one waits, and never in between.
    """

    def __init__(self, settings: SinkSettings) -> None:
        self._structured = settings.mode == STRUCTURED
        self._subject = settings.path
        self._loop = asyncio.Runner()
        try:
            self._client: Any = self._loop.run(_connect(settings))
            self._stream: Any = self._client.jetstream(timeout=CONFIRM_SECONDS)
            self._loop.run(self._prepare(settings.options.get("stream", "")))
        except BaseException:
            self._loop.close()
            raise

    def send(self, batch: Batch) -> int:
        answers = self._loop.run(self._publish(batch))
        confirmed = None
        for (position, _), answer in zip(batch, answers, strict=True):
            if answer is not None:
                raise Unconfirmed(answer, confirmed=confirmed)
            confirmed = position
        return batch[-1][0]

    def close(self) -> None:
        with suppress(Exception):
            self._loop.run(self._client.close())
        self._loop.close()

    async def _publish(self, batch: Batch) -> Sequence[str | None]:
        """Why each was not confirmed; None for those that were. They leave in the order in which they are asked for."""
        answers = await asyncio.gather(*(self._asked(event) for _, event in batch), return_exceptions=True)
        return [f"{type(each).__name__}: {each}" if isinstance(each, BaseException) else None for each in answers]

    async def _asked(self, event: Envelope) -> None:
        body, headers = self._message(event)
        await self._stream.publish(f"{self._subject}.{event.type}", body, headers=headers)

    def _message(self, event: Envelope) -> tuple[bytes, dict[str, str]]:
        once = {"Nats-Msg-Id": str(event.id)}
        if self._structured:
            return structured(event), {**once, "content-type": CONTENT_TYPE}
        attributes, content_type, data = binary(event, "ce-")
        return data, {**once, **attributes, "content-type": content_type}

    async def _prepare(self, stream: str) -> None:
        """Make the stream, if it is to be made, and the subscription to answers, which several publications at once
        would each make."""
        await self._stream.account_info()
        if stream:
            await self._stream.add_stream(name=stream, subjects=[f"{self._subject}.>"])


async def _connect(settings: SinkSettings) -> Any:
    address = settings.address
    scheme = "tls" if address.scheme == "nats+tls" else "nats"
    return await asyncio.wait_for(
        nats.connect(
            f"{scheme}://{address.hostname}:{address.port or 4222}",
            user=unquote(address.username) if address.username else None,
            password=unquote(address.password) if address.password else None,
            # The worker tries again, from its position.
            allow_reconnect=False,
            connect_timeout=CONNECT_SECONDS,
            error_cb=_ignore,
        ),
        CONNECT_SECONDS,
    )


async def _ignore(_: Exception) -> None:
    """What breaks is seen where an answer is waited for."""
