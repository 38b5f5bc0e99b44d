"""Writes docs/transitions.md: every status machine and every operation of the product, from their declarations."""

from __future__ import annotations

import argparse
import inspect
from collections.abc import Iterator, Sequence
from typing import Any, cast

from django.apps import apps
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import models
from django_fsm import FSMField

from core.operations import Operation, operations
from core.transitions import Check, Declared, declared, either

INTRODUCTION = """# Status machines and operations

Made by `manage.py transitions` from the models and their operations; CI refuses a stale copy. The API's `operations/`
routes and the console tell the same of one object, with its actual values and what would unblock it. The database's own
triggers refuse every move that is not listed here.
"""


class Command(BaseCommand):
    help = "Write docs/transitions.md from the models and their operations; --check fails when it is stale."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="compare instead of writing")

    def handle(self, *, check: bool, **_options: Any) -> None:
        text = "\n".join([INTRODUCTION, *(_section(model) for model in _models())])
        path = settings.BASE_DIR / "docs" / "transitions.md"
        if not check:
            path.write_text(text, encoding="utf-8")
            self.stdout.write(f"{path.name} written")
        elif not path.exists() or path.read_text(encoding="utf-8") != text:
            raise CommandError(f"{path.name} is stale; run manage.py transitions and commit the result.")


def _models() -> Iterator[type[models.Model]]:
    for model in apps.get_models():
        if declared(model) or operations(model):
            yield model


def _section(model: type[models.Model]) -> str:
    parts = [_machine(model)] if declared(model) else []
    parts += [_table(model)] if operations(model) else []
    return f"## {str(model._meta.verbose_name).capitalize()}\n\n" + "\n".join(parts)


def _machine(model: type[models.Model]) -> str:
    moves = declared(model)
    initial = cast(FSMField, model._meta.get_field("status")).get_default()
    diagram = "\n".join(
        f"    {source} --> {move.target}: {name}" for name, move in moves.items() for source in move.sources
    )
    rows = "\n".join(_move_row(name, move) for name, move in moves.items())
    return (
        f"```mermaid\nstateDiagram-v2\n    [*] --> {initial}\n{diagram}\n```\n\n"
        f"| transition | from | to | needs |\n|---|---|---|---|\n{rows}\n"
    )


def _move_row(name: str, move: Declared) -> str:
    return f"| {name} | {', '.join(move.sources)} | {move.target} | {_needs(move.checks)} |"


def _table(model: type[models.Model]) -> str:
    rows = "\n".join(_operation_row(each) for each in operations(model))
    return f"| operation | label | route | scope | permission | needs |\n|---|---|---|---|---|---|\n{rows}\n"


def _operation_row(operation: Operation) -> str:
    permissions = ", ".join(f"`{name}`" for name in operation.authority.permissions) if operation.authority else "–"
    scope = f"`{operation.scope}`" if operation.scope else "–"
    route = f"`{operation.route.template()}`" if operation.route else operation.by_itself or operation.unrouted
    needs = _needs(operation.conditions)
    if operation.transition:
        needs = f"It is {either(operation.transition.sources)}." + ("" if needs == "–" else f" {needs}")
    return f"| {operation.name} | {operation.label} | {route} | {scope} | {permissions} | {needs} |"


def _needs(checks: Sequence[Check]) -> str:
    return " ".join(inspect.getdoc(check) or check.__name__ for check in checks) or "–"
