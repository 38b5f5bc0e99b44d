from __future__ import annotations

from typing import ClassVar

from django.db import models

from core.models import Job

BOOK_IMPORT = "book_import"
"""The kind of such a job."""


class BookImportManager(models.Manager["BookImport"]):
    def get_queryset(self) -> models.QuerySet[BookImport]:
        return super().get_queryset().filter(kind=BOOK_IMPORT)


class BookImport(Job):
    """The job that brings a file of orders into the book. It counts in bytes of the file."""

    objects: ClassVar[BookImportManager] = BookImportManager()  # type: ignore[assignment]

    class Meta:
        proxy = True
        ordering = ["-id"]
