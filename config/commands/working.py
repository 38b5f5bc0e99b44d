"""One message, from what it says to what becomes of it. Knows no broker."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import orjson
import structlog
from django.conf import settings
from django.db import connections
from django.http import HttpRequest
from rest_framework.exceptions import ValidationError

from config.commands.calling import Answer, call
from config.commands.messages import Asked, Message, read, request_id_of
from core.api.problems import BodyTooLarge, MalformedInput, problem, problem_for
from core.deadlines import DeadlineExceeded, deadline
from core.request_ids import bind_request_id

log = structlog.get_logger("commands")

TRIES = 10
"""Deliveries of a message, after which it is a dead letter: with their pauses, four minutes of an outage."""

TRIES_OF_A_FAULT = 3
"""Where the answer is 500, or takes too long: likely the message's own, so that it doesn't hold up others for long."""

LONGEST_PAUSE = 60.0
_LONGEST_REASON = 2_000

_NOT_LET_IN = frozenset({401, 403})
_OUTAGE = 503
_IN_FLIGHT = "idempotency_key_in_flight"


@dataclass(frozen=True)
class Outcome:
    """What becomes of a message.

    `pause`: it is tried again after so many seconds, and nobody is told anything yet. Else the `reply` goes to who
    asked, and the message to the dead letters if there is a `reason`; with `unless_told` only when there was nobody to
    tell.
    """

    reply: bytes = b""
    reason: str = ""
    unless_told: bool = False
    pause: float | None = None


def work_on(message: Message) -> Outcome:
    """Do what the message asks for, as far as the API lets it."""
    try:
        asked = read(message)
    except (BodyTooLarge, MalformedInput, ValidationError) as error:
        return _poison(message, error)
    with bind_request_id(asked.request_id):
        return _work_on(message, asked)


def _work_on(message: Message, asked: Asked) -> Outcome:
    if message.earlier >= TRIES:
        return _given_up(message, asked)
    began = time.perf_counter()
    try:
        answer = _answer(message, asked)
    except ValidationError as error:
        return _poison(message, error)
    outcome = outcome_of(message, asked, answer)
    log.info(
        "command", command=asked.command.name, status=answer.status, ms=round((time.perf_counter() - began) * 1000, 1),
        delivery=message.earlier + 1, again_in=outcome.pause, dead=bool(outcome.reason) and not outcome.unless_told,
    )  # fmt: skip
    return outcome


def _answer(message: Message, asked: Asked) -> Answer:
    try:
        with deadline(settings.COMMANDS_DEADLINE):
            return call(asked, message.authorization)
    except DeadlineExceeded:
        connections.close_all()
        told = f"The command was cut off after {settings.COMMANDS_DEADLINE:g} s."
        response = problem(_as_request(message, asked.path), 500, "took_too_long", told)
        return Answer(500, {}, response.content)


def outcome_of(message: Message, asked: Asked, answer: Answer) -> Outcome:
    """What becomes of the message, by what the API answered."""
    reply = _reply(asked.request_id, answer)
    if _is_done(answer):
        return Outcome(reply)
    said = _said(answer)
    told = f"The API answered {answer.status} {said.get('code')}: {said.get('detail')}"
    if answer.status in _NOT_LET_IN:
        return Outcome(reply, told)
    if answer.status < 500 and said.get("code") != _IN_FLIGHT:
        return Outcome(reply, f"{told} There was nobody to tell it to.", unless_told=True)
    tries = TRIES_OF_A_FAULT if answer.status >= 500 and answer.status != _OUTAGE else TRIES
    if message.earlier + 1 < tries:
        return Outcome(pause=min(LONGEST_PAUSE, 2.0**message.earlier))
    return Outcome(reply, f"Tried {message.earlier + 1} times. {told}")


def _given_up(message: Message, asked: Asked) -> Outcome:
    """A message whose deliveries ended without an answer: with the process that worked on it, or its connection."""
    told = f"It was delivered {message.earlier} times without coming to an end."
    response = problem(_as_request(message, asked.path), 500, "given_up", told)
    log.error("command given up", command=asked.command.name, earlier=message.earlier)
    return Outcome(_reply(asked.request_id, Answer(500, {}, response.content)), told)


def _poison(message: Message, error: Exception) -> Outcome:
    request_id = request_id_of(message)
    with bind_request_id(request_id or ""):
        response = problem_for(_as_request(message, message.queue), error)
        said = orjson.loads(response.content)
        where = "; ".join(f"{each['pointer']}: {each['detail']}" for each in said.get("errors", ()) if each["pointer"])
        log.warning("no command", queue=message.queue, code=said["code"])
    reply = _reply(request_id, Answer(response.status_code, {}, response.content))
    return Outcome(reply, f"It is no command. {said['detail']}{f' ({where})' if where else ''}"[:_LONGEST_REASON])


def _as_request(message: Message, path: str) -> HttpRequest:
    """As far as a problem tells of one."""
    request = HttpRequest()
    request.path = path
    request.method = message.queue
    return request


def _is_done(answer: Answer) -> bool:
    """A redirection does nothing."""
    return answer.status < 300


def _said(answer: Answer) -> dict[str, Any]:
    try:
        said = orjson.loads(answer.body)
    except orjson.JSONDecodeError:
        return {}
    return said if isinstance(said, dict) else {}


def _reply(request_id: str | None, answer: Answer) -> bytes:
    """What the sender is told. A repeat that the API answered from its memory is told the same as the first."""
    retry_after = answer.headers.get("retry-after")
    return orjson.dumps(
        {
            "request_id": request_id,
            "ok": _is_done(answer),
            "status": answer.status,
            "etag": answer.headers.get("etag"),
            "retry_after": int(retry_after) if retry_after else None,
            "body": orjson.Fragment(answer.body) if answer.body else None,
        }
    )


def shortened(reply: bytes) -> bytes:
    """A reply that a broker takes no more of: what was done, without the body."""
    return orjson.dumps({**orjson.loads(reply), "body": None, "body_too_large": True})
