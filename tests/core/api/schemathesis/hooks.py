"""How schemathesis speaks to this API: mostly with ids that there are, new keys and ETags that fit. And which of
its failures are none, by the reasons in explained.toml."""

from __future__ import annotations

import os
import re
import tomllib
import zlib
from pathlib import Path
from typing import Any
from uuid import uuid4

import orjson
import schemathesis
from schemathesis.core.parameters import ParameterLocation

WORLD: dict[str, str] = orjson.loads(os.environ["SCHEMATHESIS_WORLD"])
"""What each parameter of a path may be: something that there is."""
EXPLAINED: list[dict[str, Any]] = tomllib.loads(Path(__file__).with_name("explained.toml").read_text())["explained"]


def _mostly(value: object) -> bool:
    """Three times in four, and the same each time, so that a failure can be had again."""
    return zlib.crc32(repr(value).encode()) % 4 != 0


@schemathesis.hook
def map_path_parameters(context: Any, path_parameters: dict[str, Any]) -> dict[str, Any]:
    given = path_parameters or {}
    return {name: WORLD[name] if name in WORLD and _mostly(value) else value for name, value in given.items()}


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: Any) -> None:
    """The headers of a good request; one that is to be refused for its headers keeps those that were made for it."""
    if case.meta is not None and case.meta.is_negative_at(ParameterLocation.HEADER):
        return
    if "Idempotency-Key" in case.headers:
        case.headers["Idempotency-Key"] = str(uuid4())
    if "If-Match" in case.headers and _mostly(case.headers["If-Match"]):
        case.headers["If-Match"] = "*"


@schemathesis.hook
def filter_failure(context: Any, failure: Any, case: Any, response: Any) -> bool:
    """Whether the failure is one: an answer is explained when all that it says is."""
    fitting = [
        each["error"]
        for each in EXPLAINED
        if (each["failure"], each["status"]) == (type(failure).__name__, response.status_code)
    ]
    return not fitting or not all(any(re.fullmatch(each, said) for each in fitting) for said in _said(response))


def _said(response: Any) -> list[str]:
    """ "code: detail" of each error of a problem, or of the problem itself."""
    told = orjson.loads(response.content)
    return [f"{each['code']}: {each['detail']}" for each in told.get("errors", [told])]
