"""What a caller may do: every view declares one scope per HTTP method, and the key must hold it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from core.api.authentication import principal
from core.api.problems import ApiProblem

if TYPE_CHECKING:
    from rest_framework.views import APIView


class ScopeMissing(ApiProblem):
    status_code = 403
    default_code = "scope_missing"


class HasScope(BasePermission):
    """Compares the key's scopes with `view.scopes[method]`. A method that declares none is refused to everyone."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        scope = declared_scope(view, request.method or "")
        if scope is None:
            return False
        require_scope(request, scope)
        return True


def require_scope(request: Request, scope: str) -> None:
    """Raises ScopeMissing unless the caller's key holds `scope`: for what only some bodies need."""
    if scope not in principal(request).scopes:
        raise ScopeMissing(f"This needs a key with the scope {scope}.", missing_scope=scope)


def declared_scope(view: APIView | type[APIView], method: str) -> str | None:
    """The scope that `method` needs; HEAD needs GET's."""
    scopes: Mapping[str, str] = getattr(view, "scopes", {})
    return scopes.get("GET" if method == "HEAD" else method)
