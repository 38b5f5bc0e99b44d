"""Jobs: who started them, how far they have come, what became of each row, and buttons to pause and cancel them."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, StreamingHttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from core.admin.events import SYSTEM
from core.authorities import JOBS_MANAGE
from core.console import Button, ConsoleAdmin, Fact, Panel, Submission, badge, link_to, moment
from core.console.filters import ChoicesDropdownFilter, EnteredFilter, RelatedDropdownFilter
from core.console.navigation import Menu
from core.console.parts import Tone, list_of
from core.console.timeline import register_words
from core.files import StoreUnavailable, object_store
from core.jobs.actions import cancel_job, pause_job, queue_job, resume_job
from core.jobs.kinds import label_of
from core.jobs.rejects import rejects_response
from core.models import Job, JobStatus, RejectedRow
from core.operations import explain, find_operation
from core.transitions import Blocker

REJECTS_SHOWN = 20
TONES: dict[str, Tone] = {
    "waiting": "neutral", "queued": "neutral", "running": "info", "paused": "warn", "finished": "good", "failed": "bad",
    "cancelled": "neutral",
}  # fmt: skip
AGAIN = "Give the command again with the same file: it goes on where it was."


def _pause(pressed: Submission) -> str:
    pause_job(pressed.obj.pk, actor=pressed.actor, expected_version=pressed.expected_version)
    return f"{pressed.obj} is paused; what it has done stays."


def _resume(pressed: Submission) -> str:
    resume_job(pressed.obj.pk, actor=pressed.actor, expected_version=pressed.expected_version)
    return f"{pressed.obj} goes on where it was."


def _cancel(pressed: Submission) -> str:
    cancel_job(pressed.obj.pk, actor=pressed.actor, expected_version=pressed.expected_version)
    return f"{pressed.obj} is cancelled; what it has done stays."


def _size_now(pressed: Submission) -> dict[str, int]:
    """Raises StoreUnavailable."""
    size = object_store().size(pressed.obj.file_key)
    if size is None:
        raise StoreUnavailable("The store has no such file any more.", unblock="Upload it as a new one.")
    return {"size": size}


def _queue_again(pressed: Submission) -> str:
    size = pressed.data["size"]
    queue_job(pressed.obj.pk, total=size, actor=pressed.actor, expected_version=pressed.expected_version)
    return f"{pressed.obj} is queued again."


def _blocked(transition: str, *, here: bool = True) -> Callable[[Job], Blocker | None]:
    """Why it isn't possible now. `here`: whether it is of use for a job whose file lies where a command was given."""

    def blocked(job: Job) -> Blocker | None:
        if job.is_by_command and not here:
            return Blocker("Its file lies where its command was given.", AGAIN)
        return explain(job, find_operation(Job, transition))

    return blocked


PAUSE = Button("pause", "Pause", _pause, JOBS_MANAGE, blocked=_blocked("pause"))
RESUME = Button("resume", "Resume", _resume, JOBS_MANAGE, look="primary", blocked=_blocked("resume", here=False))
CANCEL = Button("cancel", "Cancel", _cancel, JOBS_MANAGE, confirm=True, look="danger", blocked=_blocked("cancel"),
                help="The rest of it is not done; what was done stays.")  # fmt: skip
QUEUE_AGAIN = Button(
    "queue", "Queue again", _queue_again, JOBS_MANAGE, look="primary", before=_size_now,
    blocked=_blocked("enqueue", here=False),
)  # fmt: skip
_BUTTONS: dict[str, Sequence[Button]] = {
    JobStatus.WAITING: [CANCEL],
    JobStatus.QUEUED: [PAUSE, CANCEL],
    JobStatus.RUNNING: [PAUSE, CANCEL],
    JobStatus.PAUSED: [RESUME, CANCEL],
    JobStatus.FAILED: [QUEUE_AGAIN],
}


