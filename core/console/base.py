"""The base of every model's place in the console: a list, a page, and buttons that call actions."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any, NoReturn

from django.contrib import messages
from django.contrib.admin.utils import get_fields_from_path, unquote
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Model, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from unfold.admin import ModelAdmin

from core.actors import Actor
from core.console.buttons import Button, ShownButton, Submission
from core.console.changelist import LookAheadMixin
from core.console.forms import ActionForm
from core.console.panels import contributed_panels
from core.console.parts import Fact, Panel
from core.console.submissions import new_token, once
from core.console.timeline import timeline_panel
from core.errors import DomainError, StaleVersion
from core.models import Versioned

FOUND_AT_MOST = 500
"""Rows of another table that a search goes by."""
SHORTEST_TEXT = 3
"""Letters below which a trigram index cannot help, so that a search looks for exact values only."""


class ConsoleAdmin(LookAheadMixin, ModelAdmin):  # type: ignore[misc]
    """Subclasses declare lists and pages; writing happens in actions alone, each behind a Button.

    `search_exact` are lookups with a btree index, `search_text` those with a trigram index on their upper case;
    `linked_lookups` are filters that other pages link to; `list_defer` are columns that a list doesn't show;
    `timeline` is whether a versioned object's page ends with its own events.
    """

    buttons: Sequence[Button] = ()
    list_buttons: Sequence[Button] = ()
    search_exact: Sequence[str] = ()
    search_text: Sequence[str] = ()
    linked_lookups: Sequence[str] = ()
    list_defer: Sequence[str] = ()
    timeline = True
    object_template = "admin/console/object.html"
    change_list_template = "admin/console/change_list.html"
    sortable_by: Sequence[str] = ()
    actions: Any = None
    list_filter_sheet = True
    list_filter_submit = True

    # What a page shows

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

    def get_buttons(self, request: HttpRequest, obj: Any) -> Sequence[Button]:
        return self.buttons

    def page_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Where the page's object comes from, with what the page needs of other tables."""
        queryset: QuerySet[Any] = self.get_queryset(request)
        return queryset

    # Who may

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

    # Lists

    def get_search_fields(self, request: HttpRequest) -> Sequence[str]:
        return [*self.search_exact, *self.search_text]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        term = search_term.strip()
        return (self.search(queryset, term), False) if term else (queryset, False)

    def search(self, queryset: QuerySet[Any], term: str) -> QuerySet[Any]:
        """Rows whose indexed values are `term`, or contain it."""
        wanted = Q(pk__in=[])
        for lookup in ("pk", *self.search_exact):
            value = _as_value_of(queryset.model, lookup, term)
            if value is not None:
                wanted |= _where(queryset.model, lookup, value)
        if len(term) >= SHORTEST_TEXT:
            for lookup in self.search_text:
                wanted |= _where(queryset.model, f"{lookup}__icontains", term)
        return queryset.filter(wanted)

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """Only declared filters: any other column may have no index."""
        declared = {
            getattr(item, "parameter_name", None) or str(item[0] if isinstance(item, tuple) else item)
            for item in self.list_filter
        }
        return lookup in self.linked_lookups or any(
            lookup == name or lookup.startswith((f"{name}__", f"{name}_")) for name in declared
        )

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponseBase:
        shown = self.shown_buttons(request, None, self.list_buttons)
        response: HttpResponseBase = super().changelist_view(request, {**(extra_context or {}), "list_buttons": shown})
        return response

    # Pages

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

    def _frame(self, request: HttpRequest, obj: Any) -> dict[str, Any]:
        request.current_app = self.admin_site.name
        return {**self.admin_site.each_context(request), "opts": self.opts, "original": obj, "media": self.media}

    def _find(self, request: HttpRequest, object_id: str) -> Any:
        try:
            return self.page_queryset(request).get(pk=unquote(object_id))
        except (self.model.DoesNotExist, ValidationError, ValueError):
            return None

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return HttpResponseRedirect(self._page(object_id) + "#timeline")

    def _page(self, object_id: object) -> str:
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=[object_id])

    # Buttons

    def get_urls(self) -> list[URLPattern]:
        name = f"{self.opts.app_label}_{self.opts.model_name}"
        view = self.admin_site.admin_view
        return [
            path("do/<slug:button>/", view(self.list_button_view), name=f"{name}_do"),
            path("<path:object_id>/do/<slug:button>/", view(self.button_view), name=f"{name}_press"),
            *super().get_urls(),
        ]

    def shown_buttons(self, request: HttpRequest, obj: Any, buttons: Sequence[Button]) -> list[ShownButton]:
        return [
            ShownButton(button, self._button_address(obj, button), button.blocked(obj))
            for button in buttons
            if button.authority.held_by(request.user)
        ]

    def _button_address(self, obj: Any, button: Button) -> str:
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}"
        if obj is None:
            return reverse(f"{name}_do", args=[button.name])
        return reverse(f"{name}_press", args=[obj.pk, button.name])

    def list_button_view(self, request: HttpRequest, button: str) -> HttpResponse:
        return self._button(request, None, self.list_buttons, button)

    def button_view(self, request: HttpRequest, object_id: str, button: str) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        obj = self._find(request, object_id)
        if obj is None:
            raise Http404
        return self._button(request, obj, self.get_buttons(request, obj), button)

    def _button(self, request: HttpRequest, obj: Any, buttons: Sequence[Button], name: str) -> HttpResponse:
        button = next((button for button in buttons if button.name == name), None)
        if button is None:
            raise Http404
        if not button.authority.held_by(request.user):
            raise PermissionDenied
        bound = request.method == "POST"
        form_class = button.form or ActionForm
        initial = None if bound else {**button.initial(obj), **_proposed(request, form_class)}
        sent = (request.POST, request.FILES) if bound else (None, None)
        form = form_class(*sent, subject=obj, person=request.user, initial=initial)
        if not bound or not form.is_valid():
            return self._ask(request, obj, button, form)
        return self._press(request, obj, button, form)

    def _press(self, request: HttpRequest, obj: Any, button: Button, form: ActionForm) -> HttpResponse:
        try:
            outcome = self._act(request, obj, button, form)
        except StaleVersion:
            messages.warning(
                request,
                f"Nothing was done: {self.opts.verbose_name} {obj} was changed after you opened this page, "
                "perhaps by your own first click. Here is how it stands now.",
            )
            return self._back(obj)
        except DomainError as error:
            return self._refused(request, obj, button, form, error)
        if isinstance(outcome, HttpResponse):
            return outcome
        messages.success(request, outcome)
        return self._back(obj)

    def _act(self, request: HttpRequest, obj: Any, button: Button, form: ActionForm) -> str | HttpResponse:
        seen = None if button.any_version else _seen(request, obj)
        submission = Submission(request, Actor.staff(request.user), obj, form.cleaned_data, seen)  # type: ignore[arg-type]
        if isinstance(obj, Versioned) and not button.once:
            return button.act(submission)
        with once(request.POST.get("token", "")):
            return button.act(submission)

    def _refused(
        self, request: HttpRequest, obj: Any, button: Button, form: ActionForm, error: DomainError
    ) -> HttpResponse:
        if button.asks:
            form.refuse(error)
            return self._ask(request, obj, button, form)
        messages.error(request, " ".join(filter(None, [error.detail, error.unblock])))
        return self._back(obj)

    def _ask(self, request: HttpRequest, obj: Any, button: Button, form: ActionForm) -> HttpResponse:
        context = {
            **self._frame(request, obj),
            "title": button.label,
            "button": button,
            "form": form,
            "address": self._button_address(obj, button),
            "back": self._back(obj).url,
            "subject": obj,
            "version": request.POST.get("version") or getattr(obj, "version", ""),
            "token": request.POST.get("token") or new_token(),
            "blocker": button.blocked(obj) if not form.is_bound else None,
        }
        return TemplateResponse(request, "admin/console/form.html", context, status=400 if form.errors else 200)

    def _back(self, obj: Model | None) -> HttpResponseRedirect:
        if obj is None:
            return HttpResponseRedirect(reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist"))
        return HttpResponseRedirect(self._page(obj.pk))


def _seen(request: HttpRequest, obj: Any) -> int | None:
    """The version that the person's page showed. Raises StaleVersion when it isn't the object's, or was not sent."""
    if not isinstance(obj, Versioned):
        return None
    sent = request.POST.get("version", "")
    seen = int(sent) if sent.isdecimal() and len(sent) < 10 else -1
    if seen != obj.version:
        raise StaleVersion(expected=seen, actual=obj.version)
    return seen


def _proposed(request: HttpRequest, form_class: type[ActionForm]) -> dict[str, Any]:
    """What the address fills in: pages link to a form with `?symbol=JPM`."""
    return {name: value for name, value in request.GET.items() if name in form_class.base_fields}


def _as_value_of(model: type[Model], lookup: str, term: str) -> Any:
    """`term` as a value of the looked-up field, or None when it cannot be one."""
    field = model._meta.pk if lookup == "pk" else get_fields_from_path(model, lookup)[-1]
    try:
        return field.clean(term, None) if field is not None else None
    except ValidationError:
        return None


def _where(model: type[Model], lookup: str, value: Any) -> Q:
    """A condition that an index of the model's own table serves: rows of other tables are looked up first."""
    name, _, rest = lookup.partition("__")
    field = model._meta.pk if name == "pk" else model._meta.get_field(name)
    if not rest or field is None or not isinstance(field.related_model, type):
        return Q(**{lookup: value})
    rows = field.related_model._base_manager  # noqa: SLF001 - the name that Django documents
    related = rows.filter(_where(field.related_model, rest, value))
    return Q(**{f"{name}__in": list(related.values_list("pk", flat=True)[:FOUND_AT_MOST])})
