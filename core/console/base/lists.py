"""The list of a model: what it searches, and which filters an address may name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib.admin.utils import get_fields_from_path
from django.core.exceptions import ValidationError
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest

from core.console.base.access import ReadOnlyAdmin
from core.console.picking import pick_actions
from core.text import normal

FOUND_AT_MOST = 500
"""Rows of another table that a search goes by."""
SHORTEST_TEXT = 3
"""Letters below which a trigram index cannot help, so that a search looks for exact values only."""


class ListAdmin(ReadOnlyAdmin):
    """`search_exact` are lookups with a btree index, `search_text` those with a trigram index on their upper case;
    `linked_lookups` are filters that other pages link to; `list_defer` are columns that a list doesn't show."""

    search_exact: Sequence[str] = ()
    search_text: Sequence[str] = ()
    linked_lookups: Sequence[str] = ()
    list_defer: Sequence[str] = ()
    change_list_template = "admin/console/change_list.html"
    sortable_by: Sequence[str] = ()
    actions: Any = None
    list_filter_sheet = True
    list_filter_submit = True

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """The page's own, and what apps above add for picked rows; without any, rows can't be picked."""
        return {**super().get_actions(request), **pick_actions(self.opts.label_lower, request)}

    def get_search_fields(self, request: HttpRequest) -> Sequence[str]:
        return [*self.search_exact, *self.search_text]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        term = normal(search_term)
        return (self.search(queryset, term), False) if term else (queryset, False)

    def search(self, queryset: QuerySet[Any], term: str) -> QuerySet[Any]:
        """Rows whose indexed values are `term`, or contain it."""
        wanted = Q(pk__in=[])
        for lookup in ("pk", *self.search_exact):
            value = _as_value_of(queryset.model, lookup, term)
            if value is not None:
                wanted |= _where(queryset.model, lookup, value)
        if len(term) >= SHORTEST_TEXT:
            for lookup in self.search_text:
                wanted |= _where(queryset.model, f"{lookup}__icontains", term)
        return queryset.filter(wanted)

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """Only declared filters: any other column may have no index."""
        declared = {
            getattr(item, "parameter_name", None) or str(item[0] if isinstance(item, tuple) else item)
            for item in self.list_filter
        }
        return lookup in self.linked_lookups or any(
            lookup == name or lookup.startswith((f"{name}__", f"{name}_")) for name in declared
        )


def _as_value_of(model: type[Model], lookup: str, term: str) -> Any:
    """`term` as a value of the looked-up field, or None when it cannot be one."""
    field = model._meta.pk if lookup == "pk" else get_fields_from_path(model, lookup)[-1]
    try:
        return field.clean(term, None) if field is not None else None
    except ValidationError:
        return None


def _where(model: type[Model], lookup: str, value: Any) -> Q:
    """A condition that an index of the model's own table serves: rows of other tables are looked up first."""
    name, _, rest = lookup.partition("__")
    field = model._meta.pk if name == "pk" else model._meta.get_field(name)
    if not rest or field is None or not isinstance(field.related_model, type):
        return Q(**{lookup: value})
    rows = field.related_model._base_manager  # noqa: SLF001 - the name that Django documents
    related = rows.filter(_where(field.related_model, rest, value))
    return Q(**{f"{name}__in": list(related.values_list("pk", flat=True)[:FOUND_AT_MOST])})
