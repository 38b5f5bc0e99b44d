"""Which bodies can be read at all: sent with their length, as they are, without a coding."""

from __future__ import annotations

from django.http import HttpRequest
from django.http.request import MediaType
from rest_framework.exceptions import UnsupportedMediaType
from rest_framework.request import Request

from core.api.problems import ApiProblem


class LengthRequired(ApiProblem):
    status_code = 411
    default_code = "length_required"


class CodingUnsupported(ApiProblem):
    status_code = 415
    default_code = "unsupported_content_encoding"


def require_readable(request: Request | HttpRequest) -> None:
    """Raises LengthRequired for a body in chunks, CodingUnsupported for a compressed one, and UnsupportedMediaType for
    text in another encoding than UTF-8.

    WSGI tells nobody how long a body in chunks is, so that Django would read nothing of it; and taking one apart costs
    seconds of processor time when each chunk is a byte.
    """
    if request.META.get("HTTP_TRANSFER_ENCODING"):
        raise LengthRequired(
            "The body comes in chunks, without a Content-Length.",
            headers={"Connection": "close"},
            unblock="Send it whole, with its Content-Length.",
        )
    require_uncompressed(request)
    _require_utf8(request.META.get("CONTENT_TYPE", ""))


def require_uncompressed(request: Request | HttpRequest) -> None:
    """Raises CodingUnsupported."""
    coding = request.META.get("HTTP_CONTENT_ENCODING", "identity")
    if coding.strip().lower() != "identity":
        raise CodingUnsupported(
            f"Bodies are read as they are, not with the Content-Encoding {coding[:50]}.",
            headers={"Accept-Encoding": "identity"},
            unblock="Send it uncompressed, without Content-Encoding.",
        )


def _require_utf8(header: str) -> None:
    """Django would read the query by the Content-Type's charset too."""
    try:
        charset = str(MediaType(header).params.get("charset", "utf-8"))
    except ValueError:  # a parameter in an encoding that there isn't
        charset = header
    if charset.lower() not in {"utf-8", "utf8"}:
        raise UnsupportedMediaType(header, f"Text is sent as UTF-8, not as {charset[:50]}.")


def has_body(request: Request | HttpRequest) -> bool:
    return request.META.get("CONTENT_LENGTH") not in {None, "", "0"}
