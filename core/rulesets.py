"""Rules that are few, change by hand and are read all the time: each process remembers them until they change."""

from __future__ import annotations

import threading
import uuid
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

import pgtrigger

from core.models import Ruleset

Rules = TypeVar("Rules")

PRICES = "prices"
"""The ruleset of all that decides what an order costs."""

# A random mark, not a count: after a rollback a count would be given a second time, to other rules.
_RENEW = """
INSERT INTO core_ruleset (key, mark) VALUES ('{name}', gen_random_uuid())
ON CONFLICT (key) DO UPDATE SET mark = EXCLUDED.mark;
RETURN NULL;
"""


def rules_changed(name: str, *, of: Sequence[str] = ()) -> pgtrigger.Trigger:
    """For a table of rules: whatever changes it, by whatever way, renews the mark of the ruleset.

    Its row is locked after all others, until the commit. With `of`, an UPDATE that sets none of these columns changes
    no rule.
    """
    return pgtrigger.Trigger(
        name=f"{name}_rules_changed",
        level=pgtrigger.Statement,
        when=pgtrigger.After,
        operation=pgtrigger.Insert | _update(of) | pgtrigger.Delete,
        func=_RENEW.format(name=name),
    )


def _update(of: Sequence[str]) -> pgtrigger.Operation:
    return pgtrigger.UpdateOf(*of) if of else pgtrigger.Update  # type: ignore[no-untyped-call]


def mark_of(name: str) -> uuid.UUID | None:
    """The mark of the ruleset now; None before its first rule. Other statements may read it along."""
    return Ruleset.objects.filter(key=name).values_list("mark", flat=True).first()


class Remembered(Generic[Rules]):
    """The rules of each storefront as this process last loaded them, those of the `at_most` last used ones.

    Read the mark first and the rules after it: so they are never older than the mark that they are kept under.
    """

    def __init__(self, load: Callable[[uuid.UUID], Rules], *, at_most: int = 256) -> None:
        self._load = load
        self._at_most = at_most
        self._kept: OrderedDict[uuid.UUID, tuple[uuid.UUID | None, Rules]] = OrderedDict()
        self._one_at_a_time = threading.Lock()

    def of(self, client_id: uuid.UUID, mark: uuid.UUID | None) -> Rules:
        kept = self._kept.get(client_id)
        if kept is None or kept[0] != mark:
            kept = mark, self._load(client_id)
        with self._one_at_a_time:  # the feed has threads, and one may forget what another moves
            self._kept[client_id] = kept
            self._kept.move_to_end(client_id)
            while len(self._kept) > self._at_most:
                self._kept.popitem(last=False)
        return kept[1]
