from __future__ import annotations

from django.db import models


class Ruleset(models.Model):
    """A mark that changes with every change of the rules of its key: what a process remembers of them is old then.

    It has no row before the first rule.
    """

    key = models.CharField(primary_key=True, max_length=30)
    mark = models.UUIDField()

    def __str__(self) -> str:
        return self.key
