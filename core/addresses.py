"""Who is at the other end of a request: the client's address, told by proxies that the settings trust and by no other.

After `client_behind_proxies` everything reads it from REMOTE_ADDR: the log, the lockout, whatever comes.
"""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse

log = structlog.get_logger("http")

UNIX = "unix"
"""Among trusted proxies: whoever comes by a Unix socket."""

_FORWARDED_FOR = "HTTP_X_FORWARDED_FOR"
_PROXIES_WORDS = (
    _FORWARDED_FOR, "HTTP_X_FORWARDED_PROTO", "HTTP_X_FORWARDED_HOST", "HTTP_X_FORWARDED_PORT", "HTTP_X_REAL_IP",
    "HTTP_FORWARDED",
)  # fmt: skip
"""What only a proxy has to say."""

Address = IPv4Address | IPv6Address
GetResponse = Callable[[HttpRequest], HttpResponse]


def parse_networks(texts: list[str]) -> tuple[IPv4Network | IPv6Network | str, ...]:
    """Of settings.TRUSTED_PROXIES: addresses, networks and `unix`. Raises ValueError for anything else."""
    return tuple(UNIX if text == UNIX else ip_network(text) for text in (each.strip() for each in texts) if text)


def client_behind_proxies(get_response: GetResponse) -> GetResponse:
    """Middleware, the outermost: REMOTE_ADDR becomes the client's; what an untrusted peer says of others is dropped."""

    def handle(request: HttpRequest) -> HttpResponse:
        settle(request.META)
        return get_response(request)

    return handle


def settle(meta: dict[str, Any]) -> None:
    """Make of the peer's address and the headers of one request the client's address, in place."""
    peer = str(meta.get("REMOTE_ADDR", ""))
    if _is_trusted(_parsed(peer)):
        meta["REMOTE_ADDR"] = client_address(peer, meta.pop(_FORWARDED_FOR, ""))
        return
    ignored = [word for word in _PROXIES_WORDS if meta.pop(word, None) is not None]
    if ignored:
        log.debug("what a peer said of others is ignored: it is not among TRUSTED_PROXIES", peer=peer)


def client_address(peer: str, forwarded_for: str) -> str:
    """The nearest address that isn't a trusted proxy's, from the peer through X-Forwarded-For from its right.

    Each proxy adds at the right who came to it, so that what a client wrote there itself is further left than its own
    address, and is never reached. Something that is no address ends the search.
    """
    address = _parsed(peer)
    for hop in reversed(forwarded_for.split(",")):
        further = _parsed(hop)
        if further is None or not _is_trusted(address):
            break
        address = further
    return "" if address is None else str(address)


def address_for_lockout(request: HttpRequest) -> str:
    """For django-axes: the client's address; of IPv6 its network of 64 bits, all of which one client may have."""
    address = _parsed(str(request.META.get("REMOTE_ADDR", "")))
    if isinstance(address, IPv6Address):
        return str(ip_network((int(address), 64), strict=False).network_address)
    return "" if address is None else str(address)


def _is_trusted(address: Address | None) -> bool:
    if address is None:
        return UNIX in settings.TRUSTED_PROXIES
    return any(network != UNIX and address in network for network in settings.TRUSTED_PROXIES)


def _parsed(text: str) -> Address | None:
    """ "192.0.2.1", "192.0.2.1:80", "2001:db8::1", "[2001:db8::1]:80" and, inside IPv6, "::ffff:192.0.2.1"."""
    text = text.strip().strip('"')
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
