"""Who tried to sign in, and who did: what django-axes notes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from axes.models import AccessAttempt, AccessLog
from django.contrib import admin

from core.admin.people import PEOPLE
from core.console import ConsoleAdmin, Fact, moment
from core.console.navigation import Menu

for _model in list(admin.site._registry):  # noqa: SLF001 - Django offers no other way to list them
    if _model._meta.app_label == "axes":
        admin.site.unregister(_model)


class _AccessAdmin(ConsoleAdmin):
    list_display = ("username", "ip_address", "path_info", "at")
    search_exact = ("username", "ip_address")

    @admin.display(description="When")
    def at(self, access: Any) -> object:
        return moment(access.attempt_time)

    def facts(self, obj: Any) -> Sequence[Fact]:
        return [
            Fact("User name", obj.username),
            Fact("Address", obj.ip_address),
            Fact("Browser", obj.user_agent),
            Fact("Path", obj.path_info),
            Fact("When", self.at(obj)),
        ]


@admin.register(AccessAttempt)
class AccessAttemptAdmin(_AccessAdmin):
    menu = Menu(PEOPLE, 83, "gpp_bad")


@admin.register(AccessLog)
class AccessLogAdmin(_AccessAdmin):
    menu = Menu(PEOPLE, 84, "login")
