"""Writes docs/authorities.md: every operation, API scope and standard role, from the catalogue itself."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from core.authority import Authority, Scope, StandardRole, authorities, scopes
from core.models import ClientKind

INTRODUCTION = """# Authorities

Made by `manage.py authorities` from each room's `authorities.py`; CI refuses a stale copy. An API key needs the scope
of what it does, a person the permission, which roles give. A limit is for one order, of gift
cards and store credit for one day, in minor units of any currency (5000 is 50.00 EUR): it is what a standard role has
at first, and staff change it in the console. API keys have none.

## Operations

| authority | what | API scope | permissions | standard roles (at most) |
|---|---|---|---|---|"""
SCOPES = """
## API scopes

| scope | what | fits |
|---|---|---|"""


class Command(BaseCommand):
    help = "Write docs/authorities.md from the catalogue; --check fails when it is stale."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="compare instead of writing")

    def handle(self, *, check: bool, **_options: Any) -> None:
        text = "\n".join([*_lines(), ""])
        path = settings.BASE_DIR / "docs" / "authorities.md"
        if not check:
            path.write_text(text, encoding="utf-8")
            self.stdout.write(f"{path.name} written")
        elif not path.exists() or path.read_text(encoding="utf-8") != text:
            raise CommandError(f"{path.name} is stale; run manage.py authorities and commit the result.")


def _lines() -> Iterator[str]:
    yield INTRODUCTION
    yield from (_operation(each) for each in authorities())
    yield SCOPES
    yield from (_scope(each) for each in scopes())


def _operation(authority: Authority) -> str:
    permissions = ", ".join(f"`{name}`" for name in authority.permissions) or "superusers only"
    roles = ", ".join(_role(authority, role) for role in StandardRole if role in authority.roles)
    scope = f"`{authority.scope}`" if authority.scope else "–"
    held = roles if authority.models else "–"
    return f"| `{authority}` | {authority.title} | {scope} | {permissions} | {held} |"


def _role(authority: Authority, role: StandardRole) -> str:
    if authority.limits is None or role not in authority.limits:
        return str(role.label)
    return f"{role.label} ({authority.limits[role]})"


def _scope(scope: Scope) -> str:
    fits = (
        "every kind of client"
        if scope.kinds == set(ClientKind)
        else ", ".join(str(kind.label).lower() for kind in ClientKind if kind in scope.kinds)
    )
    return f"| `{scope.name}` | {scope.title} | {fits} |"
