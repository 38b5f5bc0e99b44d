"""Reservations that give way when fewer units are counted than are reserved.

The lines whose units these are belong to orders, a room above, and the lock of an order comes before those of stock. So
orders register here what to ask of them.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from core.actors import Actor
from core.models import Versioned
from core.transactions import StartOver, step


@dataclass(frozen=True)
class Claim:
    """Units that a location keeps for one order line and that may be taken from it; its order is locked."""

    order: Versioned
    line_id: uuid.UUID
    quantity: int


@dataclass(frozen=True)
class Claims:
    """What may be taken from orders, in the order in which it is taken.

    `asked`: the units that were looked for. `advice`: what would let more give way, in words.
    """

    asked: int = 0
    claims: Sequence[Claim] = ()
    advice: str = ""

    def first(self, units: int) -> list[Claim]:
        """The first so many units; fewer when all that can give way do. Raises StartOver when more are needed now."""
        if units > self.asked:
            raise StartOver
        taken = []
        for claim in self.claims:
            if units <= 0:
                break
            taken.append(replace(claim, quantity=min(claim.quantity, units)))
            units -= claim.quantity
        return taken


LockYoungest = Callable[[uuid.UUID, uuid.UUID, int], Claims]
"""(variant, location, units): locks the orders that give way first, up to so many units, and tells what each gives."""

LetWait = Callable[[Sequence[Claim], Actor], None]
"""Notes on the orders that these units are not reserved any more, and waited for."""


@dataclass(frozen=True)
class _Holders:
    lock_youngest: LockYoungest
    let_wait: LetWait


_holders: list[_Holders] = []


def register_holders(*, lock_youngest: LockYoungest, let_wait: LetWait) -> None:
    """Tell who holds reservations. Until then every reservation keeps its units."""
    _holders[:] = [_Holders(lock_youngest, let_wait)]


@step
def claim(variant_id: uuid.UUID, location_id: uuid.UUID, units: int) -> Claims:
    """Before any lock of stock: lock the orders that would give way for so many units."""
    if units <= 0 or not _holders:
        return Claims(max(units, 0))
    return _holders[0].lock_youngest(variant_id, location_id, units)


@step
def let_wait(claims: Sequence[Claim], *, actor: Actor) -> None:
    if claims:
        _holders[0].let_wait(claims, actor)
