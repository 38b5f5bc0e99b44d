from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

SCRIPT = """
import logging, structlog
from core.logging import configure
from core.request_ids import bind_request_id
configure({"level": "INFO"})
ours, theirs = structlog.get_logger("x"), logging.getLogger("library.part")
secret_local = "hunter2"
with bind_request_id("r1"):
    ours.info("one", authorization="Bearer abc.def", n=1)
    theirs.warning("two %s", "words")
    ours.debug("unseen")
    theirs.debug("unseen")
    try:
        int("x")
    except ValueError:
        ours.exception("three")
        theirs.exception("four")
    logging.getLogger("django.request").warning("Not Found: /x")
    logging.getLogger("django.server").info("GET / 200")
"""


def lines() -> list[dict[str, Any]]:
    ran = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True)
    assert ran.stdout == ""
    assert "hunter2" not in ran.stderr
    assert "abc.def" not in ran.stderr
    return [json.loads(line) for line in ran.stderr.splitlines()]


def test_every_line_is_one_json_object_without_locals_or_secrets_and_none_is_doubled() -> None:
    one, two, three, four = lines()
    assert (one["event"], one["n"], one["authorization"], one["level"]) == ("one", 1, "[hidden]", "info")
    assert (two["event"], two["logger"], two["level"]) == ("two words", "library.part", "warning")
    assert {line["request_id"] for line in (one, two, three, four)} == {"r1"}
    for line in (three, four):
        assert line["exception"][0]["exc_type"] == "ValueError"
        assert "locals" not in json.dumps(line["exception"])
