"""The page where somebody changes their own password: Django's, which asks for the old one, writing by the action."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth.views import PasswordChangeView
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from unfold.forms import AdminOwnPasswordChangeForm

from core import people
from core.models import User


class OwnPasswordForm(AdminOwnPasswordChangeForm):  # type: ignore[misc]
    def save(self, commit: bool = True) -> Any:
        self.user: User = people.change_own_password(self.user.pk, self.cleaned_data["new_password1"])
        return self.user


def change(request: HttpRequest) -> HttpResponseBase:
    request.current_app = admin.site.name
    view = PasswordChangeView.as_view(
        form_class=OwnPasswordForm,
        success_url=reverse("admin:password_change_done"),
        extra_context=admin.site.each_context(request),
    )
    return view(request)
