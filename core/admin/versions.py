"""What subjects said as of their versions, in the console."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from core.admin.events import SYSTEM, subject_link
from core.console import ConsoleAdmin, Fact, Panel, badge, moment
from core.console.filters import EnteredFilter
from core.console.navigation import Menu
from core.models import VersionDocument


@admin.register(VersionDocument)
class VersionDocumentAdmin(ConsoleAdmin):
    menu = Menu(SYSTEM, 91, "description")
    list_display = ("subject", "version", "at", "redacted")
    list_display_links = ("version",)
    list_defer = ("document",)
    list_filter = (EnteredFilter,)
    search_exact = ("subject_id",)
    search_help_text = "The id of a document or of what it is about"

    @admin.display(description="About")
    def subject(self, version: VersionDocument) -> object:
        return subject_link(version.subject_type, version.subject_id)

    @admin.display(description="When")
    def at(self, version: VersionDocument) -> object:
        return moment(version.recorded_at)

    @admin.display(description="Redacted")
    def redacted(self, version: VersionDocument) -> object:
        return moment(version.redacted_at)

    def badges(self, obj: VersionDocument) -> Sequence[object]:
        return [badge("Redacted", "warn")] if obj.redacted_at else []

    def facts(self, obj: VersionDocument) -> Sequence[Fact]:
        facts = [Fact("About", self.subject(obj)), Fact("Version", obj.version), Fact("When", self.at(obj))]
        return [*facts, Fact("Redacted", self.redacted(obj))] if obj.redacted_at else facts

    def panels(self, request: HttpRequest, obj: VersionDocument) -> Sequence[Panel]:
        said: dict[str, Any] = obj.document
        return [Panel("What it said", facts=[Fact(name.replace("_", " "), value) for name, value in said.items()])]
