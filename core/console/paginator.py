"""Pages without COUNT(*): a page fetches one row more than it shows, and so knows whether there is a next one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.core.paginator import EmptyPage, Page, PageNotAnInteger, Paginator

if TYPE_CHECKING:
    _Page = Page[Any]
    _Paginator = Paginator[Any]
else:
    _Page, _Paginator = Page, Paginator

DEEPEST_ROW = 10_000
"""Rows that a list can be paged through. An OFFSET reads all that it skips; what lies deeper is searched for."""


class LookAheadPage(_Page):
    def __init__(self, rows: Sequence[Any], number: int, paginator: Paginator[Any], *, more: bool) -> None:
        super().__init__(rows, number, paginator)
        self._more = more

    def has_next(self) -> bool:
        return self._more and self.number < self.paginator.num_pages


class LookAheadPaginator(_Paginator):
    """Raises EmptyPage beyond DEEPEST_ROW. `num_pages` is the deepest page allowed, not how many there are."""

    template_name = "admin/console/pagination.html"
    count = DEEPEST_ROW  # what Django's own would count

    @property
    def num_pages(self) -> int:
        return max(1, DEEPEST_ROW // self.per_page)

    def validate_number(self, number: Any) -> int:
        try:
            page = int(number)
        except (TypeError, ValueError):
            raise PageNotAnInteger("That page number is not an integer.") from None
        if not 1 <= page <= self.num_pages:
            raise EmptyPage(f"Lists can be paged through as far as page {self.num_pages}.")
        return page

    def page(self, number: Any) -> LookAheadPage:
        page = self.validate_number(number)
        start = (page - 1) * self.per_page
        rows = list(self.object_list[start : start + self.per_page + 1])
        return LookAheadPage(rows[: self.per_page], page, self, more=len(rows) > self.per_page)
