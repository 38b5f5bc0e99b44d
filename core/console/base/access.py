"""Who may see a model in the console. Nobody changes it there but by buttons, which call actions."""

from __future__ import annotations

from typing import Any, NoReturn

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from core.console.changelist import LookAheadMixin


class ReadOnlyAdmin(LookAheadMixin, ModelAdmin):  # type: ignore[misc]
    """Django's own forms and deletion are closed; reading needs the permission to view the model."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm(f"{self.opts.app_label}.view_{self.opts.model_name}")

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> NoReturn:
        raise PermissionDenied("the console writes through actions only")

    def delete_model(self, request: HttpRequest, obj: Any) -> NoReturn:
        raise PermissionDenied("the console writes through actions only")
