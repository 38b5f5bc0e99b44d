"""People in the console."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from core import authorities, people
from core.console import ActionForm, Button, ConsoleAdmin, Fact, Panel, Submission, badge, link_to, moment
from core.console.forms import EmailField
from core.console.navigation import Menu
from core.models import User

PEOPLE = "People"


# What the actions need to be told


class IdentityForm(ActionForm):
    username = forms.CharField(
        label="User name", max_length=150, help_text="To sign in with; the same in capital and small letters."
    )
    display_name = forms.CharField(label="Name", max_length=150, required=False)
    email = EmailField(label="E-mail", required=False)


class PasswordForm(ActionForm):
    password = forms.CharField(
        strip=False, max_length=128, widget=forms.PasswordInput(attrs={"autocomplete": "new-password"})
    )
    repeated = forms.CharField(
        label="The same again", strip=False, max_length=128, required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )  # fmt: skip

    def clean_repeated(self) -> str:
        repeated: str = self.cleaned_data["repeated"]
        if repeated != self.cleaned_data.get("password", repeated):
            raise forms.ValidationError("The two are not the same.")
        return repeated


class RolesForm(ActionForm):
    """Offers what the person who is asked may give."""

    roles = forms.MultipleChoiceField(widget=forms.CheckboxSelectMultiple, required=False)

    def prepare(self) -> None:
        offered = people.roles_to_give(self.person)
        self.fields["roles"].choices = [(str(role.pk), str(role)) for role in offered]  # type: ignore[attr-defined]


class NewPersonForm(RolesForm, PasswordForm, IdentityForm):
    field_order = ("username", "display_name", "email", "password", "repeated", "roles")

    def prepare(self) -> None:
        super().prepare()
        self.fields["password"].required = False
        self.fields["password"].help_text = "Empty: they can't sign in yet."


# What the buttons do


def _identity(data: Any) -> dict[str, str]:
    return {name: data[name] for name in people.IDENTITY}


def _add(pressed: Submission) -> str:
    user = people.create_person(
        **_identity(pressed.data),
        password=pressed.data["password"] or None,
        role_ids=_ids(pressed.data["roles"]),
        actor=pressed.actor,
    )
    return f"{user} is one of us now."


def _ids(texts: Sequence[str]) -> list[uuid.UUID]:
    return [uuid.UUID(text) for text in texts]


def _edit(pressed: Submission) -> str:
    people.edit_person(
        pressed.obj.pk, _identity(pressed.data), actor=pressed.actor, expected_version=pressed.expected_version
    )
    return f"{pressed.data['username']} is up to date."


def _assign(pressed: Submission) -> str:
    people.assign_roles(
        pressed.obj.pk, _ids(pressed.data["roles"]), actor=pressed.actor, expected_version=pressed.expected_version
    )
    return f"{pressed.obj} has these roles now."


def _set_password(pressed: Submission) -> str:
    people.set_password(
        pressed.obj.pk, pressed.data["password"], actor=pressed.actor, expected_version=pressed.expected_version
    )
    return f"{pressed.obj} has a new password and is signed out everywhere."


def _calls(act: Callable[..., User], told: str) -> Callable[[Submission], str]:
    def press(pressed: Submission) -> str:
        act(pressed.obj.pk, actor=pressed.actor, expected_version=pressed.expected_version)
        return f"{pressed.obj} {told}."

    return press


EDIT = Button("edit", "Edit", _edit, authorities.PEOPLE_EDIT, form=IdentityForm, initial=lambda user: {
    name: getattr(user, name) for name in people.IDENTITY
})  # fmt: skip
ROLES = Button(
    "roles", "Roles", _assign, authorities.PEOPLE_ASSIGN, form=RolesForm, look="primary",
    initial=lambda user: {"roles": [str(group.role.pk) for group in _groups(user)]},
    help="What the person may do from now on. Roles that may do more than you may are not offered.",
)  # fmt: skip
PASSWORD = Button(
    "password", "Set password", _set_password, authorities.PEOPLE_SET_PASSWORD, form=PasswordForm,
    help="Signs the person out everywhere. For your own there is Change password in the menu at the top.",
)  # fmt: skip
ACTIVATE = Button("activate", "Activate", _calls(people.activate, "may sign in again"), authorities.PEOPLE_ACTIVATE)
DEACTIVATE = Button(
    "deactivate", "Deactivate", _calls(people.deactivate, "can't sign in any more"), authorities.PEOPLE_ACTIVATE,
    look="danger", confirm=True, help="Ends their sessions at once. What they did keeps their name.",
)  # fmt: skip
UNLOCK = Button(
    "unlock", "Unlock", _calls(people.unlock, "can sign in again"), authorities.PEOPLE_UNLOCK, any_version=True,
    help="Forgets the wrong passwords that were given for this person.",
)  # fmt: skip
MAKE_SUPERUSER = Button(
    "make-superuser", "Make superuser", _calls(people.make_superuser, "may do everything"),
    authorities.PEOPLE_MAKE_SUPERUSER, look="danger", confirm=True, help="They may then do everything, without limits.",
)  # fmt: skip
END_SUPERUSER = Button(
    "end-superuser", "End superuser", _calls(people.end_superuser, "may do what their roles say"),
    authorities.PEOPLE_MAKE_SUPERUSER, look="danger", confirm=True,
)  # fmt: skip


def _groups(user: User) -> list[Any]:
    """Of a page's or list's user; groups that are no role are the doing of somebody in the shell."""
    return [group for group in user.groups.all() if hasattr(group, "role")]


def _locked_from(user: User) -> list[str]:
    """people.locked_addresses, asked once for a page."""
    known = vars(user)
    if "locked_from" not in known:
        known["locked_from"] = people.locked_addresses(user)
    addresses: list[str] = known["locked_from"]
    return addresses


@admin.register(User)
class UserAdmin(ConsoleAdmin):
    menu = Menu(PEOPLE, 80, "badge")
    list_display = ("username", "display_name", "may", "state", "seen")
    list_filter = ("is_superuser", "is_active")
    search_exact = ("username", "email")
    search_help_text = "User name or e-mail"
    list_buttons = (Button("add", "Add person", _add, authorities.PEOPLE_CREATE, form=NewPersonForm, look="primary"),)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        queryset: QuerySet[Any] = super().get_queryset(request)
        return queryset.prefetch_related("groups__role")

    def get_buttons(self, request: HttpRequest, obj: User) -> Sequence[Button]:
        return [
            ROLES,
            EDIT,
            PASSWORD,
            *([UNLOCK] if _locked_from(obj) else []),
            DEACTIVATE if obj.is_active else ACTIVATE,
            END_SUPERUSER if obj.is_superuser else MAKE_SUPERUSER,
        ]

    @admin.display(description="Roles")
    def may(self, user: User) -> str:
        names = [group.name for group in _groups(user)]
        return ", ".join(["Superuser", *names] if user.is_superuser else names)

    @admin.display(description="Status")
    def state(self, user: User) -> SafeString:
        return badge("Active", "good") if user.is_active else badge("Inactive", "bad")

    @admin.display(description="Last signed in")
    def seen(self, user: User) -> object:
        return moment(user.last_login)

    def headline(self, obj: User) -> str:
        return obj.get_full_name()

    def badges(self, obj: User) -> Sequence[object]:
        return [
            self.state(obj),
            *([badge("Superuser", "warn")] if obj.is_superuser else []),
            *(badge(f"Locked out from {address}", "bad") for address in _locked_from(obj)),
        ]

    def facts(self, obj: User) -> Sequence[Fact]:
        return [
            Fact("User name", obj.username),
            Fact("Name", obj.display_name),
            Fact("E-mail", obj.email),
            Fact("Password", "Set" if obj.has_usable_password() else "None"),
            Fact("Last signed in", moment(obj.last_login)),
            Fact("Created", moment(obj.created_at)),
        ]

    def panels(self, request: HttpRequest, obj: User) -> Sequence[Panel]:
        rows = [(link_to("core.role", group.role.pk, group.name), group.role.description) for group in _groups(obj)]
        return [Panel("Roles", ("Role", "What for"), rows, empty="None: they see the dashboard and nothing else.")]
