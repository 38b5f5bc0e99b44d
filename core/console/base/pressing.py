"""The buttons of a model and of one row: each has an address of its own, asks what it needs, and calls one action."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from core.actors import Actor
from core.console.base.objects import ObjectAdmin
from core.console.buttons import Button, ShownButton, Submission
from core.console.forms import ActionForm
from core.console.submissions import new_token, once
from core.errors import DomainError, StaleVersion
from core.models import Versioned


class ButtonAdmin(ObjectAdmin):
    """`buttons` act on one row, `list_buttons` on the list."""

    buttons: Sequence[Button] = ()
    list_buttons: Sequence[Button] = ()

    def get_buttons(self, request: HttpRequest, obj: Any) -> Sequence[Button]:
        return self.buttons

    def get_urls(self) -> list[URLPattern]:
        name = f"{self.opts.app_label}_{self.opts.model_name}"
        view = self.admin_site.admin_view
        return [
            path("do/<slug:button>/", view(self.list_button_view), name=f"{name}_do"),
            path("<path:object_id>/do/<slug:button>/", view(self.button_view), name=f"{name}_press"),
            *super().get_urls(),
        ]

    def shown_buttons(self, request: HttpRequest, obj: Any, buttons: Sequence[Button]) -> list[ShownButton]:
        """Those that the person may press: in each group those that are possible now come first."""
        shown = [
            ShownButton(button, self._button_address(obj, button), button.blocked(obj))
            for button in buttons
            if button.may_be_pressed_by(request.user)
        ]
        groups = list(dict.fromkeys(each.button.group for each in shown))
        return sorted(shown, key=lambda each: (groups.index(each.button.group), each.blocker is not None))

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
        if not button.may_be_pressed_by(request.user):
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

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponseBase:
        shown = self.shown_buttons(request, None, self.list_buttons)
        response: HttpResponseBase = super().changelist_view(request, {**(extra_context or {}), "list_buttons": shown})
        return response


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
