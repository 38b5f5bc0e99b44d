"""Documents as PDF, laid out by Typst from templates/documents/document.typ with the fonts that its wheels bring."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import fontpkg_noto_sans
import orjson
import typst
from django.conf import settings

from documents.einvoices.cii import e_invoice_of
from documents.errors import NoEInvoice
from documents.models import Document
from documents.printing.page import page_of
from documents.printing.pdfa import as_factur_x

_ARCHIVES: Final = "a-3b"
_LONGEST_WORD = 20
"""Letters after which a word may go on in the next line, so that no SKU runs out of its column."""

_long_words = re.compile(rf"\S{{{_LONGEST_WORD + 1},}}")


def pdf_of(documents: Iterable[Document]) -> bytes:
    """One file of all of them, each with pages of its own numbers. The same bytes for the same documents.

    One alone has its e-invoice in it, if it has one. A character that no font has is shown as an empty box, which no
    archive's file may have: such a document has no e-invoice in it, though it can be fetched by itself.
    """
    found = list(documents)
    if len(found) == 1 and (e_invoice := _e_invoice_of(found[0])) is not None:
        with suppress(_NotForArchives):
            return as_factur_x(_compiled(found, e_invoice))
    return _compiled(found)


class _NotForArchives(Exception):
    """What is on the pages can't be as PDF/A-3 wants it."""


def _e_invoice_of(document: Document) -> str | None:
    try:
        return e_invoice_of(document).decode()
    except NoEInvoice:
        return None


def _compiled(documents: Sequence[Document], e_invoice: str = "") -> bytes:
    """With an e-invoice as PDF/A-3. Raises _NotForArchives."""
    pages = [_breakable(asdict(page_of(document))) for document in documents]
    inputs = {"pages": orjson.dumps(pages).decode()}
    if e_invoice:
        inputs |= {"e-invoice": e_invoice, "date": documents[0].content["date"]}
    try:
        made = typst.compile(
            _template(),
            font_paths=_fonts(),
            sys_inputs=inputs,
            format="pdf",
            timestamp=0,
            pdf_standards=[_ARCHIVES] if e_invoice else [],
        )
    except typst.TypstError as error:
        if error.message.startswith("PDF/A-3b error: the text"):
            raise _NotForArchives from error
        raise
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
