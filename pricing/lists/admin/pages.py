"""The list of price lists, the page of one, and the list of its prices."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, StreamingHttpResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from core.console import Button, ConsoleAdmin, Done, Fact, Panel, Submission, badge, button_of, link_to, moment
from core.console.filters import EnteredFilter, RelatedDropdownFilter
from core.console.navigation import Menu
from core.console.parts import NOTHING, list_of, page_of
from core.files import object_store
from core.files.writing import csv_of
from core.folding import same_in_any_case
from core.ids import new_id
from core.jobs.actions import file_key_of
from core.models import Client
from core.money import format_money
from inventory.queries import variant_ids
from pricing.console import preview_links
from pricing.lists import actions
from pricing.lists import authorities as may
from pricing.lists.admin import forms
from pricing.lists.admin.words import counted
from pricing.lists.models import PriceList, PriceListEntry, PriceListGroup
from pricing.lists.operations import EDIT, IMPORT_PRICES, REMOVE_PRICES, SET_PRICES
from pricing.lists.queries import entries_of, price_rows

PRICES = "Prices and taxes"
PRICES_SHOWN = 50
_DOWNLOAD = "pricing_pricelist_download"


def _add(pressed: Submission) -> Done:
    data = {**pressed.data}
    client = data.pop("client")
    price_list = actions.create_price_list(client_id=client.pk, **data, active=False, actor=pressed.actor)
    return Done(
        f"{client} has the price list {price_list} now. It is inactive until you edit it to be active.",
        page_of("pricing.pricelist", price_list.pk),
    )


def _edit(pressed: Submission) -> str:
    data = {**pressed.data}
    group_ids = [uuid.UUID(group_id) for group_id in data.pop("groups")]
    changes = actions.PriceListChanges(**data, group_ids=group_ids)  # type: ignore[typeddict-item]
    actions.update_price_list(pressed.obj.pk, changes, actor=pressed.actor, expected_version=pressed.expected_version)
    return "The price list is up to date."


def _terms_of(price_list: PriceList) -> dict[str, Any]:
    names = ("name", "prices_include_tax", "priority", "starts_at", "ends_at", "active")
    groups = [str(group_id) for group_id in price_list.group_ids]
    return {name: getattr(price_list, name) for name in names} | {"groups": groups}


def _set_prices(pressed: Submission) -> str:
    prices = [
        actions.NewPrice(row["sku"], row["amount"], row["from_quantity"] or 1, row["compare_at"])
        for row in pressed.data["rows"]
    ]
    change = actions.set_prices(pressed.obj.pk, prices, actor=pressed.actor)
    return f"{counted(change.changed)} set; {change.unchanged:,} as before."


def _remove_prices(pressed: Submission) -> str:
    prices = [actions.PriceKey(row["sku"], row["from_quantity"]) for row in pressed.data["rows"]]
    change = actions.remove_prices(pressed.obj.pk, prices, actor=pressed.actor)
    return f"{counted(change.changed)} removed."


def _store(pressed: Submission) -> dict[str, Any]:
    """Raises StoreUnavailable. Of what isn't opened afterwards the file stays, and nothing reads it."""
    job_id = new_id()
    return {"job_id": job_id, "total": object_store().save(file_key_of(job_id), pressed.data["file"])}


def _import(pressed: Submission) -> Done:
    data = pressed.data
    job = actions.queue_price_import(
        pressed.obj, name=data["file"].name, job_id=data["job_id"], total=data["total"], actor=pressed.actor
    )
    return Done(f"{job} is uploaded, and read from here on.", page_of("core.job", job.pk))


