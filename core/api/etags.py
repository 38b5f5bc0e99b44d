"""Versions over HTTP, as RFC 9110 has them: strong ETags, If-Match on writes, If-None-Match on reads."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass

from django.http import HttpRequest
from rest_framework.request import Request

from core.api.problems import ApiProblem, MalformedInput

NO_VERSION = -1
"""What tags expect that can match no version (weak ones, and those of others): the action answers 412."""

_MOST = 20
_ANY = "*"
_tags = re.compile(r'(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"', re.ASCII)
_list = re.compile(rf"[ \t,]*{_tags.pattern}(?:[ \t]*,[ \t,]*{_tags.pattern})*[ \t,]*", re.ASCII).fullmatch
_ours = re.compile(r'"v(0|[1-9][0-9]{0,9})"', re.ASCII).fullmatch


class IfMatchMissing(ApiProblem):
    status_code = 428
    default_code = "if_match_missing"


@dataclass(frozen=True)
class Condition:
    """An If-Match or If-None-Match header: the entity tags that it lists, or `any` for "*"."""

    tags: Collection[str]
    any: bool = False

    def names(self, version: int) -> bool:
        """By the strong comparison: a weak tag names nothing."""
        return self.any or etag(version) in self.tags

    def names_weakly(self, version: int) -> bool:
        return self.names(version) or f"W/{etag(version)}" in self.tags

    def names_content(self, tag: str) -> bool:
        """Whether the tag of a content, weak or not, is among them."""
        return self.any or tag in self.tags or f"W/{tag}" in self.tags

    def expected(self, current: Callable[[], int | None]) -> int | None:
        """The version that an action shall expect; None for any. `current` is asked where several are listed."""
        if self.any:
            return None
        versions = [int(match[1]) for match in map(_ours, self.tags) if match]
        now = current() if len(versions) > 1 else None
        return now if now in versions else (versions or [NO_VERSION])[0]


def etag(version: int) -> str:
    return f'"v{version}"'


def content_etag(content: bytes) -> str:
    """Of what has no version: another one whenever a byte is another."""
    return f'"{hashlib.sha256(content).hexdigest()[:32]}"'


def condition(request: Request | HttpRequest, header: str) -> Condition | None:
    """What `If-Match` or `If-None-Match` says; None when it is absent. Raises MalformedInput."""
    text = request.META.get(f"HTTP_{header.upper().replace('-', '_')}")
    if text is None:
        return None
    if text.strip() == _ANY:
        return Condition((), any=True)
    tags = _tags.findall(text) if _list(text) else []
    if not 1 <= len(tags) <= _MOST:
        raise MalformedInput.at(
            header, "malformed", f'{header} is * or 1 to {_MOST} ETags in their quotes, such as "v17".'
        )
    return Condition(tuple(tags))
