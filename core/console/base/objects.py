"""One row of a model: where it comes from, what its page says of it, and the frame of every page about it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib.admin.utils import unquote
from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponseRedirect
from django.urls import reverse

from core.console.base.lists import ListAdmin
from core.console.parts import Fact, Panel


class ObjectAdmin(ListAdmin):
    """What subclasses tell of an object; the defaults tell nothing."""

    def headline(self, obj: Any) -> str:
        return str(obj)

    def badges(self, obj: Any) -> Sequence[object]:
        return ()

    def facts(self, obj: Any) -> Sequence[Fact]:
        return ()

    def panels(self, request: HttpRequest, obj: Any) -> Sequence[Panel]:
        return ()

    def said_of(self, obj: Any) -> dict[str, Any]:
        """What the words of its timeline need to know beside an event's own data, such as the currency."""
        return {}

    def page_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Where the page's object comes from, with what the page needs of other tables."""
        queryset: QuerySet[Any] = self.get_queryset(request)
        return queryset

    def _frame(self, request: HttpRequest, obj: Any) -> dict[str, Any]:
        request.current_app = self.admin_site.name
        return {**self.admin_site.each_context(request), "opts": self.opts, "original": obj, "media": self.media}

    def _find(self, request: HttpRequest, object_id: str) -> Any:
        try:
            return self.page_queryset(request).get(pk=unquote(object_id))
        except (self.model.DoesNotExist, ValidationError, ValueError):
            return None

    def _page(self, object_id: object) -> str:
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=[object_id])

    def _back(self, obj: Model | None) -> HttpResponseRedirect:
        if obj is None:
            return HttpResponseRedirect(reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist"))
        return HttpResponseRedirect(self._page(obj.pk))