@admin.register(PriceList)
class PriceListAdmin(ConsoleAdmin):
    menu = Menu(PRICES, 34, "price_change")
    list_display = ("code", "name", "client", "currency", "priority", "whom", "state", "starts", "ends")
    list_select_related = ("client",)
    list_filter = (("client", RelatedDropdownFilter), "active", EnteredFilter)
    search_help_text = "A code"
    ordering = ("-id",)
    list_buttons = (
        Button("add", "Add price list", _add, may.EDIT, form=forms.NewPriceListForm, look="primary",
               help="It begins inactive and without prices: give it those first, and the groups that it is for."),
    )  # fmt: skip
    buttons = (
        button_of(SET_PRICES, _set_prices, form=forms.PricesForm, look="primary", any_version=True,
               help="Prices that you don't name stay. Orders keep the prices that they were placed with."),
        button_of(IMPORT_PRICES, _import, form=forms.ImportForm, before=_store, any_version=True,
               help="A wrong row keeps no other out."),
        button_of(REMOVE_PRICES, _remove_prices, form=forms.PriceKeysForm, look="danger", any_version=True),
        button_of(EDIT, _edit, form=forms.PriceListForm, initial=_terms_of),
    )  # fmt: skip

    # The list

    def get_search_fields(self, request: HttpRequest) -> Sequence[str]:
        return ["code"]

    def search(self, queryset: QuerySet[Any], term: str) -> QuerySet[Any]:
        """Codes are indexed within their storefront, of which there are few."""
        storefronts = list(Client.objects.values_list("pk", flat=True))
        of_code = queryset.filter(same_in_any_case("code", term), client__in=storefronts)
        return super().search(queryset, term) | of_code

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        queryset: QuerySet[Any] = super().get_queryset(request)
        return queryset.prefetch_related("group_links__group")

    @admin.display(description="For")
    def whom(self, price_list: PriceList) -> str:
        return ", ".join(sorted(link.group.code for link in price_list.group_links.all())) or "Everybody"

    @admin.display(description="Status")
    def state(self, price_list: PriceList) -> SafeString:
        return _state(price_list)

    @admin.display(description="Starts")
    def starts(self, price_list: PriceList) -> object:
        return moment(price_list.starts_at)

    @admin.display(description="Ends")
    def ends(self, price_list: PriceList) -> object:
        return moment(price_list.ends_at)

    # The page

    def page_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().page_queryset(request).select_related("client")

    def headline(self, obj: PriceList) -> str:
        return f"{obj.code} · {obj.name}"

    def badges(self, obj: PriceList) -> Sequence[object]:
        return [_state(obj)]

    def facts(self, obj: PriceList) -> Sequence[Fact]:
        return [
            Fact("Storefront", link_to("core.client", obj.client_id, obj.client)),
            Fact("Currency", obj.currency),
            Fact("Prices include tax", obj.prices_include_tax),
            Fact("Priority", obj.priority),
            Fact("For", _groups(obj)),
            Fact("Starts", moment(obj.starts_at)),
            Fact("Ends", moment(obj.ends_at)),
            Fact("Entered", moment(obj.created_at)),
        ]

    def panels(self, request: HttpRequest, obj: PriceList) -> Sequence[Panel]:
        rows = [
            (
                link_to("inventory.variant", entry.variant_id, entry.variant.sku), entry.variant.name,
                f"{entry.from_quantity:,}", format_money(entry.amount, obj.currency), _compared(entry, obj.currency),
            )
            for entry in entries_of(obj)[:PRICES_SHOWN]
        ]  # fmt: skip
        to = [
            *preview_links(request.user, client=obj.client_id, currency=obj.currency),
            ("All, and search by SKU", list_of("pricing.pricelistentry", price_list__id__exact=obj.pk)),
            ("Download", reverse(f"admin:{_DOWNLOAD}", args=[obj.pk])),
        ]
        headers = ("SKU", "Name", "From units", "Price", "Former price")
        return [Panel("Prices", headers, rows, numeric={2, 3, 4}, empty="It has none yet.", to=to if rows else [])]

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.download_view)
        return [path("<uuid:object_id>/prices.csv", view, name=_DOWNLOAD), *super().get_urls()]

    def download_view(self, request: HttpRequest, object_id: uuid.UUID) -> StreamingHttpResponse:
        """The prices as a file that can be imported again."""
        if request.method != "GET" or not self.has_view_permission(request):
            raise PermissionDenied
        price_list = self._find(request, str(object_id))
        if price_list is None:
            raise Http404
        disposition = f'attachment; filename="{price_list.pk}.prices.csv"'
        return StreamingHttpResponse(
            csv_of(price_rows(price_list)),
            content_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": disposition},
        )


