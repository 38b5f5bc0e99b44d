"""One JSON object per line on standard error, for structlog and the standard library alike. No locals, no secrets."""

from __future__ import annotations

import io
import logging
import logging.config
from collections.abc import Mapping
from typing import Any

import orjson
import structlog
from structlog.tracebacks import ExceptionDictTransformer
from structlog.typing import EventDict, Processor, WrappedLogger

from core.request_ids import current_request_id

_STDERR = 2
_SECRETS = frozenset({"authorization", "api_key", "cookie", "password", "secret", "set-cookie", "token"})


def configure(options: Mapping[str, Any]) -> None:
    """Set up all logging. `options`: {"level": "INFO"}. Named by settings.LOGGING_CONFIG, given settings.LOGGING."""
    level = str(options.get("level", "INFO")).upper()
    logging.config.dictConfig(_stdlib(level))
    structlog.configure(
        processors=[structlog.contextvars.merge_contextvars, *_shared(), *_last()],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        logger_factory=structlog.BytesLoggerFactory(file=_standard_error()),
        cache_logger_on_first_use=True,
    )


def _standard_error() -> io.FileIO:
    """The descriptor itself: whoever replaces sys.stderr (a worker, a test runner) neither catches nor closes it."""
    return io.FileIO(_STDERR, "wb", closefd=False)


def _text(raw: io.FileIO) -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BufferedWriter(raw), encoding="utf-8", line_buffering=True)


def _shared() -> list[Processor]:
    return [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _add_request_id,
        _hide_secrets,
    ]


def _last() -> list[Processor]:
    tracebacks = ExceptionDictTransformer(show_locals=False, max_frames=30)
    return [
        structlog.processors.ExceptionRenderer(tracebacks),
        structlog.processors.JSONRenderer(serializer=_dumps),
    ]


def _dumps(event: EventDict, **_: Any) -> bytes:
    return orjson.dumps(event, default=str, option=orjson.OPT_NON_STR_KEYS)


def _add_request_id(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    if request_id := current_request_id():
        event.setdefault("request_id", request_id)
    return event


def _hide_secrets(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    for key in _SECRETS & event.keys():
        event[key] = "[hidden]"
    return event


class _Formatter(structlog.stdlib.ProcessorFormatter):
    """Lines of the standard library's loggers, in the same form as structlog's own."""

    def __init__(self) -> None:
        super().__init__(
            foreign_pre_chain=[structlog.contextvars.merge_contextvars, structlog.stdlib.add_logger_name, *_shared()],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *_last()[:-1],
                structlog.processors.JSONRenderer(serializer=lambda event, **_: _dumps(event).decode()),
            ],
        )


def _stdlib(level: str) -> dict[str, Any]:
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": {"()": _Formatter}},
        "handlers": {
            "stderr": {"class": "logging.StreamHandler", "formatter": "json", "stream": _text(_standard_error())}
        },
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            "django": {"handlers": [], "level": "INFO", "propagate": True},
            # Every request is one line already, written by core.api.middleware; refusals (4xx) need no second one.
            "django.request": {"level": "ERROR", "propagate": True},
            "django.server": {"handlers": [], "level": "ERROR", "propagate": True},
            # The SDK writes down what it sends and what Stripe says of it, tokens and all, whatever the level here.
            "stripe": {"level": "WARNING", "propagate": True},
        },
    }
