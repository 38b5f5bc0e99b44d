"""docs/transitions.md is what the models declare."""

from __future__ import annotations

from django.core.management import call_command


def test_the_committed_document_is_fresh() -> None:
    call_command("transitions", "--check")
