"""What a URL of a receiver may be, and where it leads to."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal
from urllib.parse import SplitResult, urlsplit

from django.conf import settings

from webhooks.sending.addresses import may_be_reached
from webhooks.sending.resolving import numeric_addresses

LONGEST_URL = 2000
_STANDARD_PORTS = {"http": 80, "https": 443}
_is_plain = re.compile(r"[!-\[\]-~]+").fullmatch  # ASCII without blanks, control characters and \
_is_bracketed = re.compile(r"\[[^\[\]]+\](:.*)?").fullmatch
_is_ipv6 = re.compile(r"[0-9a-f:.]{2,45}").fullmatch
_is_name = re.compile(
    r"(?=.{1,253}\Z)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?"
).fullmatch


@dataclass(frozen=True)
class UrlProblem:
    code: Literal["invalid_url", "https_required", "forbidden_address"]
    detail: str


class BadUrl(Exception):
    def __init__(self, problem: UrlProblem) -> None:
        super().__init__(problem.detail)
        self.problem = problem


@dataclass(frozen=True)
class Place:
    """`host` is without brackets; `authority` is what the Host header says; `target` is path and query."""

    scheme: str
    host: str
    port: int
    authority: str
    target: str


def problem_of(url: str) -> UrlProblem | None:
    """What can be said without asking anybody: the host's name isn't looked up."""
    try:
        place_of(url)
    except BadUrl as error:
        return error.problem
    return None


def place_of(url: str) -> Place:
    """Raises BadUrl."""
    parts = _parts(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and settings.WEBHOOK_HTTP):
        allowed = "https:// or http://" if settings.WEBHOOK_HTTP else "https://"
        raise BadUrl(UrlProblem("https_required", f"The URL begins with {allowed}"))
    host, port = _host(parts), _port(parts)
    shown = f"[{host}]" if ":" in host else host
    authority = shown if port == _STANDARD_PORTS[parts.scheme] else f"{shown}:{port}"
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Place(parts.scheme, host, port, authority, target)


def _parts(url: str) -> SplitResult:
    if len(url) > LONGEST_URL:
        raise _invalid(f"The URL has at most {LONGEST_URL} characters")
    if not _is_plain(url):
        raise _invalid(
            r"The URL has no blanks, no \ and no letters beyond ASCII: percent-encode those of the path, and write "
            "a host in its xn-- form"
        )
    if "#" in url:
        raise _invalid("The URL has no #: a fragment is never sent")
    try:
        parts = urlsplit(url)
    except ValueError:
        raise _invalid("This is no URL") from None
    if "@" in parts.netloc:
        raise _invalid("The URL has no user and password: each request is signed instead")
    return parts


def _host(parts: SplitResult) -> str:
    host = parts.hostname or ""
    is_host = _is_ipv6 if _is_bracketed(parts.netloc) else _is_name
    if not is_host(host):
        raise _invalid("The URL names a host, such as hooks.example.com")
    addresses = numeric_addresses(host)
    if ":" in host and not addresses:
        raise _invalid("The URL's host is no address")
    if not all(may_be_reached(address) for address in addresses):
        raise BadUrl(UrlProblem("forbidden_address", f"{host} isn't an address of the public internet"))
    return host


def _port(parts: SplitResult) -> int:
    try:
        port = _STANDARD_PORTS[parts.scheme] if parts.port is None else parts.port
    except ValueError:
        port = 0
    if port == 0 or parts.netloc.endswith(":"):
        raise _invalid("The URL's port is a number from 1 to 65535")
    return port


def _invalid(detail: str) -> BadUrl:
    return BadUrl(UrlProblem("invalid_url", detail))
