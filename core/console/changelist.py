"""The changelist of the console: no COUNT(*), and a bound on how deep it pages."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.utils import NotRelationField, get_fields_from_path
from django.core.exceptions import FieldDoesNotExist
from django.core.paginator import EmptyPage
from django.db import connection
from django.db.models import IntegerField, Model, QuerySet
from django.http import HttpRequest
from django.utils.text import capfirst
from unfold.views import ChangeList

from core.console.paginator import LookAheadPaginator

_MOST_DIGITS = 20
"""More than any number of the database has."""


class LookAheadChangeList(ChangeList):  # type: ignore[misc]
    def __init__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        _refuse_nul(request)
        super().__init__(request, *args, **kwargs)
        self.title = capfirst(self.opts.verbose_name_plural)

    def get_queryset(self, request: HttpRequest, exclude_parameters: list[str | None] | None = None) -> QuerySet[Any]:
        _refuse_overflow(self.model, request)
        queryset: QuerySet[Any] = super().get_queryset(request, exclude_parameters)
        defer = getattr(self.model_admin, "list_defer", ())
        return queryset.defer(*defer) if defer else queryset

    def get_results(self, request: HttpRequest) -> None:
        paginator = LookAheadPaginator(self.queryset, self.list_per_page)
        page = self._page(request, paginator)
        self.page_num = page.number
        self.result_list = list(page.object_list)
        self.result_count = len(self.result_list)
        self.full_result_count = self.result_count  # so that the page's head claims no number of results
        self.show_full_result_count = False
        self.show_admin_actions = bool(self.result_list)
        self.can_show_all = False
        self.multi_page = page.has_other_pages()
        self.has_next = page.has_next()
        self.paginator = paginator

    def _page(self, request: HttpRequest, paginator: LookAheadPaginator) -> Any:
        try:
            return paginator.page(max(self.page_num, 1))
        except EmptyPage:
            messages.warning(
                request,
                f"Lists can be paged through as far as page {paginator.num_pages}. "
                "Search or filter to reach what lies deeper.",
            )
            return paginator.page(paginator.num_pages)


def _refuse_nul(request: HttpRequest) -> None:
    """Raises IncorrectLookupParameters for the character that no text of the database has."""
    if any("\0" in text for name, texts in request.GET.lists() for text in (name, *texts)):
        messages.error(request, "The address of this list had a character that no text has: nothing was searched for.")
        raise IncorrectLookupParameters


def _refuse_overflow(model: type[Model], request: HttpRequest) -> None:
    """Raises IncorrectLookupParameters for a number among several that the column can't hold. Where such a number is
    alone, Django finds nothing; lists of them it hands to the database.
    """
    for name, texts in request.GET.lists():
        column = _column(model, name.removesuffix("__in")) if name.endswith("__in") else None
        if isinstance(column, IntegerField) and not all(_fits(each, column) for each in ",".join(texts).split(",")):
            raise IncorrectLookupParameters


def _column(model: type[Model], path: str) -> object:
    try:
        return get_fields_from_path(model, path)[-1]
    except (FieldDoesNotExist, NotRelationField):
        return None


def _fits(text: str, column: IntegerField[Any, Any]) -> bool:
    """What is no number at all is left to Django."""
    low, high = connection.ops.integer_field_range(column.get_internal_type())
    digits = text.strip().lstrip("+-")
    return not digits.isdecimal() or (len(digits) <= _MOST_DIGITS and low <= int(text) <= high)


class LookAheadMixin:
    """For any ModelAdmin: lists by look-ahead."""

    paginator = LookAheadPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    list_per_page = 50
    list_disable_select_all = True

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return LookAheadChangeList
