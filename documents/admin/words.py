"""How the timeline of an order tells of its documents."""

from __future__ import annotations

from typing import Any

from core.console.timeline import register_words
from documents.statuses import DocumentKind


def _issued(data: dict[str, Any]) -> str:
    return f"{DocumentKind(data['kind']).label} {data['number']} issued"


register_words({"document.issued": _issued})
