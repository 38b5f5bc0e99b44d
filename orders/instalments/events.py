"""What was agreed of when an order is paid."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from core.events import DomainEvent


@dataclass(frozen=True)
class InstalmentsAgreed(DomainEvent):
    """`instalments`: `due_on`, a day, and `amount`, minor units of the order's currency, of each, the earliest first.
    They take the place of all that were agreed before; an empty list: no day is agreed any more.
    """

    type: ClassVar[str] = "order.instalments_agreed"
    instalments: list[dict[str, Any]]
