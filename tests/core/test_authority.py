"""The catalogue: every scope that a route asks for is in it, every button's authority, every model's view."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.core.management import CommandError, call_command
from django.urls import get_resolver, path
from pytest_django import Settings

from core import authority
from core.api.expansions import _expansions
from core.authority import authorities, declare, declare_scope, find_authority, find_scope, scopes
from core.console import Button, ConsoleAdmin
from tests.architecture.test_routes import routes
from tests.core.api import shop


def undeclared(patterns: list[Any]) -> set[str]:
    """Scopes that routes ask for and nobody declared."""
    return {scope for scope in asked(patterns) if find_scope(scope) is None}


def asked(patterns: list[Any]) -> Iterator[str]:
    for _, callback in routes(patterns):
        view = getattr(callback, "cls", None)
        declared = getattr(view, "scopes", None)
        if view is not None and isinstance(declared, dict):
            yield from [*declared.values(), *view.further_scopes]


def test_every_scope_that_a_route_asks_for_is_in_the_catalogue() -> None:
    patterns = get_resolver("config.urls").url_patterns
    assert undeclared(patterns) == set()
    expansions = {expansion.scope for named in _expansions.values() for expansion in named.values()}
    assert {scope.name for scope in scopes()} == {*asked(patterns), *expansions}


def test_a_route_with_a_scope_of_its_own_is_found() -> None:
    assert undeclared([path("x/", shop.OneShop.as_view())]) == {"shops:read", "shops:write"}


def test_every_scope_stands_for_some_operation() -> None:
    assert {scope.name for scope in scopes()} == {each.scope for each in authorities() if each.scope}


def test_every_button_s_authority_is_in_the_catalogue() -> None:
    buttons = [
        button
        for model_admin in admin.site._registry.values()
        if isinstance(model_admin, ConsoleAdmin)
        for button in (*model_admin.buttons, *model_admin.list_buttons)
        if isinstance(button, Button)
    ]
    assert len(buttons) > 20
    held = [each.authority for each in buttons if each.authority is not None]
    assert [each.name for each in held if find_authority(each.name) is not each] == []


def test_every_model_of_the_console_can_be_seen_with_an_authority() -> None:
    seen = {label for each in authorities() if each.verb == "view" for label in each.models}
    assert {model._meta.label_lower for model in admin.site._registry} == seen


def test_every_authority_is_done_to_a_model_that_there_is() -> None:
    known = {model._meta.label_lower for model in apps.get_models()}
    assert {label for each in authorities() for label in each.models} <= known


def test_a_permission_stands_for_one_authority() -> None:
    names = [name for each in authorities() for name in each.permissions]
    assert len(names) == len(set(names))


@pytest.fixture
def own_catalogue(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(authority, "_authorities", {})
    monkeypatch.setattr(authority, "_scopes", {})


@pytest.mark.usefixtures("own_catalogue")
def test_a_mistaken_declaration_fails_at_once() -> None:
    declare_scope("orders:read", "See orders")
    declare("orders.view", "See orders", scope="orders:read")
    with pytest.raises(ValueError, match="twice"):
        declare("orders.view", "See orders again")
    with pytest.raises(ValueError, match="orders:reed"):
        declare("orders.peek", "See orders", scope="orders:reed")


# The document


@pytest.fixture
def copy(tmp_path: Path, settings: Settings) -> Path:
    file = tmp_path / "docs" / "authorities.md"
    file.parent.mkdir()
    file.write_bytes((settings.BASE_DIR / "docs" / "authorities.md").read_bytes())
    settings.BASE_DIR = tmp_path
    return file


def test_the_committed_document_is_fresh() -> None:
    call_command("authorities", "--check")


@pytest.mark.parametrize("told", ["`payments.refund`", "agent (5000)", "`orders.cancel_order`", "`book:notify`"])
def test_a_stale_document_is_refused_until_it_is_made_again(copy: Path, told: str) -> None:
    fresh = copy.read_text(encoding="utf-8")
    assert told in fresh
    copy.write_text(fresh.replace(told, "else"), encoding="utf-8")
    with pytest.raises(CommandError, match="stale"):
        call_command("authorities", "--check")
    call_command("authorities")
    assert copy.read_text(encoding="utf-8") == fresh