def _state(price_list: PriceList) -> SafeString:
    now = timezone.now()
    if not price_list.active:
        return badge("Inactive", "bad")
    if price_list.ends_at is not None and price_list.ends_at <= now:
        return badge("Ended", "neutral")
    if price_list.starts_at is not None and now < price_list.starts_at:
        return badge("Not begun", "info")
    return badge("Active", "good")


def _groups(price_list: PriceList) -> object:
    groups = sorted((link.group for link in price_list.group_links.all()), key=lambda group: group.code)
    links = ((link_to("customers.customergroup", group.pk, group.code),) for group in groups)
    return format_html_join(", ", "{}", links) or "Everybody"


def _compared(entry: PriceListEntry, currency: str) -> str:
    return NOTHING if entry.compare_at is None else format_money(entry.compare_at, currency)


@admin.register(PriceListEntry)
class PriceListEntryAdmin(ConsoleAdmin):
    """Out of the sidebar: the page of a price list leads to its prices."""

    list_display = ("sku", "of", "from_quantity", "money", "compared")
    list_select_related = ("price_list", "variant")
    linked_lookups = ("price_list__id__exact",)
    search_help_text = "A SKU"
    ordering = ("price_list_id", "variant_id", "from_quantity")

    def get_search_fields(self, request: HttpRequest) -> Sequence[str]:
        return ["variant"]

    def search(self, queryset: QuerySet[Any], term: str) -> QuerySet[Any]:
        return queryset.filter(variant__in=list(variant_ids([term]).values()))

    @admin.display(description="SKU")
    def sku(self, entry: PriceListEntry) -> str:
        return entry.variant.sku

    @admin.display(description="List")
    def of(self, entry: PriceListEntry) -> object:
        return link_to("pricing.pricelist", entry.price_list_id, entry.price_list)

    @admin.display(description="Price")
    def money(self, entry: PriceListEntry) -> str:
        return format_money(entry.amount, entry.price_list.currency)

    @admin.display(description="Former price")
    def compared(self, entry: PriceListEntry) -> str:
        return _compared(entry, entry.price_list.currency)

    def page_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().page_queryset(request).select_related("price_list", "variant")

    def headline(self, obj: PriceListEntry) -> str:
        return f"{obj.variant.sku} in {obj.price_list}: {self.money(obj)}"

    def facts(self, obj: PriceListEntry) -> Sequence[Fact]:
        return [
            Fact("List", self.of(obj)),
            Fact("Variant", link_to("inventory.variant", obj.variant_id, obj.variant)),
            Fact("From units", f"{obj.from_quantity:,}"),
            Fact("Price", self.money(obj)),
            Fact("Former price", self.compared(obj)),
        ]


@admin.register(PriceListGroup)
class PriceListGroupAdmin(ConsoleAdmin):
    """Out of the sidebar: the page of a price list says whom it is for."""

    list_display = ("price_list", "group")
    list_select_related = ("price_list", "group")
    ordering = ("-id",)

    def page_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().page_queryset(request).select_related("price_list", "group")

    def facts(self, obj: PriceListGroup) -> Sequence[Fact]:
        return [
            Fact("List", link_to("pricing.pricelist", obj.price_list_id, obj.price_list)),
            Fact("Group", link_to("customers.customergroup", obj.group_id, obj.group)),
        ]
