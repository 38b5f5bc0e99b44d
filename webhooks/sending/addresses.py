"""Which addresses may be posted to: those that the whole internet reaches, and settings.WEBHOOK_ALLOWED_NETWORKS.

By the registries of special-purpose addresses (IANA) and not by `is_global` of the standard library, whose answer
depends on the version of Python.

https://www.iana.org/assignments/iana-ipv4-special-registry and iana-ipv6-special-registry
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

from django.conf import settings

Address = IPv4Address | IPv6Address

_FORBIDDEN_V4 = tuple(
    IPv4Network(text)
    for text in (
        "0.0.0.0/8",  # this host
        "10.0.0.0/8",
        "100.64.0.0/10",  # shared, behind the NAT of a carrier; metadata of Alibaba Cloud
        "127.0.0.0/8",
        "168.63.129.16/32",  # what Azure's machines ask for their certificates and settings
        "169.254.0.0/16",  # metadata of most clouds
        "172.16.0.0/12",
        "192.0.0.0/24",  # protocols; metadata of Oracle's
        "192.0.2.0/24",  # documentation
        "192.31.196.0/24",  # AS112
        "192.52.193.0/24",  # AMT
        "192.88.99.0/24",  # relays of 6to4
        "192.168.0.0/16",
        "192.175.48.0/24",  # AS112
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/3",  # multicast, reserved, broadcast
    )
)
_UNICAST_V6 = IPv6Network("2000::/3")
"""All that is given out. Beside it: loopback, unique local, link-local, multicast, IPv4-compatible and the rest."""
_FORBIDDEN_V6 = tuple(
    IPv6Network(text)
    for text in (
        "2001::/23",  # protocols: Teredo, benchmarks, identifiers
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4
        "2620:4f:8000::/48",  # AS112
        "3fff::/20",  # documentation
    )
)
_NAT64 = IPv6Network("64:ff9b::/96")


def may_be_reached(address: Address) -> bool:
    if isinstance(address, IPv6Address):
        if address.scope_id is not None:
            return False
        address = address.ipv4_mapped or address
    return _is_public(address) or any(address in network for network in settings.WEBHOOK_ALLOWED_NETWORKS)


def _is_public(address: Address) -> bool:
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _FORBIDDEN_V4)
    if address in _NAT64:
        return _is_public(IPv4Address(int(address) & 0xFFFFFFFF))
    return address in _UNICAST_V6 and not any(address in network for network in _FORBIDDEN_V6)
