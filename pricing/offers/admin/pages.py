"""The console's pages of offers, their codes and uses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from core.console import Button, ConsoleAdmin, Done, Fact, Panel, Submission, badge, button_of, link_to, moment
from core.console.filters import ChoicesDropdownFilter, EnteredFilter, FlagFilter, RelatedDropdownFilter
from core.console.navigation import Menu
from core.console.parts import NOTHING, Tone, list_of
from core.models import Client
from core.money import format_money
from customers.queries import groups_by_id
from pricing.console import preview_links
from pricing.offers import actions
from pricing.offers import authorities as may
from pricing.offers.admin import forms
from pricing.offers.admin.state import StateFilter, state_badge
from pricing.offers.models import Offer, OfferBuyerCount, OfferCode, OfferCount, OfferTarget, OfferUse
from pricing.offers.operations import ADD_CODES, EDIT, EDIT_CODE, END, GENERATE_CODES
from pricing.offers.statuses import OfferKind

GROUP = "Prices and taxes"
SHOWN = 25


def _add(kind: OfferKind) -> Any:
    def add(pressed: Submission) -> str:
        data = pressed.data
        offer = actions.create_offer(
            client_id=data["client"].pk,
            code=data["code"],
            kind=kind,
            automatic=data["automatic"],
            terms=data["terms"],
            actor=pressed.actor,
        )
        return f"{offer} is an offer of {data['client']} now."

    return add


def _edit(pressed: Submission) -> str:
    actions.update_offer(
        pressed.obj.pk, pressed.data["terms"], actor=pressed.actor, expected_version=pressed.expected_version
    )
    return "The offer is up to date."


def _add_codes(pressed: Submission) -> Done:
    data = pressed.data
    new = [actions.NewCode(code, data["use_limit"]) for code in data["codes"]]
    rows = actions.add_codes(pressed.obj.pk, new, actor=pressed.actor, expected_version=pressed.expected_version)
    return Done(f"{len(rows):,} added to {pressed.obj}.", _codes_of(pressed.obj))


def _generate_codes(pressed: Submission) -> Done:
    data = pressed.data
    rows = actions.generate_codes(
        pressed.obj.pk,
        count=data["count"],
        prefix=data["beginning"],
        use_limit=data["use_limit"],
        actor=pressed.actor,
        expected_version=pressed.expected_version,
    )
    return Done(f"{len(rows):,} generated for {pressed.obj}.", _codes_of(pressed.obj))


def _edit_code(pressed: Submission) -> str:
    data = pressed.data
    code = actions.update_code(
        pressed.obj.pk,
        data["code_id"],
        actions.CodeChanges(use_limit=data["use_limit"], active=data["active"]),
        actor=pressed.actor,
        expected_version=pressed.expected_version,
    )
    return f"{code} is up to date."


def _codes_of(offer: Offer) -> str:
    return list_of("pricing.offercode", offer__id__exact=offer.pk)


def _used_of(used: int, limit: int | None) -> str:
    return f"{used:,}" if limit is None else f"{used:,} of {limit:,}"


def _money(amounts: Mapping[str, int]) -> str:
    return ", ".join(format_money(amounts[currency], currency) for currency in sorted(amounts))


def _active(active: bool) -> SafeString:
    tone: Tone = "good" if active else "bad"
    return badge("Active" if active else "Switched off", tone)


def _gives(offer: Offer) -> str:
    """ "10.00 % off", "5.00 EUR off", "2 bought, 1 got at 100.00 % off"."""
    if offer.kind == OfferKind.PERCENTAGE:
        return f"{offer.percentage} % off"
    if offer.kind == OfferKind.AMOUNT:
        return f"{_money(offer.amounts)} off"
    if offer.kind == OfferKind.BUY_X_GET_Y:
        return f"{offer.buy_quantity} bought, {offer.get_quantity} more at {offer.percentage} % off"
    return str(offer.get_kind_display())


@admin.register(Offer)
class OfferAdmin(ConsoleAdmin):
    menu = Menu(GROUP, 35, "redeem")
    list_display = ("code", "label", "gives", "storefront", "state", "used", "begins", "ends")
    list_select_related = ("client", "count")
    list_filter = (("client", RelatedDropdownFilter), ("kind", ChoicesDropdownFilter), StateFilter, EnteredFilter)
    search_exact = ("code",)
    search_help_text = "Its own code"
    list_buttons = (
        Button("add-percentage", "Add percentage off", _add(OfferKind.PERCENTAGE), may.EDIT,
               form=forms.NewPercentageForm, look="primary"),
        Button("add-amount", "Add amount off", _add(OfferKind.AMOUNT), may.EDIT, form=forms.NewAmountForm),
        Button("add-free-delivery", "Add free delivery", _add(OfferKind.FREE_DELIVERY), may.EDIT,
               form=forms.NewFreeDeliveryForm),
        Button("add-buy-x-get-y", "Add buy X get Y", _add(OfferKind.BUY_X_GET_Y), may.EDIT,
               form=forms.NewBuyXGetYForm),
    )  # fmt: skip
    buttons = (
        button_of(EDIT, _edit, form=forms.EditOfferForm, initial=forms.terms_of,
                  help="Orders keep what they were given."),
        button_of(GENERATE_CODES, _generate_codes, form=forms.GenerateCodesForm,
                  help="Letters and digits that nobody can guess."),
        button_of(ADD_CODES, _add_codes, form=forms.AddCodesForm),
        button_of(EDIT_CODE, _edit_code, form=forms.EditCodeForm),
        button_of(END, told="{} has ended.", confirm=True, look="danger", help="Nobody gets it from now on."),
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        queryset: Any = super().get_queryset(request)
        stated: QuerySet[Any] = queryset.with_state(timezone.now())
        return stated

    @admin.display(description="Gives")
    def gives(self, offer: Offer) -> str:
        return _gives(offer)

    @admin.display(description="Storefront")
    def storefront(self, offer: Offer) -> object:
        return link_to("core.client", offer.client_id, offer.client)

    @admin.display(description="Stands")
    def state(self, offer: Any) -> SafeString:
        return state_badge(offer.state)

    @admin.display(description="Used")
    def used(self, offer: Any) -> str:
        return _used_of(offer.count.used, offer.total_limit)

    @admin.display(description="Begins")
    def begins(self, offer: Offer) -> object:
        return moment(offer.starts_at)

    @admin.display(description="Ends")
    def ends(self, offer: Offer) -> object:
        return moment(offer.ends_at)

    def page_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().page_queryset(request).select_related("client", "count")

    def headline(self, obj: Offer) -> str:
        return f"{obj.code} · {obj.label}"

    def badges(self, obj: Any) -> Sequence[object]:
        return [state_badge(obj.state), badge("Automatic" if obj.automatic else "By code", "info")]

    def facts(self, obj: Any) -> Sequence[Fact]:
        return [
            Fact("Gives", _gives(obj)),
            Fact("Minimum", " · ".join(filter(None, [
                _money(obj.minimum_amounts), f"{obj.minimum_quantity:,} units" if obj.minimum_quantity else "",
            ]))),
            Fact("For", _groups(obj)),
            Fact("Combinable with others", obj.combinable),
            Fact("Priority", obj.priority),
            Fact("Used", self.used(obj)),
            Fact("Uses per customer", obj.limit_per_customer),
            Fact("Begins", moment(obj.starts_at)),
            Fact("Ends", moment(obj.ends_at)),
            Fact("Storefront", self.storefront(obj)),
            Fact("Entered", moment(obj.created_at)),
        ]  # fmt: skip

    def panels(self, request: HttpRequest, obj: Offer) -> Sequence[Panel]:
        targets = OfferTarget.objects.filter(offer=obj).select_related("product", "variant").order_by("id")
        uses = OfferUse.objects.filter(offer=obj).select_related("code").order_by("-id")[:SHOWN]
        all_uses = [("All", list_of("pricing.offeruse", offer__id__exact=obj.pk))]
        panels = [
            Panel("It is for", ("What", "How"), [_target_row(each) for each in targets[:200]], empty="Everything.",
                  to=preview_links(request.user, client=obj.client_id)),
            Panel("Last uses", ("Order", "By", "Code", "Turn", "When"), [_use_row(each) for each in uses],
                  empty="No order has used it.", to=all_uses),
        ]  # fmt: skip
        return panels if obj.automatic else [self._codes(obj), *panels]

    def _codes(self, offer: Offer) -> Panel:
        codes = OfferCode.objects.filter(offer=offer).order_by("-id")[:SHOWN]
        rows = [(code.code, _used_of(code.used, code.use_limit), _active(code.active)) for code in codes]
        to = [("All", _codes_of(offer))]
        return Panel("Codes", ("Code", "Used", "Status"), rows, numeric={1}, empty="Nobody can ask for it yet.", to=to)


def _groups(offer: Offer) -> object:
    groups = sorted(groups_by_id(offer.group_ids).values(), key=lambda group: group.code) if offer.group_ids else []
    links = ((link_to("customers.customergroup", group.id, group.code),) for group in groups)
    return format_html_join(", ", "{}", links) or "Everybody"


def _target_row(target: OfferTarget) -> tuple[object, str]:
    if target.product_id is not None:
        return link_to("inventory.product", target.product_id, target.product), "with all variants"
    return link_to("inventory.variant", target.variant_id, target.variant), ""


def _use_row(use: OfferUse) -> tuple[object, ...]:
    return _order(use), _buyer(use.buyer_key), use.code or NOTHING, _turn(use), moment(use.created_at)


def _order(use: OfferUse) -> object:
    return link_to("orders.order", use.order_id, "Order")


def _buyer(key: str) -> object:
    """A guest is known by a hash, which tells nobody anything."""
    kind, _, who = key.partition(":")
    return link_to("customers.customer", who, "Customer") if kind == "customer" else "Guest"


def _turn(use: OfferUse) -> SafeString:
    return badge("Used", "good") if use.change > 0 else badge("Given back", "neutral")


class _OfOffers(ConsoleAdmin):
    """What belongs to an offer, and is shown with it."""

    list_select_related: Sequence[str] = ("offer",)
    linked_lookups = ("offer__id__exact",)

    @admin.display(description="Offer")
    def of(self, row: Any) -> object:
        return link_to("pricing.offer", row.offer_id, row.offer)

    def page_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().page_queryset(request).select_related(*self.list_select_related)


class UnusedFilter(FlagFilter):
    title = "used"
    parameter_name = "used"

    def yes(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(used__gt=0)

    def no(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(used=0)


@admin.register(OfferCode)
class OfferCodeAdmin(_OfOffers):
    menu = Menu(GROUP, 36, "confirmation_number")
    list_display = ("code", "of", "storefront", "uses", "state", "entered")
    list_select_related = ("offer", "client")
    list_filter = (("client", RelatedDropdownFilter), UnusedFilter, "active", EnteredFilter)
    search_help_text = "The whole code, in any letter case"
    search_exact = ("code",)

    def search(self, queryset: QuerySet[Any], term: str) -> QuerySet[Any]:
        """Codes are indexed within their storefront, of which there are few."""
        storefronts = list(Client.objects.values_list("pk", flat=True))
        codes: Any = queryset
        found: QuerySet[Any] = codes.filter(client__in=storefronts).among([term])
        return found

    @admin.display(description="Storefront")
    def storefront(self, code: OfferCode) -> object:
        return link_to("core.client", code.client_id, code.client)

    @admin.display(description="Used")
    def uses(self, code: OfferCode) -> str:
        return _used_of(code.used, code.use_limit)

    @admin.display(description="Status")
    def state(self, code: OfferCode) -> SafeString:
        return _active(code.active)

    @admin.display(description="Entered")
    def entered(self, code: OfferCode) -> object:
        return moment(code.created_at)

    def badges(self, obj: OfferCode) -> Sequence[object]:
        return [_active(obj.active)]

    def facts(self, obj: OfferCode) -> Sequence[Fact]:
        return [
            Fact("Offer", self.of(obj)),
            Fact("Storefront", self.storefront(obj)),
            Fact("Used", self.uses(obj)),
            Fact("Entered", moment(obj.created_at)),
        ]

    def panels(self, request: HttpRequest, obj: OfferCode) -> Sequence[Panel]:
        uses = OfferUse.objects.filter(code=obj).select_related("code").order_by("-id")[:SHOWN]
        rows = [_use_row(each) for each in uses]
        return [Panel("Last uses", ("Order", "By", "Code", "Turn", "When"), rows, empty="No order has used it.")]


@admin.register(OfferUse)
class OfferUseAdmin(_OfOffers):
    """Out of the sidebar: the pages of an offer and of a code lead to their uses."""

    list_display = ("at", "of", "shown_code", "order", "buyer", "turn_badge")
    list_select_related = ("offer", "code")
    list_filter = (EnteredFilter,)

    @admin.display(description="When")
    def at(self, use: OfferUse) -> object:
        return moment(use.created_at)

    @admin.display(description="Code")
    def shown_code(self, use: OfferUse) -> object:
        return use.code or NOTHING

    @admin.display(description="Order")
    def order(self, use: OfferUse) -> object:
        return _order(use)

    @admin.display(description="By")
    def buyer(self, use: OfferUse) -> object:
        return _buyer(use.buyer_key)

    @admin.display(description="Turn")
    def turn_badge(self, use: OfferUse) -> SafeString:
        return _turn(use)

    def headline(self, obj: OfferUse) -> str:
        return f"Use of {obj.offer}"

    def facts(self, obj: OfferUse) -> Sequence[Fact]:
        return [
            Fact("Offer", self.of(obj)),
            Fact("Code", obj.code),
            Fact("Order", _order(obj)),
            Fact("By", _buyer(obj.buyer_key)),
            Fact("Turn", _turn(obj)),
            Fact("When", moment(obj.created_at)),
        ]


@admin.register(OfferCount)
class OfferCountAdmin(_OfOffers):
    """Out of the sidebar: offers show it."""

    list_display = ("of", "used", "at_most", "at_most_each")
    list_display_links = ("used",)

    def headline(self, obj: OfferCount) -> str:
        return f"Uses of {obj.offer}"

    def facts(self, obj: OfferCount) -> Sequence[Fact]:
        return [
            Fact("Offer", self.of(obj)),
            Fact("Used", obj.used),
            Fact("At most", obj.at_most),
            Fact("At most by each customer", obj.at_most_each),
        ]


@admin.register(OfferBuyerCount)
class OfferBuyerCountAdmin(_OfOffers):
    """Out of the sidebar: it says something of an offer only."""

    list_display = ("of", "buyer", "used")
    list_display_links = ("used",)

    @admin.display(description="By")
    def buyer(self, count: OfferBuyerCount) -> object:
        return _buyer(count.buyer_key)

    def headline(self, obj: OfferBuyerCount) -> str:
        return f"Uses of {obj.offer} by one buyer"

    def facts(self, obj: OfferBuyerCount) -> Sequence[Fact]:
        return [Fact("Offer", self.of(obj)), Fact("By", _buyer(obj.buyer_key)), Fact("Used", obj.used)]


@admin.register(OfferTarget)
class OfferTargetAdmin(_OfOffers):
    """Out of the sidebar: offers show what they are for."""

    list_display = ("id", "of", "what")
    list_select_related = ("offer", "product", "variant")

    @admin.display(description="For")
    def what(self, target: OfferTarget) -> object:
        return _target_row(target)[0]

    def headline(self, obj: OfferTarget) -> str:
        return f"{obj.offer} is for {obj}"

    def facts(self, obj: OfferTarget) -> Sequence[Fact]:
        return [Fact("Offer", self.of(obj)), Fact("For", self.what(obj))]
