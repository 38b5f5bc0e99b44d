"""Whose address a request has: proxies are believed if the settings name them, and nobody else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from axes.models import AccessAttempt, AccessLog
from django.test import Client as Browser
from django.test import RequestFactory
from pytest_django import Settings

from core.addresses import address_for_lockout, client_address, parse_networks, settle
from tests.factories.staff import a_person
from tests.web import Web, exchange

ATTACKER, ANN, PROXY, BALANCER = "203.0.113.7", "198.51.100.4", "10.0.0.2", "10.9.0.9"
PASSWORD = "gr4ndpiano!"


@pytest.fixture(autouse=True)
def trusted(settings: Settings) -> None:
    settings.AXES_FAILURE_LIMIT = 3  # each attempt hashes a password, which takes its time
    settings.TRUSTED_PROXIES = parse_networks(["10.0.0.0/24", BALANCER, "2001:db8:1::/48"])


@pytest.mark.parametrize(
    ("peer", "forwarded_for", "client"),
    [
        (ANN, "", ANN),
        (ANN, ATTACKER, ANN),
        (PROXY, "", PROXY),
        (PROXY, ANN, ANN),
        (PROXY, f"{ATTACKER}, {ANN}", ANN),
        (PROXY, f"{ATTACKER}, {ANN}, {BALANCER}", ANN),
        (PROXY, f"{BALANCER}, {ANN}", ANN),
        (PROXY, f"{BALANCER}, {BALANCER}", BALANCER),
        (PROXY, f" {ANN}:4711 ", ANN),
        (PROXY, '"[2001:db8::5]:80"', "2001:db8::5"),
        (PROXY, "2001:DB8:0:0::5", "2001:db8::5"),
        (PROXY, f"::ffff:{ANN}", ANN),
        (f"::ffff:{PROXY}", ANN, ANN),
        ("2001:db8:1::1", ANN, ANN),
        (PROXY, f"{ANN}, unknown", PROXY),
        (PROXY, f"{ANN}, , {BALANCER}", BALANCER),
        (PROXY, "127.0.0.1' OR 1=1", PROXY),
        ("", ANN, ""),
    ],
)
def test_the_client_is_the_nearest_that_is_no_trusted_proxy(peer: str, forwarded_for: str, client: str) -> None:
    assert client_address(peer, forwarded_for) == client


def test_a_unix_socket_is_trusted_where_the_settings_say_so(settings: Settings) -> None:
    settings.TRUSTED_PROXIES = parse_networks(["unix"])
    assert client_address("", ANN) == ANN


SAID = {
    "HTTP_X_FORWARDED_FOR": ATTACKER, "HTTP_X_FORWARDED_PROTO": "https", "HTTP_X_FORWARDED_HOST": "evil.example",
    "HTTP_X_FORWARDED_PORT": "443", "HTTP_X_REAL_IP": ATTACKER, "HTTP_FORWARDED": f"for={ATTACKER}",
}  # fmt: skip


def test_what_an_untrusted_peer_says_of_others_is_dropped() -> None:
    meta = {"REMOTE_ADDR": ANN, **SAID}
    settle(meta)
    assert meta == {"REMOTE_ADDR": ANN}


def test_a_trusted_proxy_says_who_came_and_how() -> None:
    meta = {"REMOTE_ADDR": PROXY, **SAID}
    settle(meta)
    assert (meta["REMOTE_ADDR"], meta["HTTP_X_FORWARDED_PROTO"]) == (ATTACKER, "https")


@pytest.mark.parametrize(
    ("address", "counted"),
    [(ANN, ANN), (f"::ffff:{ANN}", ANN), ("2001:db8:2:3:4:5:6:7", "2001:db8:2:3::"), ("", "")],
)
def test_a_lockout_counts_by_address_and_by_network_of_ipv6(address: str, counted: str) -> None:
    assert address_for_lockout(RequestFactory().get("/", REMOTE_ADDR=address)) == counted


# The lockout behind a proxy


def sign_in(name: str, password: str, **meta: str) -> int:
    return Browser().post("/admin/login/", {"username": name, "password": password}, **meta).status_code  # type: ignore[arg-type]


@pytest.mark.django_db
def test_an_attacker_behind_the_same_proxy_locks_out_nobody_but_themselves() -> None:
    name = a_person(password=PASSWORD).username
    for n in range(4):
        sign_in(name, "wrong", REMOTE_ADDR=PROXY, HTTP_X_FORWARDED_FOR=f"192.0.2.{n}, {ATTACKER}")
    assert sign_in(name, PASSWORD, REMOTE_ADDR=PROXY, HTTP_X_FORWARDED_FOR=ATTACKER) == 429
    assert AccessAttempt.objects.get().ip_address == ATTACKER
    assert sign_in(name, PASSWORD, REMOTE_ADDR=PROXY, HTTP_X_FORWARDED_FOR=ANN) == 302
    assert AccessLog.objects.get().ip_address == ANN


@pytest.mark.django_db
def test_an_attacker_gets_no_further_attempts_by_making_up_addresses() -> None:
    name = a_person(password=PASSWORD).username
    statuses = [sign_in(name, "wrong", REMOTE_ADDR=ATTACKER, HTTP_X_FORWARDED_FOR=f"192.0.2.{n}") for n in range(4)]
    assert statuses[-1] == 429
    assert AccessAttempt.objects.get().ip_address == ATTACKER


# The real server


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("web") / "web.log"


@pytest.fixture(scope="module")
def web(log: Path, django_db_setup: None) -> Iterator[Web]:
    web = Web(log, workers=1, LOG_LEVEL="INFO", TRUSTED_PROXIES="127.0.0.1")
    try:
        web.wait_until_it_answers()
        yield web
    finally:
        web.close()


def logged(log: Path, path: str) -> list[dict[str, object]]:
    lines = [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{")]
    return [line for line in lines if line.get("path") == path]


@pytest.mark.django_db(transaction=True)
def test_the_log_tells_the_client_s_address(web: Web, log: Path) -> None:
    exchange(web, f"GET /seen HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: {ATTACKER}, {ANN}\r\n\r\n")
    assert [line["address"] for line in logged(log, "/seen")] == [ANN]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "header",
    [
        f"X_Forwarded_For: {ATTACKER}", f"x_forwarded-for: {ATTACKER}", "SCRIPT_NAME: /x", "Script_Name: /health",
        "PATH_INFO: /x", "REMOTE_USER: root", "REMOTE_ADDR: 192.0.2.1", "X_Forwarded_Proto: https",
        "X-Forwarded-Proto: https", "X-Forwarded-SSL: on", "X-Forwarded-Protocol: ssl", "Script-Name: /x",
    ],
)  # fmt: skip
def test_a_proxy_on_the_same_host_passes_on_no_header_that_stands_for_another(web: Web, log: Path, header: str) -> None:
    answer = exchange(web, f"GET /health/live HTTP/1.1\r\nHost: localhost\r\n{header}\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert logged(log, "/health/live")[-1]["address"] == "127.0.0.1"
