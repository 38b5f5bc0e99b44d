"""Nothing inside is reached, however its address is written or told."""

from __future__ import annotations

import os
import socket
from ipaddress import ip_address, ip_network

import httpx2
import pytest
from pytest_django import Settings

from deploy.local import up
from tests.webhooks.sending.conftest import INSIDE, NAME, SECONDS, SOON, Listener, Names
from webhooks.sending import NotSent, post, problem_of
from webhooks.sending.addresses import may_be_reached

ANY = "0.0.0.0"  # noqa: S104 - posted to
OF_THE_LISTENER = [
    "127.0.0.1", "127.1", "127.0.1", "2130706433", "0x7f000001", "0x7F.0x0.0x0.0x1", "0x7f.1", "0177.0.0.1",
    "017700000001", "0000177.0.0.01", ANY, "0", "0x0", "localhost", "[::ffff:127.0.0.1]", "[::FFFF:7f00:1]",
    "[0:0:0:0:0:ffff:127.0.0.1]",
]  # fmt: skip
"""Hosts of URLs."""
INSIDE_ADDRESSES = [
    "127.0.0.1", "127.255.255.254", ANY, "0.1.2.3", "10.0.0.1", "10.255.255.255", "172.16.0.1", "172.31.255.255",
    "192.168.0.1", "169.254.169.254", "169.254.0.1", "100.64.0.1", "100.100.100.200", "100.127.255.255",
    "168.63.129.16", "192.0.0.1", "192.0.0.192", "192.0.2.1", "192.88.99.1", "198.18.0.1", "198.19.255.255",
    "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255",
    "::", "::1", "::127.0.0.1", "::8.8.8.8", "::ffff:127.0.0.1", "::ffff:169.254.169.254", "::ffff:0:127.0.0.1",
    "fd00:ec2::254", "fc00::1", "fe80::1", "fe80::1%eth0", "2606:4700::1111%1", "fec0::1", "ff02::1", "ff0e::1",
    "2001:db8::1", "3fff::1", "100::1", "5f00::1", "2001::1", "2001:2::1", "2001:20::1", "64:ff9b::127.0.0.1",
    "64:ff9b::10.0.0.1", "64:ff9b:1::8.8.8.8", "2002:7f00:1::", "2002:a9fe:a9fe::1", "2002:808:808::1",
    "2001:0:4136:e378:8000:63bf:80ff:fffe", "4000::1",
]  # fmt: skip
PUBLIC = [
    "8.8.8.8", "1.0.0.1", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255", "128.0.0.0",
    "169.253.255.255", "172.15.255.255", "172.32.0.0", "191.255.255.255", "192.0.1.0", "192.167.255.255",
    "198.17.255.255", "198.20.0.0", "223.255.255.255", "2606:4700:4700::1111", "2001:4860:4860::8888", "2a00::1",
    "::ffff:8.8.8.8", "64:ff9b::8.8.8.8",
]  # fmt: skip


@pytest.fixture
def nothing_allowed(settings: Settings) -> None:
    settings.WEBHOOK_ALLOWED_NETWORKS = ()


def refused(url: str) -> NotSent:
    with pytest.raises(NotSent) as caught:
        post(url, b"{}", {}, seconds=SECONDS)
    return caught.value


@pytest.mark.parametrize("host", OF_THE_LISTENER)
def test_nothing_here_is_reached_however_its_address_is_written(
    nothing_allowed: None, inside: Listener, host: str
) -> None:
    error = refused(f"http://{host}:{inside.port}/ok")
    assert (error.code, error.address, inside.connections()) == ("forbidden_address", "", 0)


@pytest.mark.parametrize("host", OF_THE_LISTENER)
def test_control_each_of_them_leads_there_where_it_is_allowed(settings: Settings, inside: Listener, host: str) -> None:
    settings.WEBHOOK_ALLOWED_NETWORKS = (ip_network("127.0.0.0/8"), ip_network("0.0.0.0/8"), ip_network("::1"))
    with pytest.raises(NotSent) as caught:
        post(f"http://{host}:{inside.port}/ok", b"{}", {}, seconds=0.03)
    assert (caught.value.code, inside.connections()) == ("too_slow", 1)


@pytest.mark.parametrize("address", INSIDE_ADDRESSES)
def test_a_name_that_leads_inside_is_refused(
    nothing_allowed: None, inside: Listener, names: Names, address: str
) -> None:
    names.answers[NAME] = [["8.8.8.8", address]]
    error = refused(f"http://{NAME}:{inside.port}/ok")
    assert (error.code, error.address, inside.connections()) == ("forbidden_address", "", 0)
    assert error.detail == f"{NAME} is at {ip_address(address)}, which isn't an address of the public internet."
    if "%" not in address:
        host = f"[{address}]" if ":" in address else address
        problem = problem_of(f"https://{host}/")
        assert problem is not None
        assert problem.code == "forbidden_address"


@pytest.mark.parametrize("address", PUBLIC)
def test_the_public_internet_may_be_reached(nothing_allowed: None, address: str) -> None:
    assert may_be_reached(ip_address(address))


def test_networks_of_the_settings_may_be_reached_but_not_by_a_translator_of_somebody_else(settings: Settings) -> None:
    settings.WEBHOOK_ALLOWED_NETWORKS = (ip_network("10.1.0.0/24"), ip_network("fd00:1::/64"), ip_network("fe80::/10"))
    assert [
        text
        for text in ("10.1.0.7", "::ffff:10.1.0.7", "fd00:1::7", "10.1.1.7", "64:ff9b::10.1.0.7", "fe80::1%eth0")
        if may_be_reached(ip_address(text))
    ] == ["10.1.0.7", "::ffff:10.1.0.7", "fd00:1::7"]


def test_a_name_is_asked_for_once_and_nobody_gains_by_answering_otherwise_the_next_time(
    receiver: object, inside: Listener, names: Names
) -> None:
    names.answers[NAME] = [["127.0.0.2"], [INSIDE]]
    url = f"http://{NAME}:{inside.port}/ok"
    assert post(url, b"{}", {}, seconds=SOON).address == "127.0.0.2"
    assert (names.asked, inside.connections()) == ([NAME], 0)
    assert (refused(url).code, inside.connections()) == ("forbidden_address", 0)


def test_control_who_judges_one_answer_and_connects_by_the_name_is_led_inside(inside: Listener, names: Names) -> None:
    names.answers[NAME] = [["127.0.0.2"], [INSIDE]]
    judged = socket.getaddrinfo(NAME, inside.port)
    assert all(may_be_reached(ip_address(each[4][0])) for each in judged)
    with pytest.raises(httpx2.TimeoutException):
        httpx2.post(f"http://{NAME}:{inside.port}/ok", content=b"{}", timeout=0.05)
    assert inside.connections() == 1


def test_up_allows_receivers_on_the_same_machine_unless_it_is_told_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEBHOOK_ALLOWED_NETWORKS", "10.0.0.0/8")
    up._allow_receivers_here()
    assert os.environ["WEBHOOK_ALLOWED_NETWORKS"] == "10.0.0.0/8"
    monkeypatch.delenv("WEBHOOK_ALLOWED_NETWORKS")
    up._allow_receivers_here()
    assert os.environ["WEBHOOK_ALLOWED_NETWORKS"] == "127.0.0.0/8"
