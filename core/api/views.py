"""The base of every view under /api/v1/: one order of checks, one form of answer.

Checks come in this order: 401 → 429 → 403/404 → 411/413/415 → 400 → idempotency replay → 428/412 → 409.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import http_date
from drf_spectacular.types import OpenApiTypes
from rest_framework import exceptions
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.serializers import BaseSerializer
from rest_framework.views import APIView

from core.actors import Actor
from core.api import etags, filters, negotiation, pagination, throttling
from core.api.authentication import ApiKeyAuthentication, ApiPrincipal, principal
from core.api.bodies import has_body, require_readable
from core.api.etags import Condition, IfMatchMissing
from core.api.idempotency import idempotent, is_keyed
from core.api.parsers import StrictJsonParser
from core.api.permissions import HasScope
from core.api.problems import MalformedInput, exception_handler
from core.api.renderers import JSON, OrjsonRenderer, json_response, render
from core.api.replies import Reply
from core.api.schema import ApiSchema
from core.api.serializers import Nothing, StrictSerializer
from core.errors import StaleVersion

Answer = type[BaseSerializer[Any]] | tuple[int, type[BaseSerializer[Any]]] | OpenApiTypes

_AFTER_404 = frozenset({400, 409, 411, 412, 413, 415, 422, 428})
_SAFE_METHODS = frozenset({"GET", "HEAD"})


class ApiView(APIView):
    """Authenticated, throttled, scoped. Subclasses declare what they take and answer, and write get(), post(), ..."""

    scopes: ClassVar[Mapping[str, str]] = {}
    """The scope each method needs: {"GET": "orders:read", "POST": "orders:write"}. Without one nobody gets in."""

    further_scopes: ClassVar[tuple[str, ...]] = ()
    """Scopes that only some requests need, because of what they ask for; the view requires them itself."""

    bodies: ClassVar[Mapping[str, type[StrictSerializer]]] = {}
    """The body each method takes."""

    answers: ClassVar[Mapping[str, Answer]] = {}
    """What each method answers, for the documentation: a serializer (200), or (status, serializer); STR for text of the
    view's own media type. Absent: 204."""

    expansions: ClassVar[tuple[str, ...]] = ()
    """Names that `?expand=` takes."""

    parameters: ClassVar[Mapping[str, tuple[str, range]]] = {}
    """Query parameters of GET that the view reads itself by whole_number(): what each means, and what is allowed."""

    days: ClassVar[Mapping[str, str]] = {}
    """Query parameters of GET that are days, which the view reads by day_of(): what each means."""

    acts: ClassVar[bool] = True
    """Whether POST does something, so that it needs an Idempotency-Key. A question with a body doesn't."""

    patches_once: ClassVar[bool] = False
    """Whether PATCH acts once per Idempotency-Key where one is sent. The view does its work by once_if_keyed()."""

    own_limit: ClassVar[str | None] = None
    """A limit in RATE_LIMITS that POST counts against beside the one of writing: for what could be guessed."""

    version_of: ClassVar[str | None] = None
    """The column of target() that is its version: what its ETag tells and If-Match is compared with. None: neither."""

    says_what_was_seen: ClassVar[bool] = False
    """Whether a body may say what the caller saw, so that 412 is possible without If-Match."""

    deprecated_on: ClassVar[dt.date | None] = None
    sunset_on: ClassVar[dt.date | None] = None

    http_method_names = ["get", "head", "post", "put", "patch", "delete"]
    authentication_classes = (ApiKeyAuthentication,)
    permission_classes = (HasScope,)
    parser_classes = (StrictJsonParser,)
    renderer_classes: Sequence[type[BaseRenderer]] = (OrjsonRenderer,)
    content_negotiation_class = negotiation.Negotiation
    schema = ApiSchema()

    format_kwarg: str | None = None
    request: Request
    _standing: throttling.Standing | None = None
    _if_match: Condition | None = None
    _if_none_match: Condition | None = None

    @property
    def caller(self) -> ApiPrincipal:
        return principal(self.request)

    @property
    def actor(self) -> Actor:
        return self.caller.actor

    def target(self) -> QuerySet[Any, Any] | None:
        """The object that the path names, as far as this caller sees it; None for a path that names none.

        Asked only when the request is about to be refused for its body, headers or query, so that 404 comes first and
        costs nothing otherwise. The actions and queries behind the view raise NotFound themselves.
        """
        return None

    def body(self) -> dict[str, Any]:
        """The validated body; of a PATCH, only the fields that were sent. Raises ValidationError."""
        method = self.request.method or ""
        return self.bodies.get(method, Nothing).check(self.request.data, partial=method == "PATCH")

    def expected_version(self) -> int | None:
        """What If-Match names, for an action's `expected_version`, which raises StaleVersion (412); None for any.

        Ask after body(): 400 comes before 428. Raises IfMatchMissing; a POST may come without it.
        """
        if self._if_match is not None:
            return self._if_match.expected(self._current_version)
        if self.request.method != "POST":
            raise IfMatchMissing("Send If-Match with the ETag that you last saw, so that nobody's change is lost.")
        return None

    def once_if_keyed(self, work: Callable[[], Reply]) -> HttpResponse:
        """What `work` answers, which calls one action; where a key was sent, a repeat gets the first answer.

        Raises what `idempotent` raises.
        """
        return idempotent(self.request, work) if is_keyed(self.request) else work().response()

    def _current_version(self) -> int | None:
        target = self.target()
        if target is None or self.version_of is None:
            return None
        version: int | None = target.values_list(self.version_of, flat=True).first()
        return version

    def expanded(self) -> frozenset[str]:
        return filters.chosen_expansions(self.request, self.expansions)

    def day_of(self, name: str) -> dt.date | None:
        """What one of `days` says; None when it is absent. Raises MalformedInput for what isn't a day."""
        return filters.day(self.request.query_params.get(name), f"?{name}")

    def versioned(self, data: Any, version: int, *, covered: bool = True) -> HttpResponse:
        """A GET's answer with its ETag; 304 when the caller has this version already.

        Never 304 unless the version covers all of the answer: one that tells of other rows may differ meanwhile.
        """
        if self._if_match is not None and not self._if_match.names(version):
            raise StaleVersion(expected=etags.NO_VERSION, actual=version)
        if covered and self._if_none_match is not None and self._if_none_match.names_weakly(version):
            return HttpResponse(status=304, headers={"ETag": etags.etag(version)})
        return json_response(data, headers={"ETag": etags.etag(version)})

    def cacheable(self, data: Any, *, seconds: int) -> HttpResponse:
        """A GET's answer that its caller may keep and use for so long; then 304 while it is the same."""
        content = render(data)
        headers = {"ETag": etags.content_etag(content), "Cache-Control": f"private, max-age={seconds}"}
        if self._if_none_match is not None and self._if_none_match.names_content(headers["ETag"]):
            return HttpResponse(status=304, headers=headers)
        return HttpResponse(content, headers=headers, content_type=JSON)

    @classmethod
    def query_names(cls) -> frozenset[str]:
        """The query parameters that GET knows here; no other method takes any."""
        return frozenset((*cls.parameters, *cls.days, *(("expand",) if cls.expansions else ())))

    @classmethod
    def repeatable_names(cls) -> frozenset[str]:
        """Those of them that may be given several times."""
        return frozenset()

    def initial(self, request: Request, *_: Any, **__: Any) -> None:
        self.perform_authentication(request)
        self.check_throttles(request)
        self._check_method(request)
        self.check_permissions(request)
        if "\x00" in request.path:
            raise Http404
        require_readable(request)
        if request.META.get("QUERY_STRING"):
            known = self.query_names() if request.method in _SAFE_METHODS else frozenset[str]()
            filters.require_well_formed(request, known, self.repeatable_names())
        self._read_conditions(request)
        if request.method not in self.bodies and has_body(request):
            self.body()
        self.perform_content_negotiation(request)

    def _read_conditions(self, request: Request) -> None:
        """Raises MalformedInput for what cannot be read, and for what would have no effect here."""
        self._if_match = etags.condition(request, "If-Match")
        self._if_none_match = etags.condition(request, "If-None-Match")
        if request.method in _SAFE_METHODS:
            return
        if self._if_match is not None and self.version_of is None:
            raise MalformedInput.at("If-Match", "no_version", "This has no version; send it without If-Match.")
        if self._if_none_match is not None:
            raise MalformedInput.at("If-None-Match", "not_for_writes", "If-None-Match is for reading; send If-Match.")

    def check_throttles(self, request: Request) -> None:
        self._standing = throttling.take(principal(request).client.pk, request.method or "")
        if self._standing is not None:
            throttling.require(self._standing)
        if self.own_limit is not None and request.method == "POST":
            own = throttling.take_from(principal(request).client.pk, self.own_limit)
            if own is not None:
                self._standing = own
                throttling.require(own)

    def _check_method(self, request: Request) -> None:
        method = (request.method or "").lower()
        if method not in self.http_method_names or not hasattr(self, method):
            raise exceptions.MethodNotAllowed(request.method or "")

    def handle_exception(self, exc: Exception) -> HttpResponseBase:  # type: ignore[override]
        if _comes_after_404(exc) and self._has_passed_the_door() and self._lacks_target():
            exc = Http404()
        response = super().handle_exception(exc)
        if response.status_code == 405:
            response.headers["Allow"] = ", ".join(self.allowed_methods)
        return response

    def _lacks_target(self) -> bool:
        target = self.target()
        return target is not None and not target.exists()

    def _has_passed_the_door(self) -> bool:
        return isinstance(getattr(self.request, "_user", None), ApiPrincipal)

    def get_exception_handler(self) -> Any:
        return exception_handler

    @property
    def default_response_headers(self) -> dict[str, str]:
        return {}

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(request, response, *args, **kwargs)
        if self._standing is not None:
            for name, value in self._standing.headers().items():
                response.headers[name] = value
        if self.deprecated_on is not None:
            response.headers["Deprecation"] = f"@{_epoch(self.deprecated_on)}"
        if self.sunset_on is not None:
            response.headers["Sunset"] = http_date(_epoch(self.sunset_on))
        return response


