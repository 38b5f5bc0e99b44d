"""People who sign in to the console, and what they see there."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission
from django.test import Client as Browser
from django.urls import reverse
from factory.declarations import Sequence

from core.console.submissions import new_token
from core.errors import AuthorityMissing, DomainError
from core.models import ApiKey, Client, Event, Role, RoleLimit, User
from core.roles import create_role
from tests.factories.core import ACTOR, ActionFactory


class UserFactory(ActionFactory[User]):
    """A person who may sign in to the console, without a password."""

    class Meta:
        model = User

    username = Sequence(lambda number: f"person{number}")
    email = "staff@example.com"
    is_staff = True

    @classmethod
    def act(cls, **fields: Any) -> User:
        return User.objects.create_user(**fields)


class RoleFactory(ActionFactory[Role]):
    class Meta:
        model = Role

    name = "Night shift"
    authority_names: tuple[str, ...] = ()

    @classmethod
    def act(cls, **fields: Any) -> Role:
        return create_role(actor=ACTOR, **fields)


def browser_of(user: User, **options: Any) -> Browser:
    browser = Browser(**options)
    browser.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return browser


def a_superuser() -> User:
    return UserFactory.create(is_superuser=True)


def a_staff_member(*permissions: str) -> User:
    """With permissions such as "orders.view_order"."""
    user = UserFactory.create()
    for permission in permissions:
        app, codename = permission.split(".")
        user.user_permissions.add(Permission.objects.get(content_type__app_label=app, codename=codename))
    return user


def list_page(model: str, **query: Any) -> str:
    return reverse(f"admin:{model.replace('.', '_')}_changelist", query=query)


def object_page(model: str, pk: object) -> str:
    return reverse(f"admin:{model.replace('.', '_')}_change", args=[pk])


def button(model: str, pk: object, name: str) -> str:
    return reverse(f"admin:{model.replace('.', '_')}_press", args=[pk, name])


def list_button(model: str, name: str) -> str:
    return reverse(f"admin:{model.replace('.', '_')}_do", args=[name])


def told(response: Any) -> str:
    """What the page says, as text."""
    return told_of(response.content.decode())


def told_of(page: str) -> str:
    """What the HTML of a page, or of a part of one, says as text."""
    page = re.sub(r"<(script|style).*?</\1>", "", page, flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def a_token() -> str:
    """What a form carries so that it acts once."""
    return new_token()


def as_opened(browser: Browser, address: str) -> dict[str, str]:
    """What the form at a button's address carries unseen: its token, the version and the values that it shows."""
    page = browser.get(address).content.decode()
    found = re.findall(r'<input type="hidden" name="(version|token|seen)" value="([^"]*)">', page)
    return {name: html.unescape(value) for name, value in found}


def rows(**fields: Any) -> dict[str, Any]:
    """The rows of a form: sku=["A", "B"], quantity=[1, 2]."""
    count = max((len(values) for values in fields.values()), default=0)
    data: dict[str, Any] = {"rows-TOTAL_FORMS": count, "rows-INITIAL_FORMS": 0}
    for name, values in fields.items():
        data.update({f"rows-{index}-{name}": value for index, value in enumerate(values)})
    return data


def a_person(*roles: str, **fields: Any) -> User:
    """With standard roles by their key: "support_agent"."""
    user = UserFactory.create(**fields)
    user.groups.set(Group.objects.filter(role__key__in=roles))
    return user


def a_role(*authority_names: str, **fields: Any) -> Role:
    """With authorities such as "orders.cancel"."""
    return RoleFactory.create(authority_names=authority_names, **fields)


def standard_role(key: str) -> Role:
    return Role.objects.get(key=key)


@contextmanager
def nobody_changes() -> Iterator[None]:
    """Every person, role, limit, client, key and event is as before."""
    before = _who_is_who()
    yield
    assert _who_is_who() == before


@contextmanager
def refused_to(error: type[DomainError] = AuthorityMissing) -> Iterator[pytest.ExceptionInfo[DomainError]]:
    """The block raises this refusal and changes nothing of who may do what."""
    with nobody_changes(), pytest.raises(error) as caught:
        yield caught


def _who_is_who() -> dict[str, list[Any]]:
    tables: list[Any] = [
        User, Role, RoleLimit, Group, Client, ApiKey, Event, User.groups.through, User.user_permissions.through,
        Group.permissions.through,
    ]  # fmt: skip
    return {table.__name__: list(table._base_manager.order_by("pk").values()) for table in tables}
