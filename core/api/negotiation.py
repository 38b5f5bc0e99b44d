"""Whether the caller accepts what a view sends, by RFC 9110: the most specific media range decides, and q=0 is a no."""

from __future__ import annotations

from collections.abc import Iterable

from django.http.request import MediaType
from rest_framework.exceptions import NotAcceptable
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request


class Negotiation(DefaultContentNegotiation):
    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        """The view's one renderer. Raises NotAcceptable."""
        (renderer,) = renderers
        if not accepts(request.META.get("HTTP_ACCEPT", ""), str(renderer.media_type)):
            raise NotAcceptable(f"Only {renderer.media_type} is sent here.", available_renderers=[renderer])
        return renderer, str(renderer.media_type)


def accepts(header: str, media_type: str) -> bool:
    """Whether an Accept header takes the media type. An absent or empty one takes anything."""
    if header.strip() in {"", "*/*", media_type}:
        return True
    ranges = [each for each in map(_range, header.split(",")) if each is not None and _covers(each, media_type)]
    decisive = max(ranges, key=lambda each: (each.specificity, each.quality), default=None)
    return decisive is not None and decisive.quality > 0


def _range(text: str) -> MediaType | None:
    try:
        return MediaType(text)
    except ValueError:  # a parameter in an encoding that there isn't
        return None


def _covers(each: MediaType, media_type: str) -> bool:
    """Whatever parameters the range has: they narrow nothing that is sent here."""
    main, sub = media_type.split("/")
    return (each.main_type, each.sub_type) in {(main, sub), (main, "*"), ("*", "*")}
