"""What an answer shows once."""

from __future__ import annotations

import orjson

from core.api.replies import Reply


def test_a_reply_keeps_its_secret_out_of_what_may_be_given_again() -> None:
    reply = Reply.created({"id": 1, "code": None}, location="/x/", once={"code": "secret"})
    assert orjson.loads(reply.body()) == {"id": 1, "code": None}
    assert orjson.loads(reply.response(reply.body()).content) == {"id": 1, "code": "secret"}
    assert orjson.loads(reply.response().content) == {"id": 1, "code": "secret"}


def test_a_reply_without_one_is_the_same_each_time() -> None:
    assert Reply.ok({"id": 1}).response().content == Reply.ok({"id": 1}).body()
    assert Reply.nothing().response().content == b""
