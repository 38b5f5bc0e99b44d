"""Documents as PDF, laid out by Typst from templates/documents/document.typ with the fonts that its wheels bring."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import fontpkg_noto_sans
import orjson
import typst
from django.conf import settings

from documents.models import Document
from documents.printing.page import page_of

_LONGEST_WORD = 20
"""Letters after which a word may go on in the next line, so that no SKU runs out of its column."""

_long_words = re.compile(rf"\S{{{_LONGEST_WORD + 1},}}")


def pdf_of(documents: Iterable[Document]) -> bytes:
    """One file of all of them, each with pages of its own numbers. The same bytes for the same documents.

    A character that no font has is shown as an empty box.
    """
    pages = [_breakable(asdict(page_of(document))) for document in documents]
    made = typst.compile(
        _template(), font_paths=_fonts(), sys_inputs={"pages": orjson.dumps(pages).decode()}, format="pdf", timestamp=0
    )
    if not isinstance(made, bytes):
        raise TypeError("Typst made no single file")
    return made


@functools.cache
def _template() -> bytes:
    return (Path(settings.BASE_DIR) / "templates" / "documents" / "document.typ").read_bytes()


@functools.cache
def _fonts() -> typst.Fonts:
    """Those of the wheels alone, so that every machine makes the same file."""
    return typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=True, font_paths=[fontpkg_noto_sans.ROOT / "files"]
    )


def _breakable(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _breakable(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_breakable(each) for each in value]
    return _long_words.sub(_broken, value) if isinstance(value, str) else value


def _broken(word: re.Match[str]) -> str:
    text = word[0]
    parts = [text[start : start + _LONGEST_WORD] for start in range(0, len(text), _LONGEST_WORD)]
    return "\N{ZERO WIDTH SPACE}".join(parts)
