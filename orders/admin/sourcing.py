"""Where an order's units were taken from, and why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from core.console import Fact, Panel, link_to, moment
from core.console.navigation import Menu
from orders.console import SALES, PartAdmin
from orders.models import Order, SourcingPlan

_HEADERS = ("Location", "Sends", "Why", "When")


def sourcing_panel(order: Order) -> Panel:
    """Of the last plan all locations, of those before it what was sent."""
    plans = list(order.sourcing_plans.all())
    rows = [row for plan in plans for row in (*_sent(plan), *(_passed_over(plan) if plan is plans[-1] else ()))]
    empty = "By priority: the storefront has no rules."
    return Panel("Where it comes from", _HEADERS, rows, empty=empty, aside=not rows, anchor="sourcing")


def _sent(plan: SourcingPlan) -> Iterator[tuple[object, ...]]:
    for parcel in plan.parcels:
        place = link_to("inventory.location", parcel["location_id"], parcel["location_code"])
        yield place, _units(parcel["units"]), plan.why, moment(plan.created_at)
    if plan.short:
        yield "No location", _units(plan.short), "Backordered.", moment(plan.created_at)


def _passed_over(plan: SourcingPlan) -> Iterator[tuple[object, ...]]:
    for each in plan.passed_over:
        place = link_to("inventory.location", each["location_id"], each["location_code"])
        yield place, "Nothing", each["detail"], moment(plan.created_at)
    if plan.passed_over_omitted:
        yield f"{plan.passed_over_omitted:,} more locations", "Nothing", "", moment(plan.created_at)


def _units(units: Sequence[dict[str, Any]]) -> str:
    return ", ".join(f"{each['quantity']} × {each['sku']}" for each in units)


@admin.register(SourcingPlan)
class SourcingPlanAdmin(PartAdmin):
    menu = Menu(SALES, 18, "alt_route")
    list_display = ("why", "of", "at")

    @admin.display(description="When")
    def at(self, plan: SourcingPlan) -> object:
        return moment(plan.created_at)

    def facts(self, obj: SourcingPlan) -> Sequence[Fact]:
        return [
            Fact("Order", self.of(obj)),
            Fact("Rules", ", ".join(obj.rules)),
            Fact("Outcome", obj.why),
            Fact("By", obj.actor),
            Fact("When", self.at(obj)),
        ]

    def panels(self, request: HttpRequest, obj: SourcingPlan) -> Sequence[Panel]:
        return [Panel("Locations", _HEADERS, [*_sent(obj), *_passed_over(obj)], empty="No location.")]
