"""The errors that are raised where a storefront doesn't sell."""

from __future__ import annotations

from collections.abc import Sequence

from core.errors import FieldProblem, InvalidInput


class NotSold(InvalidInput):
    """The storefront doesn't sell in this currency or to this country: `errors` say which, and what it does sell."""

    title = "Not sold"

    def __init__(self, problems: Sequence[FieldProblem]) -> None:
        super().__init__(" ".join(each.detail for each in problems), errors=problems)
