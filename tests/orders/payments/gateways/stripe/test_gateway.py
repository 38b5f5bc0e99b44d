"""Stripe's adapter alone, over real HTTP: what it sends, and what each answer and each error becomes."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import logging
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

import pytest
import stripe

from core.ids import new_id
from orders.payments.gateways import Answer, Call, GatewayRefused, GatewayUnavailable, NoticeRefused, Outcome
from orders.payments.gateways.stripe import StripeGateway
from tests.fakes.stripe_server import KEY, SECRET, Fault, StripeServer, signature

TOKEN = "pm_card_visa"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[StripeServer]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with StripeServer().running() as running:
        yield running


@pytest.fixture
def gateway(server: StripeServer) -> StripeGateway:
    return a_gateway(server.url)


def a_gateway(url: str, key: str = KEY, seconds: float = 5.0) -> StripeGateway:
    return StripeGateway(url=url, key=key, secret=SECRET, return_url="https://shop.example/paid/", seconds=seconds)


def a_call(token: str = TOKEN, *, kind: str = "authorise", amount: int = 2_750, reference: str = "") -> Call:
    return Call(
        key=str(new_id()), kind=kind, amount=amount, currency="EUR", order_id="o-1", reference=reference, token=token
    )


def set_aside(server: StripeServer) -> Answer:
    """Of the first authorisation, with the time that Stripe's charge says."""
    until = dt.datetime.fromtimestamp(server.intents["pi_1"]["capture_before"], dt.UTC)
    return Answer(Outcome.SUCCEEDED, reference="pi_1", expires_at=until)


def test_an_authorisation_is_asked_for_as_stripe_has_it(gateway: StripeGateway, server: StripeServer) -> None:
    call = a_call()
    assert gateway.send(call) == set_aside(server)
    assert server.requests == [
        ("POST", "/v1/payment_intents", {
            "amount": "2750", "currency": "eur", "capture_method": "manual", "confirm": "true",
            "payment_method": TOKEN, "allowed_payment_method_types": {"0": "card"},
            "return_url": "https://shop.example/paid/", "metadata": {"call": call.key, "order": "o-1"},
            "expand": {"0": "latest_charge"},
        }),
    ]  # fmt: skip
    (headers,) = server.headers
    assert (headers["Authorization"], headers["Idempotency-Key"]) == (f"Bearer {KEY}", call.key)


def test_a_call_is_done_once_and_answered_alike_however_often_it_is_sent(
    gateway: StripeGateway, server: StripeServer
) -> None:
    call = a_call()
    assert [gateway.send(call), gateway.send(call)] == [set_aside(server)] * 2
    assert (server.replayed, len(server.intents)) == ([call.key], 1)


def test_a_call_whose_key_tells_no_time_is_asked_about_before_it_is_sent(
    gateway: StripeGateway, server: StripeServer
) -> None:
    call = dataclasses.replace(a_call(), key="by-hand-1")
    assert gateway.send(call) == set_aside(server)
    server.forget_keys()
    assert gateway.send(call) == set_aside(server)
    assert len(server.intents) == 1


@pytest.mark.parametrize("kind", ["authorise", "capture", "void", "refund"])
def test_what_never_arrived_is_not_found(kind: str, gateway: StripeGateway, server: StripeServer) -> None:
    assert gateway.find(a_call(kind=kind, reference="pi_1")) is None
    authorised = gateway.send(a_call())
    assert gateway.find(a_call(kind=kind, reference=authorised.reference)) is None


def test_what_is_never_sent_is_not_asked_about(gateway: StripeGateway, server: StripeServer) -> None:
    call = dataclasses.replace(a_call(), currency="UGX")
    with pytest.raises(GatewayRefused):
        gateway.send(call)
    assert (gateway.find(call), server.requests) == (None, [])


def test_a_refund_is_found_on_whatever_page_it_is(gateway: StripeGateway, server: StripeServer) -> None:
    intent = gateway.send(a_call()).reference
    gateway.send(a_call(kind="capture", reference=intent))
    refunds = [a_call(kind="refund", amount=100, reference=intent) for _ in range(5)]
    for call in refunds:
        gateway.send(call)
    server.page = 2
    found = [gateway.find(call) for call in refunds]
    assert found == [Answer(Outcome.SUCCEEDED, reference=f"re_{place}") for place in range(1, 6)]


def test_a_second_capture_is_not_taken_for_the_first(gateway: StripeGateway) -> None:
    intent = gateway.send(a_call()).reference
    first, second = (a_call(kind="capture", amount=1_000, reference=intent) for _ in range(2))
    assert gateway.send(first) == Answer(Outcome.SUCCEEDED, reference="ch_1")
    assert gateway.send(second) == Answer(Outcome.DECLINED, code="payment_intent_unexpected_state")
    assert (gateway.find(first), gateway.find(second)) == (Answer(Outcome.SUCCEEDED, reference="ch_1"), None)


def test_a_capture_beyond_what_was_authorised_is_declined(gateway: StripeGateway) -> None:
    intent = gateway.send(a_call()).reference
    beyond = a_call(kind="capture", amount=2_751, reference=intent)
    assert gateway.send(beyond) == Answer(Outcome.DECLINED, code="amount_too_large")


def test_what_is_captured_whole_is_not_voided(gateway: StripeGateway) -> None:
    intent = gateway.send(a_call()).reference
    gateway.send(a_call(kind="capture", reference=intent))
    void = a_call(kind="void", reference=intent)
    assert gateway.send(void) == Answer(Outcome.DECLINED, code="payment_intent_unexpected_state")


