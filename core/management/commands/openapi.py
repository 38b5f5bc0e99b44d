"""Write docs/openapi.yaml, or check that it is what the code says."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.renderers import OpenApiYamlRenderer
from drf_spectacular.validation import validate_schema

from core.api.schema import generate

HOW_TO_FIX = "Run `manage.py openapi`, read the difference, and commit the file."


class Command(BaseCommand):
    help = "Write docs/openapi.yaml from the code; with --check only compare."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="fail when the file is out of date")

    def handle(self, *_: Any, check: bool, **__: Any) -> None:
        path = Path(settings.BASE_DIR) / "docs" / "openapi.yaml"
        text = self._generate()
        if not check:
            path.write_bytes(text)
            self.stdout.write(f"{path.name} written")
        elif not path.exists() or path.read_bytes() != text:
            raise CommandError(f"docs/{path.name} is not what the code says. {HOW_TO_FIX}")

    def _generate(self) -> bytes:
        document = generate()
        GENERATOR_STATS.emit_summary()
        if GENERATOR_STATS:
            raise CommandError("The OpenAPI document has warnings; see above.")
        validate_schema(document)  # type: ignore[no-untyped-call]
        text: bytes = OpenApiYamlRenderer().render(document, renderer_context={})  # type: ignore[no-untyped-call]
        return text
