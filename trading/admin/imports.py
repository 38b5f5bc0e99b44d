"""Imports of books: the jobs that bring files of orders in, and the page that takes an upload."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.template.defaultfilters import filesizeformat

from core.admin.jobs import JobAdmin
from core.console import ActionForm, Button, Done, Submission
from core.console.navigation import Menu
from core.console.parts import list_of, page_of
from core.files import object_store
from core.files.tables import UnfitFile
from core.ids import new_id
from core.jobs.actions import file_key_of
from core.models import Client, Job
from trading import actions
from trading.admin.parts import TRADING
from trading.authorities import IMPORT_FILES
from trading.imports.reading import LAYOUT
from trading.models import BookImport


class UploadForm(ActionForm):
    client = forms.ModelChoiceField(
        queryset=Client.objects.none(), empty_label=None, help_text="Whose orders they are."
    )
    file = forms.FileField(
        label="CSV",
        max_length=200,
        widget=forms.FileInput(attrs={"accept": ".csv,text/csv"}),
        help_text=f"The first row names the columns, in any order: {LAYOUT}.",
    )

    def prepare(self) -> None:
        clients = Client.objects.filter(active=True).order_by("name")
        self.fields["client"].queryset = clients  # type: ignore[attr-defined]

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > settings.IMPORT_MAX_BYTES:
            raise forms.ValidationError(f"A file may have {filesizeformat(settings.IMPORT_MAX_BYTES)}; split it.")
        try:
            LAYOUT.check(file.open())
        except UnfitFile as refusal:
            raise forms.ValidationError(f"{refusal.detail} {refusal.unblock}") from refusal
        file.seek(0)
        return file


def _store(pressed: Submission) -> dict[str, Any]:
    """Raises StoreUnavailable. Of what isn't opened afterwards the file stays, and nothing reads it."""
    job_id = new_id()
    return {"job_id": job_id, "total": object_store().save(file_key_of(job_id), pressed.data["file"])}


def _upload(pressed: Submission) -> Done:
    data = pressed.data
    job = actions.queue_import(
        name=data["file"].name,
        client_id=data["client"].pk,
        import_id=data["job_id"],
        total=data["total"],
        actor=pressed.actor,
    )
    return Done(f"{job} is uploaded, and read from here on.", page_of("trading.bookimport", job.pk))


@admin.register(BookImport)
class BookImportAdmin(JobAdmin):
    menu = Menu(TRADING, 65, "upload_file")
    list_display = ("name", "client", "state", "done", "added", "unchanged", "rejected", "who", "entered")
    list_buttons = (
        Button("upload", "Upload", _upload, IMPORT_FILES, form=UploadForm, look="primary", before=_store,
               help="Rows that are in the book already stay as they are; a wrong row keeps no other out."),
    )  # fmt: skip

    def effects(self, obj: Job) -> Sequence[tuple[str, str]]:
        return [("Orders of this import", list_of("trading.bookorder", book_import__id__exact=obj.pk))]
