"""Signatures, by the reference library's judgement."""

from __future__ import annotations

import base64
import time

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from deploy.fakes.webhook_receiver import RunningReceiver
from tests.webhooks.sending.conftest import SECONDS, SECRET
from webhooks.sending import new_secret, post, secret_bytes, signature_headers

BODY = '{"type": "order.created", "name": "Zoë"}'.encode()


def headers(*secrets: str, body: bytes = BODY, at: float | None = None) -> dict[str, str]:
    timestamp = int(time.time() if at is None else at)
    return signature_headers(
        [secret_bytes(each) for each in secrets], message_id="msg_1", timestamp=timestamp, body=body
    )


def test_a_receiver_verifies_what_is_posted_by_either_secret_while_they_are_rotated(receiver: RunningReceiver) -> None:
    new, other = new_secret(), new_secret()
    for secrets in ([SECRET], [SECRET, new], [new, SECRET], [other]):
        answer = post(f"{receiver.url}/ok", BODY, headers(*secrets), seconds=10 * SECONDS)
        assert (answer.status, answer.body) == (200, b"OK")
    told = receiver.requests()[-4:]
    assert [each["verified_by"] for each in told] == [[0], [0], [0], []]
    assert {(each["id"], each["body"]) for each in told} == {("msg_1", BODY.decode())}


@pytest.mark.parametrize("secret", [0, 1])
def test_each_of_two_secrets_verifies(secret: int) -> None:
    secrets = [new_secret(), new_secret()]
    Webhook(secrets[secret]).verify(BODY, headers(*secrets))


@pytest.mark.parametrize("what", ["secret", "body", "id", "late"])
def test_nothing_else_is_verified(what: str) -> None:
    secret = new_secret()
    signed = headers(secret, at=time.time() - 400 if what == "late" else None)
    signed |= {"webhook-id": "msg_2"} if what == "id" else {}
    with pytest.raises(WebhookVerificationError):
        Webhook(new_secret() if what == "secret" else secret).verify(BODY + b" " * (what == "body"), signed)


def test_a_secret_has_32_random_bytes() -> None:
    first, second = new_secret(), new_secret()
    assert first != second
    assert (first[:6], len(secret_bytes(first))) == ("whsec_", 32)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "whsec_",
        "whsec_*",
        "whsec_YWJj",
        f"whsec_{base64.b64encode(bytes(65)).decode()}",
        base64.b64encode(bytes(32)).decode(),
    ],
)
def test_what_is_no_secret_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="a secret is whsec_ and 24 to 64 bytes in base64"):
        secret_bytes(text)
