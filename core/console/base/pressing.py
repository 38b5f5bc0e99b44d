"""The buttons of a model and of one row: each has an address of its own, asks what it needs, and calls one action."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect, QueryDict
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from core.actors import Actor
from core.console.again import keeps_what_was_typed
from core.console.base.objects import ObjectAdmin
from core.console.buttons import PREVIEW, Button, Preview, ShownButton, Submission
from core.console.forms import ActionForm
from core.console.parts import Panel
from core.console.seen import Difference, Seen, brought_up_to_date, differences, seen_in, sent_along
from core.console.submissions import FORM, TOKEN, Done, First, first_sending, is_good, new_token, perform
from core.errors import DomainError, Stale
from core.models import Versioned
from core.transactions import starting_over

UNKNOWN_FORM = (
    "Nothing was done: this page is too old, so it can't be told whether it was sent before. "
    "Look whether it was, and send it again if not."
)
SENT_OTHERWISE = (
    "Nothing was done now: this form was sent before and acted then: {} "
    "You have changed it since. Send it again to do this as well."
)
STALE = "Nothing was done: {} was changed after you opened this page. Look at it, and send it again if it still stands."


@dataclass(frozen=True)
class Opened:
    """A button's form before anybody typed, and what it shows of the object as it is now."""

    button: Button
    obj: Any
    form: ActionForm
    now: Seen


@dataclass(frozen=True)
class Note:
    """Why a form is shown again, and what changed meanwhile."""

    text: str
    status: int
    differences: Sequence[Difference] = ()