@admin.register(Job)
class JobAdmin(ConsoleAdmin):
    menu = Menu(SYSTEM, 89, "hourglass_top")
    list_display: Sequence[str] = (
        "name",
        "what",
        "client",
        "state",
        "done",
        "added",
        "unchanged",
        "rejected",
        "who",
        "entered",
    )
    list_select_related = ("client",)
    list_filter = (("status", ChoicesDropdownFilter), ("client", RelatedDropdownFilter), EnteredFilter)
    ordering = ("-id",)

    class Media:
        js = ["console/jobs.js"]

    @admin.display(description="What")
    def what(self, job: Job) -> str:
        return label_of(job)

    @admin.display(description="Status")
    def state(self, job: Job) -> SafeString:
        return badge(job.get_status_display(), TONES[job.status])

    @admin.display(description="Done")
    def done(self, job: Job) -> SafeString:
        return _progress(job)

    @admin.display(description="Started by")
    def who(self, job: Job) -> str:
        return str(job.actor)

    @admin.display(description="Created")
    def entered(self, job: Job) -> object:
        return moment(job.created_at)

    def page_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().page_queryset(request).select_related("client")

    def get_buttons(self, request: HttpRequest, obj: Job) -> Sequence[Button]:
        return _BUTTONS.get(obj.status, [])

    def badges(self, obj: Job) -> Sequence[object]:
        return [self.state(obj)]

    def facts(self, obj: Job) -> Sequence[Fact]:
        return [
            Fact("What", self.what(obj)),
            *([Fact("Client", link_to("core.client", obj.client_id, obj.client))] if obj.client_id else []),
            Fact("Started by", self.who(obj)),
            Fact("Created", moment(obj.created_at)),
            Fact("Started", moment(obj.started_at)),
            Fact("Ended", moment(obj.finished_at)),
            *([Fact("Failure", obj.failure)] if obj.failure else []),
            *(Fact(name.replace("_", " ").capitalize(), value) for name, value in obj.options.items()),
        ]

    def panels(self, request: HttpRequest, obj: Job) -> Sequence[Panel]:
        counts = [f"{count:,}" for count in (obj.position, obj.total, obj.added, obj.unchanged, obj.rejected)]
        progress = Panel(
            "Progress",
            ["Done", "Position", "Of", "Added", "Unchanged", "Rejected rows"],
            [[_progress(obj), *counts]],
            numeric=range(1, 6),
            anchor="" if obj.has_ended else "job-moving",
            to=self.effects(obj) if obj.added else [],
        )
        return [progress, *([self._rejects_panel(obj)] if obj.rejected else [])]

    def effects(self, obj: Job) -> Sequence[tuple[str, str]]:
        """(label, address) of what it added."""
        return []

    def _rejects_panel(self, job: Job) -> Panel:
        shown = RejectedRow.objects.filter(job_id=job.pk).order_by("line")[:REJECTS_SHOWN]
        return Panel(
            "Rejected rows",
            ["Line", "Reason", "Row"],
            [[f"{rejected.line:,}", rejected.reason, rejected.row] for rejected in shown],
            numeric=[0],
            to=[
                ("All of them", list_of("core.rejectedrow", job__id__exact=job.pk)),
                ("Download", reverse(f"admin:{self._rejects_name}", args=[job.pk])),
            ],
        )

    @property
    def _rejects_name(self) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}_rejects"

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.rejects_view)
        return [path("<uuid:job_id>/rejects.csv", view, name=self._rejects_name), *super().get_urls()]

    def rejects_view(self, request: HttpRequest, job_id: uuid.UUID) -> StreamingHttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        job = self.get_queryset(request).filter(pk=job_id).first()
        if job is None:
            raise Http404
        return rejects_response(job)


@admin.register(RejectedRow)
class RejectedRowAdmin(ConsoleAdmin):
    menu = Menu(SYSTEM, 89, "playlist_remove")
    list_display = ("reason", "line", "row", "of")
    list_select_related = ("job",)
    linked_lookups = ("job__id__exact",)
    ordering = ("job_id", "line")

    def page_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().page_queryset(request).select_related("job")

    @admin.display(description="Job")
    def of(self, rejected: RejectedRow) -> object:
        return link_to("core.job", rejected.job_id, rejected.job)

    def facts(self, obj: RejectedRow) -> Sequence[Fact]:
        return [
            Fact("Job", self.of(obj)),
            Fact("Line", f"{obj.line:,}"),
            Fact("Row", obj.row),
            Fact("Reason", obj.reason),
            Fact("Code", obj.code),
        ]


def _progress(job: Job) -> SafeString:
    percent = int(job.progress * 100)
    return format_html(
        '<progress class="qm-progress" max="100" value="{0}" aria-label="Done">{0} %</progress> {0} %', percent
    )


register_words(
    {
        "job.opened": lambda _: "Opened",
        "job.queued": lambda _: "Queued",
        "job.started": lambda _: "Started",
        "job.paused": lambda _: "Paused",
        "job.resumed": lambda _: "Resumed",
        "job.cancelled": lambda _: "Cancelled",
        "job.finished": lambda data: (
            f"Finished: {data['added']:,} added, {data['unchanged']:,} unchanged, {data['rejected']:,} rejected rows"
        ),
        "job.failed": lambda data: f"Failed: {data['failure']}",
    }
)
