"""Files of orders: what became of each row, how far a load has come, and the page that takes an upload."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.template.defaultfilters import filesizeformat
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from core.console import ActionForm, Button, ConsoleAdmin, Fact, Panel, Submission, badge, link_to, moment
from core.console.filters import ChoicesDropdownFilter, EnteredFilter, RelatedDropdownFilter
from core.console.navigation import Menu
from core.console.parts import NOTHING, Tone, list_of, page_of
from core.console.timeline import register_words
from core.models import Client
from core.operations import explain, find_operation
from core.transitions import Blocker
from trading import actions
from trading.admin.parts import TRADING
from trading.authorities import LOAD_FILES
from trading.loading.rejects import rejects_csv
from trading.models import Load, RejectedRow
from trading.querysets import BY_COMMAND
from trading.statuses import LoadStatus
from trading.stores import StoreUnavailable, object_store

REJECTS_SHOWN = 20
TONES: dict[str, Tone] = {
    "waiting": "neutral", "queued": "neutral", "running": "info", "finished": "good", "failed": "bad",
}  # fmt: skip
_MOVING = frozenset({LoadStatus.WAITING, LoadStatus.QUEUED, LoadStatus.RUNNING})


class UploadForm(ActionForm):
    client = forms.ModelChoiceField(
        queryset=Client.objects.none(), empty_label=None, help_text="Whose orders they are."
    )
    file = forms.FileField(
        label="CSV",
        max_length=200,
        widget=forms.FileInput(attrs={"accept": ".csv,text/csv"}),
        help_text="orderId, symbol, side, amount, price and, if told, source; a line with these names may be first.",
    )

    def prepare(self) -> None:
        clients = Client.objects.filter(active=True).order_by("name")
        self.fields["client"].queryset = clients  # type: ignore[attr-defined]

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > settings.LOAD_MAX_BYTES:
            raise forms.ValidationError(f"A file may have {filesizeformat(settings.LOAD_MAX_BYTES)}; split it.")
        return file


def _upload(pressed: Submission) -> HttpResponse:
    file = pressed.data["file"]
    load = actions.open_load(name=file.name, client_id=pressed.data["client"].pk)
    size = object_store().save(load.object_key, file)
    actions.queue_load(load.pk, size=size, actor=pressed.actor)
    messages.success(pressed.request, f"{load} is uploaded, and read from here on.")
    return HttpResponseRedirect(page_of("trading.load", load.pk))


def _queue_again(pressed: Submission) -> str:
    size = object_store().size(pressed.obj.object_key)
    if size is None:
        raise StoreUnavailable("The store has no file of this load.", unblock="Upload it as a new load.")
    actions.queue_load(pressed.obj.pk, size=size, actor=pressed.actor)
    return f"{pressed.obj} is queued again."


def _cannot_queue(load: Load) -> Blocker | None:
    if load.object_key.startswith(BY_COMMAND):
        return Blocker("Its file was given to a command, not uploaded.", "Run load_book with the same file.")
    return explain(load, find_operation(Load, "enqueue"))


@admin.register(Load)
class LoadAdmin(ConsoleAdmin):
    menu = Menu(TRADING, 65, "upload_file")
    list_display = ("name", "client", "state", "done", "added", "unchanged", "rejected", "entered")
    list_select_related = ("client",)
    list_filter = (("status", ChoicesDropdownFilter), ("client", RelatedDropdownFilter), EnteredFilter)
    ordering = ("-id",)
    list_buttons = (
        Button("upload", "Upload", _upload, LOAD_FILES, form=UploadForm, look="primary", once=True,
               help="Rows that are in the book already stay as they are; a wrong row keeps no other out."),
    )  # fmt: skip
    buttons = (Button("queue", "Queue again", _queue_again, LOAD_FILES, blocked=_cannot_queue),)

    class Media:
        js = ["trading/loads.js"]

    @admin.display(description="Status")
    def state(self, load: Load) -> SafeString:
        return badge(load.get_status_display(), TONES[load.status])

    @admin.display(description="Read")
    def done(self, load: Load) -> SafeString:
        return _progress(load)

    @admin.display(description="Created")
    def entered(self, load: Load) -> object:
        return moment(load.created_at)

    def page_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().page_queryset(request).select_related("client")

    def get_buttons(self, request: HttpRequest, obj: Load) -> Sequence[Button]:
        return self.buttons if obj.status == LoadStatus.FAILED else []

    def badges(self, obj: Load) -> Sequence[object]:
        return [self.state(obj)]

    def facts(self, obj: Load) -> Sequence[Fact]:
        return [
            Fact("Client", link_to("core.client", obj.client_id, obj.client)),
            Fact("Size", filesizeformat(obj.size) if obj.size else NOTHING),
            Fact("Created", moment(obj.created_at)),
            Fact("Started", moment(obj.started_at)),
            Fact("Ended", moment(obj.finished_at)),
            *([Fact("Failure", obj.failure)] if obj.failure else []),
        ]

    def panels(self, request: HttpRequest, obj: Load) -> Sequence[Panel]:
        counts = [f"{count:,}" for count in (obj.lines_read, obj.added, obj.unchanged, obj.rejected)]
        rows = Panel(
            "Rows",
            ["Read", "Lines", "Added", "Unchanged", "Rejected"],
            [[_progress(obj), *counts]],
            numeric=range(1, 5),
            anchor="rows-moving" if obj.status in _MOVING else "",
            to=[("Orders of this load", list_of("trading.bookorder", load__id__exact=obj.pk))] if obj.added else [],
        )
        return [rows, *([_rejects_panel(obj)] if obj.rejected else [])]

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.rejects_view)
        return [path("<uuid:load_id>/rejects.csv", view, name="trading_load_rejects"), *super().get_urls()]

    def rejects_view(self, request: HttpRequest, load_id: uuid.UUID) -> StreamingHttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        load = Load.objects.filter(pk=load_id).first()
        if load is None:
            raise Http404
        disposition = f'attachment; filename="{load.pk}.rejects.csv"'
        return StreamingHttpResponse(
            rejects_csv(load), content_type="text/csv; charset=utf-8", headers={"Content-Disposition": disposition}
        )


@admin.register(RejectedRow)
class RejectedRowAdmin(ConsoleAdmin):
    menu = Menu(TRADING, 66, "playlist_remove")
    list_display = ("reason", "line", "row", "of")
    list_select_related = ("load",)
    linked_lookups = ("load__id__exact",)
    ordering = ("load_id", "line")

    def page_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().page_queryset(request).select_related("load")

    @admin.display(description="Load")
    def of(self, rejected: RejectedRow) -> object:
        return link_to("trading.load", rejected.load_id, rejected.load)

    def facts(self, obj: RejectedRow) -> Sequence[Fact]:
        return [
            Fact("Load", self.of(obj)),
            Fact("Line", f"{obj.line:,}"),
            Fact("Row", obj.row),
            Fact("Reason", obj.reason),
            Fact("Code", obj.code),
        ]


def _rejects_panel(load: Load) -> Panel:
    shown = RejectedRow.objects.filter(load=load).order_by("line")[:REJECTS_SHOWN]
    return Panel(
        "Rejected rows",
        ["Line", "Reason", "Row"],
        [[f"{rejected.line:,}", rejected.reason, rejected.row] for rejected in shown],
        numeric=[0],
        to=[
            ("All of them", list_of("trading.rejectedrow", load__id__exact=load.pk)),
            ("Download", reverse("admin:trading_load_rejects", args=[load.pk])),
        ],
    )


def _progress(load: Load) -> SafeString:
    percent = int(load.progress * 100)
    return format_html(
        '<progress class="qm-progress" max="100" value="{0}" aria-label="Read">{0} %</progress> {0} %', percent
    )


register_words(
    {
        "load.queued": lambda data: f"Queued: {filesizeformat(data['size'])}",
        "load.finished": lambda data: (
            f"Finished: {data['added']:,} added, {data['unchanged']:,} unchanged, {data['rejected']:,} rejected"
        ),
        "load.failed": lambda data: f"Failed: {data['failure']}",
    }
)
