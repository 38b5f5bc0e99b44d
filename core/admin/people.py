"""Staff accounts in the console: Django's own, kept by Django's own forms."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from axes.models import AccessAttempt, AccessLog
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group, User
from unfold.admin import ModelAdmin
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from core.console import ConsoleAdmin, Fact, moment
from core.console.changelist import LookAheadMixin
from core.console.navigation import Menu

PEOPLE = "People"

admin.site.unregister(User)
admin.site.unregister(Group)


@admin.register(User)
class UserAdmin(LookAheadMixin, DjangoUserAdmin, ModelAdmin):  # type: ignore[misc,type-arg]
    menu = Menu(PEOPLE, 80, "badge")
    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_filter = ("is_staff", "is_superuser", "is_active")


@admin.register(Group)
class GroupAdmin(LookAheadMixin, DjangoGroupAdmin, ModelAdmin):  # type: ignore[misc]
    menu = Menu(PEOPLE, 81, "groups")


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
    menu = Menu(PEOPLE, 82, "gpp_bad")


@admin.register(AccessLog)
class AccessLogAdmin(_AccessAdmin):
    menu = Menu(PEOPLE, 83, "login")