class ListView(ApiView):
    """GET lists rows, a page at a time. Subclasses give rows() and present(), and may add a post()."""

    filterset: ClassVar[type[filters.StrictFilterSet] | None] = None
    orderings: ClassVar[Mapping[str, tuple[str, ...]]] = {"-created_at": ("-created_at", "-id")}
    """What `?ordering=` takes → the columns it stands for (see pagination.Keyset). The first is the default."""

    def rows(self) -> QuerySet[Any, Any]:
        """What this caller may see."""
        raise NotImplementedError

    def present(self, rows: list[Any]) -> list[Any]:
        """The rows of one page as JSON values."""
        raise NotImplementedError

    @classmethod
    def query_names(cls) -> frozenset[str]:
        filter_names = cls.filterset.base_filters if cls.filterset else ()
        return super().query_names() | {*pagination.PARAMETERS, "ordering", *filter_names}

    @classmethod
    def repeatable_names(cls) -> frozenset[str]:
        return cls.filterset.repeatable_names() if cls.filterset else frozenset()

    def get(self, request: Request, **_: UUID | str) -> HttpResponse:
        rows = filters.filtered(request, self.rows(), self.filterset)
        page = pagination.paginate(request, rows, filters.chosen_ordering(request, self.orderings))
        return json_response(page.document(self.present(page.rows)))


class ActionView(ApiView):
    """POST does one thing, once per Idempotency-Key. Subclasses give act(), which calls one action."""

    def act(self, body: dict[str, Any], **path: Any) -> Reply:
        """`path` holds the path's parameters by name. Called again, with a fresh body, if the action starts over."""
        raise NotImplementedError

    def post(self, request: Request, **path: Any) -> HttpResponse:
        body = self.body()
        return idempotent(request, lambda: self.act({**body}, **path))


def _comes_after_404(error: Exception) -> bool:
    """Refusals that this layer makes before any action has looked for the object."""
    if isinstance(error, exceptions.APIException):
        return error.status_code in _AFTER_404
    return isinstance(error, MalformedInput)


def _epoch(day: dt.date) -> int:
    return int(dt.datetime(day.year, day.month, day.day, tzinfo=dt.UTC).timestamp())
