"""Writes docs/transitions.md: every status machine of the product, from the models themselves."""

from __future__ import annotations

import argparse
import inspect
from collections.abc import Iterator
from typing import Any, cast

from django.apps import apps
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import models
from django_fsm import FSMField

from core.transitions import Declared, declared

INTRODUCTION = """# Status machines

Made by `manage.py transitions` from the models; CI refuses a stale copy. The API's `transitions/` routes and the
console tell the same of one object, with its actual values and what would unblock it. The database's own triggers
refuse every move that is not listed here.
"""


class Command(BaseCommand):
    help = "Write docs/transitions.md from the models; --check fails when it is stale."

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
        if not model._meta.proxy and any(isinstance(field, FSMField) for field in model._meta.get_fields()):
            yield model


def _section(model: type[models.Model]) -> str:
    moves = declared(model)
    initial = cast(FSMField, model._meta.get_field("status")).get_default()
    diagram = "\n".join(
        f"    {source} --> {move.target}: {name}" for name, move in moves.items() for source in move.sources
    )
    rows = "\n".join(_row(name, move) for name, move in moves.items())
    return (
        f"## {str(model._meta.verbose_name).capitalize()}\n\n"
        f"```mermaid\nstateDiagram-v2\n    [*] --> {initial}\n{diagram}\n```\n\n"
        f"| transition | from | to | needs |\n|---|---|---|---|\n{rows}\n"
    )


def _row(name: str, move: Declared) -> str:
    needs = " ".join(inspect.getdoc(check) or check.__name__ for check in move.checks) or "–"
    return f"| {name} | {', '.join(move.sources)} | {move.target} | {needs} |"
