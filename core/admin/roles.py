"""Roles and their money limits in the console."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.http import HttpRequest

from core import authorities, roles
from core.admin.people import PEOPLE
from core.authority import Authority, find_authority
from core.authority import authorities as catalogue
from core.console import ActionForm, Button, ConsoleAdmin, Fact, Panel, Submission, badge, link_to
from core.console.navigation import Menu
from core.limits import ANY
from core.models import Role, RoleLimit, User
from core.money import EXPONENT_BY_CURRENCY, format_money
from core.transitions import Blocker

PEOPLE_SHOWN = 50

admin.site.unregister(Group)


class RoleForm(ActionForm):
    """Offers what the person who is asked may do."""

    name = forms.CharField(max_length=150)
    description = forms.CharField(max_length=300, required=False, help_text="What it is for.")
    authority_names = forms.MultipleChoiceField(
        label="May", widget=forms.CheckboxSelectMultiple, help_text="What you may not do yourself is not offered."
    )

    def prepare(self) -> None:
        self.fields["authority_names"].choices = [  # type: ignore[attr-defined]
            (each.name, f"{each.name}: {each.title}")
            for each in catalogue()
            if each.models and each.held_by(self.person)
        ]


class LimitForm(ActionForm):
    authority_name = forms.ChoiceField(label="Authority")
    currency = forms.ChoiceField(
        choices=[(ANY, "Every other currency"), *((code, code) for code in sorted(EXPONENT_BY_CURRENCY))],
        required=False,
    )
    amount = forms.IntegerField(
        label="Amount in minor units", min_value=0, required=False,
        help_text="With one order; 5000 is 50.00 EUR. Empty: this limit is removed. A role without any has no limit.",
    )  # fmt: skip

    def prepare(self) -> None:
        self.fields["authority_name"].choices = [  # type: ignore[attr-defined]
            (each.name, each.title) for each in _limited(self.subject)
        ]


def _limited(role: Role) -> list[Authority]:
    return [each for each in roles.authorities_of(role) if each.limited]


def _add(pressed: Submission) -> str:
    role = roles.create_role(**pressed.data, actor=pressed.actor)
    return f"The role {role} can be given to people now."


def _edit(pressed: Submission) -> str:
    roles.edit_role(pressed.obj.pk, **pressed.data, actor=pressed.actor, expected_version=pressed.expected_version)
    return f"{pressed.data['name']} is up to date."


def _set_limit(pressed: Submission) -> str:
    data = pressed.data
    roles.set_role_limit(
        pressed.obj.pk, data["authority_name"], currency=data["currency"], amount=data["amount"],
        actor=pressed.actor, expected_version=pressed.expected_version,
    )  # fmt: skip
    return "The limit is set." if data["amount"] is not None else "The limit is removed."


def _own(role: Role) -> Blocker | None:
    if role.is_standard:
        return Blocker("A standard role; what it may do comes with the product.", "Add a role of your own.")
    return None


def _has_limited(role: Role) -> Blocker | None:
    return None if _limited(role) else Blocker("It may do nothing that has limits.", "Nothing to do.")


def in_words(limit: RoleLimit) -> str:
    if limit.currency == ANY:
        return f"{limit.amount:,} minor units of every other currency"
    return format_money(limit.amount, limit.currency)


@admin.register(Role)
class RoleAdmin(ConsoleAdmin):
    menu = Menu(PEOPLE, 81, "groups")
    list_display = ("__str__", "description", "origin")
    list_select_related = ("group",)
    search_exact = ("group__name",)
    search_help_text = "The role's name"
    list_buttons = (Button("add", "Add role", _add, authorities.ROLES_CREATE, form=RoleForm, look="primary"),)
    buttons = (
        Button("edit", "Edit", _edit, authorities.ROLES_EDIT, form=RoleForm, blocked=_own, initial=lambda role: {
            "name": str(role), "description": role.description,
            "authority_names": [each.name for each in roles.authorities_of(role)],
        }),
        Button("limit", "Set limit", _set_limit, authorities.ROLES_LIMIT, form=LimitForm, blocked=_has_limited,
               help="How much of one order's money somebody with this role may refund or write off."),
    )  # fmt: skip

    @admin.display(description="Origin")
    def origin(self, role: Role) -> object:
        return badge("Standard", "info") if role.is_standard else badge("Own")

    def page_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().page_queryset(request).select_related("group").prefetch_related("limits")

    def badges(self, obj: Role) -> Sequence[object]:
        return [self.origin(obj)]

    def facts(self, obj: Role) -> Sequence[Fact]:
        return [Fact("What for", obj.description)] if obj.description else []

    def panels(self, request: HttpRequest, obj: Role) -> Sequence[Panel]:
        limits: dict[str, list[str]] = {}
        for limit in obj.limits.all():
            limits.setdefault(limit.authority, []).append(in_words(limit))
        rows = [
            (each.name, each.title, "\n".join(limits.get(each.name, ["No limit"])) if each.limited else "")
            for each in roles.authorities_of(obj)
        ]
        held = User.objects.filter(groups=obj.group_id).order_by("username")[:PEOPLE_SHOWN]
        return [
            Panel("May", ("Authority", "What", "With one order at most"), rows, empty="Nothing."),
            Panel("People", ("Person",), [(link_to("core.user", user.pk, user),) for user in held], empty="Nobody."),
        ]


@admin.register(RoleLimit)
class RoleLimitAdmin(ConsoleAdmin):
    menu = Menu(PEOPLE, 82, "price_check")
    list_display = ("of", "authority", "at_most")
    list_display_links = ("authority",)
    list_select_related = ("role__group",)
    search_exact = ("authority",)
    search_help_text = "The authority: payments.refund"

    @admin.display(description="Role")
    def of(self, limit: RoleLimit) -> object:
        return link_to("core.role", limit.role_id, limit.role)

    @admin.display(description="At most")
    def at_most(self, limit: RoleLimit) -> str:
        return in_words(limit)

    def page_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().page_queryset(request).select_related("role__group")

    def facts(self, obj: RoleLimit) -> Sequence[Fact]:
        authority = find_authority(obj.authority)
        return [
            Fact("Role", self.of(obj)),
            Fact("Authority", authority.title if authority else obj.authority),
            Fact("With one order at most", in_words(obj)),
        ]
