"""The base of every model's place in the console: a list, a page, and buttons that call actions."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse

from core.console.base.pressing import ButtonAdmin
from core.console.panels import contributed_panels
from core.console.submissions import new_token
from core.console.timeline import timeline_panel
from core.models import Versioned


class ConsoleAdmin(ButtonAdmin):
    """Subclasses declare lists, pages and buttons. With `timeline` a versioned object's page ends with its events."""

    timeline = True
    object_template = "admin/console/object.html"

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if request.method not in {"GET", "HEAD"} or not self.has_view_permission(request):
            raise PermissionDenied
        obj = self._find(request, object_id)
        if obj is None:
            missing: HttpResponse = self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
            return missing
        return TemplateResponse(request, self.object_template, self.page_context(request, obj))

    def page_context(self, request: HttpRequest, obj: Any) -> dict[str, Any]:
        panels = [*self.panels(request, obj), *contributed_panels(self.opts.label_lower, request, obj)]
        if self.timeline and isinstance(obj, Versioned):
            panels.append(timeline_panel(request, obj, self.said_of(obj)))
        shown = self.shown_buttons(request, obj, self.get_buttons(request, obj))
        return {
            **self._frame(request, obj),
            "title": str(obj),
            "headline": self.headline(obj),
            "badges": self.badges(obj),
            "facts": self.facts(obj),
            "panels": [panel for panel in panels if not panel.aside],
            "aside": [panel for panel in panels if panel.aside],
            "button_groups": [(group, list(rest)) for group, rest in groupby(shown, key=lambda s: s.button.group)],
            "token": new_token(),
        }

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return HttpResponseRedirect(self._page(object_id) + "#timeline")