class ButtonAdmin(ObjectAdmin):
    """`buttons` act on one row, `list_buttons` on the list."""

    buttons: Sequence[Button] = ()
    list_buttons: Sequence[Button] = ()

    def get_buttons(self, request: HttpRequest, obj: Any) -> Sequence[Button]:
        return self.buttons

    def get_urls(self) -> list[URLPattern]:
        name = f"{self.opts.app_label}_{self.opts.model_name}"
        on_list = keeps_what_was_typed(self.admin_site, self.list_button_view)
        on_row = keeps_what_was_typed(self.admin_site, self.button_view)
        return [
            path("do/<slug:button>/", on_list, name=f"{name}_do"),
            path("<path:object_id>/do/<slug:button>/", on_row, name=f"{name}_press"),
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

    def list_button_view(self, request: HttpRequest, button: str, *, again: str = "") -> HttpResponse:
        """`again` says why what was sent is only shown, as the person typed it."""
        return self._button(request, None, self.list_buttons, button, again)

    def button_view(self, request: HttpRequest, object_id: str, button: str, *, again: str = "") -> HttpResponse:
        """As list_button_view, of the button of a row."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        obj = self._find(request, object_id)
        if obj is None:
            raise Http404
        return self._button(request, obj, self.get_buttons(request, obj), button, again)

    def _button(self, request: HttpRequest, obj: Any, buttons: Sequence[Button], name: str, again: str) -> HttpResponse:
        first = first_sending(request)
        if first is not None and first.same and request.method == "POST":
            return self._told_again(request, first)
        button = next((button for button in buttons if button.name == name), None)
        if button is None:
            raise Http404
        if not button.may_be_pressed_by(request.user):
            raise PermissionDenied
        opened = self._open(request, obj, button)
        if request.method != "POST":
            return self._ask(request, self._proposed(request, opened), first=first)
        if again:
            return self._ask_again(request, opened, Note(again, 403))
        if first is not None:
            return self._ask_anew(request, opened, Note(SENT_OTHERWISE.format(first.said), 409))
        return self._send(request, opened)

    def _open(self, request: HttpRequest, obj: Any, button: Button) -> Opened:
        form_class = button.form or ActionForm
        form = form_class(subject=obj, person=request.user, stored=button.initial(obj))
        return Opened(button, obj, form, {} if obj is None else seen_in(form, button.watched(obj)))

    def _proposed(self, request: HttpRequest, opened: Opened) -> Opened:
        """With what the address fills in: pages link to a form with `?symbol=JPM`."""
        proposed = {name: value for name, value in request.GET.items() if name in opened.form.fields}
        form_class, stored = type(opened.form), opened.form.stored
        form = form_class(subject=opened.obj, person=request.user, stored=stored, initial=proposed)
        return replace(opened, form=form)

    def _filled(self, request: HttpRequest, opened: Opened, data: QueryDict) -> ActionForm:
        form_class, stored = type(opened.form), opened.form.stored
        return form_class(data, request.FILES, subject=opened.obj, person=request.user, stored=stored)

    def _send(self, request: HttpRequest, opened: Opened) -> HttpResponse:
        if not is_good(request.POST.get(TOKEN, "")):
            return self._ask_anew(request, opened, Note(UNKNOWN_FORM, 400))
        if self._is_stale(request, opened):
            return self._stale(request, opened)
        form = self._filled(request, opened, request.POST)
        if not form.is_valid():
            return self._ask(request, opened, form)
        if PREVIEW in request.POST and opened.button.preview is not None:
            return self._preview(request, opened, form, opened.button.preview)
        return self._press(request, opened, form)

    def _preview(self, request: HttpRequest, opened: Opened, form: ActionForm, preview: Preview) -> HttpResponse:
        """What would come of the form, above it as it was typed. Its token stays good."""
        submission = _submission(request, opened, form)
        try:
            panels = starting_over(lambda: preview(submission))
        except DomainError as error:
            return self._refused(request, opened, form, error)
        return self._ask(request, opened, form, panels=panels)

    def _is_stale(self, request: HttpRequest, opened: Opened) -> bool:
        """Whether the person may have decided by what is so no more."""
        seen = sent_along(request.POST)
        if isinstance(opened.obj, Versioned) and not opened.button.any_version:
            return request.POST.get("version", "") != str(opened.obj.version)
        return bool(opened.now) and opened.now != seen

    def _press(self, request: HttpRequest, opened: Opened, form: ActionForm) -> HttpResponse:
        submission = _submission(request, opened, form)
        try:
            submission = replace(submission, data={**submission.data, **opened.button.before(submission)})
            outcome = perform(request, lambda: self._act(opened.button, submission))
        except Stale:
            obj = self._find(request, str(opened.obj.pk))
            return self._stale(request, self._open(request, obj, opened.button))
        except DomainError as error:
            return self._refused(request, opened, form, error)
        if isinstance(outcome, First):
            return self._told_again(request, outcome)
        if outcome.page is not None:
            return outcome.page
        messages.success(request, outcome.said)
        return HttpResponseRedirect(outcome.address)

    def _act(self, button: Button, submission: Submission) -> Done:
        acted = button.act(submission)
        done = acted if isinstance(acted, Done) else Done(acted)
        return replace(done, address=done.address or self._back(submission.obj).url)

    def _told_again(self, request: HttpRequest, first: First) -> HttpResponse:
        messages.warning(request, f"This form was sent before; it acted once: {first.said}")
        return HttpResponseRedirect(first.address)

    def _refused(self, request: HttpRequest, opened: Opened, form: ActionForm, error: DomainError) -> HttpResponse:
        if opened.button.asks:
            form.refuse(error)
            return self._ask(request, opened, form)
        messages.error(request, " ".join(filter(None, [error.detail, error.unblock])))
        return self._back(opened.obj)

    # A form again

    def _stale(self, request: HttpRequest, opened: Opened) -> HttpResponse:
        """What was typed, brought up to date, with what changed; where nothing was typed, the object as it is now."""
        note = STALE.format(f"{self.opts.verbose_name} {opened.obj}")
        if opened.button.asks:
            return self._ask_again(request, opened, Note(note, 409))
        messages.warning(request, note)
        return self._back(opened.obj)

    def _ask_anew(self, request: HttpRequest, opened: Opened, note: Note) -> HttpResponse:
        """As _ask_again, to be sent as another form than the one before."""
        return self._ask_again(request, opened, note, token=new_token())

    def _ask_again(self, request: HttpRequest, opened: Opened, note: Note, token: str = "") -> HttpResponse:
        typed = self._filled(request, opened, request.POST)
        seen = sent_along(request.POST) or {}
        form = self._filled(request, opened, brought_up_to_date(typed, opened.form, seen, opened.now))
        if request.FILES:
            form.add_error(None, "Choose the file again: browsers don't keep it.")
        note = replace(note, differences=differences(form, seen, opened.now))
        return self._ask(request, opened, form, note, token=token)

    def _ask(
        self,
        request: HttpRequest,
        opened: Opened,
        form: ActionForm | None = None,
        note: Note | None = None,
        *,
        first: First | None = None,
        token: str = "",
        panels: Sequence[Panel] = (),
    ) -> HttpResponse:
        """The form to fill in; `form` as it was sent, `first` what it did when it was sent before, `panels` what would
        come of it."""
        button, obj = opened.button, opened.obj
        given = request.POST.get(TOKEN, "") if form is not None else request.GET.get(FORM, "")
        token = token or (given if is_good(given) else new_token())
        address = self._button_address(obj, button)
        context = {
            **self._frame(request, obj),
            "title": button.label,
            "button": button,
            "form": form or opened.form,
            "address": address,
            "own_address": f"{address}?{_with(request.GET, token)}",
            "back": self._back(obj).url,
            "subject": obj,
            "version": getattr(obj, "version", ""),
            "seen": json.dumps(opened.now),
            "watched": button.watched(obj),
            "token": token,
            "note": note,
            "first": first,
            "panels": panels,
            "blocker": button.blocked(obj) if form is None or note is not None else None,
        }
        status = note.status if note is not None else 400 if form is not None and form.has_mistakes else 200
        return TemplateResponse(request, "admin/console/form.html", context, status=status)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponseBase:
        shown = self.shown_buttons(request, None, self.list_buttons)
        response: HttpResponseBase = super().changelist_view(request, {**(extra_context or {}), "list_buttons": shown})
        return response


def _submission(request: HttpRequest, opened: Opened, form: ActionForm) -> Submission:
    actor = Actor.staff(request.user)  # type: ignore[arg-type]
    return Submission(request, actor, opened.obj, form.cleaned_data, _expected(opened), opened.now)


def _expected(opened: Opened) -> int | None:
    """The version that the action must find: none where the form shows nothing of the object that could change."""
    if not isinstance(opened.obj, Versioned) or (opened.button.any_version and not opened.now):
        return None
    return opened.obj.version


def _with(query: Mapping[str, str], token: str) -> str:
    kept = QueryDict(mutable=True)
    kept.update({**{name: value for name, value in query.items() if name != FORM}, FORM: token})
    return kept.urlencode()
