"""The id that ties together everything one request caused: log lines, events, tasks and e-mails."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from core.ids import new_id

_request_id: ContextVar[str] = ContextVar("request_id", default="")
_acceptable = re.compile(r"[A-Za-z0-9._-]{1,128}").fullmatch


def current_request_id() -> str:
    """The id bound in this context, or "" outside of any request, task or handler."""
    return _request_id.get()


def accepted_or_new(offered: str | None) -> str:
    """The caller's id when it is 1 to 128 characters of [A-Za-z0-9._-], else a new one."""
    return offered if offered is not None and _acceptable(offered) else str(new_id())


@contextmanager
def bind_request_id(request_id: str) -> Iterator[None]:
    """Within the block, logs and events carry this id."""
    token = _request_id.set(request_id)
    try:
        yield
    finally:
        _request_id.reset(token)