@pytest.mark.parametrize("status", [401, 403, 400, 404])
def test_what_stripe_refuses_is_refused_and_cannot_be_asked_about(
    status: int, gateway: StripeGateway, server: StripeServer
) -> None:
    server.refuses = status
    with pytest.raises(GatewayRefused, match=f"HTTP {status} invalid_request_error req_1$"):
        gateway.send(a_call())
    with pytest.raises(GatewayUnavailable, match=f"HTTP {status} "):
        gateway.find(a_call())


@pytest.mark.parametrize("status", [409, 429, 500, 502, 503])
def test_what_stripe_cannot_do_now_is_unknown(status: int, gateway: StripeGateway, server: StripeServer) -> None:
    server.refuses = status
    for ask in (gateway.send, gateway.find):
        with pytest.raises(GatewayUnavailable, match=f"HTTP {status}"):
            ask(a_call())


@pytest.mark.parametrize("fault", [Fault.BROKEN, Fault.NONSENSE, Fault.BUSY_409, Fault.LIMITED_429, Fault.LOST_500])
def test_what_nobody_answers_for_is_unknown_and_not_repeated_by_the_sdk(
    fault: Fault, gateway: StripeGateway, server: StripeServer
) -> None:
    server.next_faults(fault)
    with pytest.raises(GatewayUnavailable):
        gateway.send(a_call())
    assert [method for method, _, _ in server.requests].count("POST") == 1


def test_a_key_that_stripe_knows_with_other_content_is_not_taken_for_declined(
    gateway: StripeGateway, server: StripeServer
) -> None:
    call = a_call()
    gateway.send(call)
    other = dataclasses.replace(call, amount=1)
    assert gateway.send(other) == set_aside(server)
    server.search_lags = True
    with pytest.raises(GatewayUnavailable, match="idempotency_error"):
        gateway.send(other)


def test_nobody_listening_is_unknown() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(GatewayUnavailable, match=r"ConnectError|ConnectTimeout"):
        a_gateway(f"http://127.0.0.1:{port}").send(a_call())


def test_an_answer_that_drips_ends_at_the_deadline_of_the_call() -> None:
    """Each byte is in time; the whole isn't."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        stop = threading.Event()
        thread = threading.Thread(target=drip, args=(listener, stop), daemon=True)
        thread.start()
        began = time.monotonic()
        with pytest.raises(GatewayUnavailable, match=r"takes too long|ReadTimeout"):
            a_gateway(f"http://127.0.0.1:{listener.getsockname()[1]}", seconds=1.0).send(a_call())
        assert time.monotonic() - began < 5
        stop.set()
        thread.join(5)


def drip(listener: socket.socket, stop: threading.Event) -> None:
    caller, _ = listener.accept()
    with caller:
        caller.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        while not stop.wait(0.2):
            try:
                caller.sendall(b" ")
            except OSError:
                return


@pytest.mark.parametrize("level", [logging.INFO, logging.DEBUG])
def test_neither_keys_nor_tokens_are_logged_or_told(
    level: int, server: StripeServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(level)
    gateway = a_gateway(server.url)
    assert gateway.send(a_call("pm_private")) == Answer(Outcome.DECLINED, code="resource_missing")
    server.refuses = 400
    with pytest.raises(GatewayRefused) as refused:
        gateway.send(a_call("pm_private"))
    said = [record.getMessage() for record in caplog.records if record.name.startswith("stripe")]
    assert said == []
    assert "private" not in str(refused.value) + caplog.text
    assert (refused.value.__cause__, refused.value.__suppress_context__) == (None, True)
    assert KEY not in caplog.text


def test_the_sdk_keeps_nothing_for_the_whole_process(gateway: StripeGateway) -> None:
    gateway.send(a_call())
    assert (stripe.api_key, stripe.default_http_client, stripe.api_base) == (None, None, "https://api.stripe.com")


def test_the_sdk_is_loaded_by_the_adapter_alone() -> None:
    program = (
        "import os, sys, django; os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'config.settings'); django.setup()\n"
        "import orders.payments.sending, orders.payments.notices\n"
        "sys.exit('stripe' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_a_notice_signed_with_an_old_and_a_new_secret_is_read(gateway: StripeGateway) -> None:
    """Stripe signs with both for a day after the secret was changed."""
    thing = {"id": "pi_1", "status": "requires_capture", "metadata": {"call": "k"}}
    body = json.dumps({"type": "payment_intent.amount_capturable_updated", "data": {"object": thing}}).encode()
    both = f"{signature(body, secret='whsec_old')},{signature(body).split(',')[1]}"
    notice = gateway.read_notice({"Stripe-Signature": both}, body)
    assert notice is not None
    assert (notice.key, notice.answer) == ("k", Answer(Outcome.SUCCEEDED, reference="pi_1"))


@pytest.mark.parametrize("secret", ["", " "])
def test_without_a_secret_every_notice_is_refused(secret: str, server: StripeServer) -> None:
    gateway = StripeGateway(url=server.url, key=KEY, secret=secret, return_url="https://shop.example/")
    with pytest.raises(NoticeRefused):
        gateway.read_notice({"Stripe-Signature": signature(b"{}", secret=secret)}, b"{}")


def test_a_notice_that_is_no_text_is_refused(gateway: StripeGateway) -> None:
    with pytest.raises(NoticeRefused):
        gateway.read_notice({"Stripe-Signature": "t=1,v1=00"}, b"\xff")
