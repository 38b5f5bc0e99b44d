"""Redis Streams: XADD under the event's position as id, so that the stream itself refuses a repetition."""

from __future__ import annotations

from contextlib import suppress
from typing import Any
from urllib.parse import unquote

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from core.events import Envelope
from core.sinks.adapters.base import CONFIRM_SECONDS, CONNECT_SECONDS, Batch, Unconfirmed
from core.sinks.cloudevents import binary, structured
from core.sinks.configuration import STRUCTURED, SinkSettings

_LARGEST_POSITION = 10**12
"""What a clock gives as an id is larger (milliseconds since 1970), and no log is as long."""

_REPEATED = "equal or smaller"
"""In the words of Redis and Valkey for an id that isn't after the stream's last."""


class RedisStream:
    """`redis://:password@host/stream?maxlen=100000`.

    An entry has the fields `id`, `type` and `event` (the CloudEvent as JSON), or in binary mode `ce_…` for each
    attribute and `data`. The stream is this sink's alone: among entries of others, none of ours could come after.
    """

    def __init__(self, settings: SinkSettings) -> None:
        self._structured = settings.mode == STRUCTURED
        self._stream = settings.path
        self._maxlen: int | None = settings.options.get("maxlen")
        address = settings.address
        self._redis = redis.Redis(
            host=address.hostname or "",
            port=address.port or 6379,
            db=settings.options.get("db", 0),
            username=unquote(address.username) if address.username else None,
            password=unquote(address.password) if address.password else None,
            ssl=address.scheme == "rediss",
            socket_connect_timeout=CONNECT_SECONDS,
            socket_timeout=CONFIRM_SECONDS,
            # What came through is not known after a timeout; the worker tries again, from its position.
            retry=Retry(NoBackoff(), 0),
        )
        self._refuse_a_stream_of_others()

    def send(self, batch: Batch) -> int:
        with self._redis.pipeline(transaction=False) as pipeline:
            for position, event in batch:
                pipeline.xadd(
                    self._stream, self._fields(event), id=f"{position}-0", maxlen=self._maxlen, approximate=True
                )
            answers = pipeline.execute(raise_on_error=False)
        confirmed, repeated = None, []
        for (position, event), answer in zip(batch, answers, strict=True):
            if isinstance(answer, Exception):
                if not (isinstance(answer, redis.ResponseError) and _REPEATED in str(answer)):
                    raise Unconfirmed(str(answer), confirmed=confirmed)
                repeated.append((position, event))
            confirmed = position
        if repeated:
            self._refuse_other_events(repeated)
        return batch[-1][0]

    def close(self) -> None:
        with suppress(redis.RedisError):
            self._redis.close()

    def _fields(self, event: Envelope) -> dict[Any, Any]:
        if self._structured:
            return {"id": str(event.id), "type": event.type, "event": structured(event)}
        attributes, content_type, data = binary(event, "ce_")
        return {**attributes, "content-type": content_type, "data": data}

    def _refuse_a_stream_of_others(self) -> None:
        """Raises Unconfirmed where the last id isn't one of ours: each of our events would count as repeated."""
        try:
            last = self._redis.xinfo_stream(self._stream)["last-generated-id"]
        except redis.ResponseError as error:
            if "no such key" in str(error):
                return
            raise
        number, _, counter = (last.decode() if isinstance(last, bytes) else last).partition("-")
        if int(number) >= _LARGEST_POSITION or counter != "0":
            raise Unconfirmed(f"Stream {self._stream} has entries of others ({number}-{counter}); name one of its own.")

    def _refuse_other_events(self, repeated: Batch) -> None:
        """Raises Unconfirmed where the stream has another event under one of the positions: another shop's, perhaps."""
        expected = {f"{position}-0".encode(): str(event.id).encode() for position, event in repeated}
        first, last = f"{repeated[0][0]}-0", f"{repeated[-1][0]}-0"
        entries: Any = self._redis.xrange(self._stream, first, last)
        for entry, fields in entries:
            kept = fields.get(b"id", fields.get(b"ce_id"))
            if expected.get(entry, kept) != kept:
                raise Unconfirmed(f"Stream {self._stream} has another event as {entry.decode()}; name one of its own.")
