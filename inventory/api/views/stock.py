"""Stock levels, the ledger of movements, and what a warehouse does to them. All clients share them."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from core.api.replies import Reply
from core.api.views import ActionView, ListView
from inventory.actions import StockItem, TransferItem, adjust, receive, scrap, transfer
from inventory.api.filters import MovementFilters, StockFilters
from inventory.api.names import Names, look_up
from inventory.api.serializers import (
    AdjustmentInput,
    StockChangeSerializer,
    StockItemsInput,
    StockLevelSerializer,
    StockMovementSerializer,
    TransferInput,
    show_change,
    show_level,
    show_movement,
)
from inventory.models import StockLevel, StockMovement


class LevelList(ListView):
    """What each location has of each variant, inactive locations included."""

    scopes = {"GET": "stock:read"}
    answers = {"GET": StockLevelSerializer}
    filterset = StockFilters
    orderings = {"created": ("id",), "-created": ("-id",)}

    def rows(self) -> QuerySet[StockLevel]:
        return StockLevel.objects.select_related("variant", "location")

    def present(self, rows: list[StockLevel]) -> list[Any]:
        return [show_level(row) for row in rows]


class MovementList(ListView):
    """The ledger, newest first. Its sums are the levels."""

    scopes = {"GET": "stock:read"}
    answers = {"GET": StockMovementSerializer}
    filterset = MovementFilters
    orderings = {"-created": ("-id",), "created": ("id",)}

    def rows(self) -> QuerySet[StockMovement]:
        return StockMovement.objects.select_related("variant", "location")

    def present(self, rows: list[StockMovement]) -> list[Any]:
        return [show_movement(row) for row in rows]


class _StockAction(ActionView):
    scopes = {"POST": "stock:write"}
    answers = {"POST": StockChangeSerializer}


class Receipts(_StockAction):
    """Take delivered units in."""

    bodies = {"POST": StockItemsInput}

    def act(self, body: dict[str, Any], **_: Any) -> Reply:
        moves = receive(_stock_items(body["items"]), note=body.get("note", ""), actor=self.actor)
        return Reply.ok(show_change(moves))


class Scraps(_StockAction):
    """Write off free units that can't be sold. Reserved ones are refused with 409."""

    bodies = {"POST": StockItemsInput}

    def act(self, body: dict[str, Any], **_: Any) -> Reply:
        moves = scrap(_stock_items(body["items"]), note=body.get("note", ""), actor=self.actor)
        return Reply.ok(show_change(moves))


class Transfers(_StockAction):
    """Move free units between locations: two movements each."""

    bodies = {"POST": TransferInput}

    def act(self, body: dict[str, Any], **_: Any) -> Reply:
        names = _look_up(body["items"], "from_location", "to_location")
        items = [
            TransferItem(
                names.variants[item["sku"]],
                names.locations[item["from_location"]],
                names.locations[item["to_location"]],
                item["quantity"],
            )
            for item in body["items"]
        ]
        return Reply.ok(show_change(transfer(items, note=body.get("note", ""), actor=self.actor)))


class Adjustments(_StockAction):
    """Correct the units on hand. When there is nothing to correct there is no movement. When fewer are left than are
    reserved, the youngest reservations are released first and their units backordered; those in packed shipments keep
    theirs, and 409 says so."""

    bodies = {"POST": AdjustmentInput}

    def act(self, body: dict[str, Any], **_: Any) -> Reply:
        names = look_up({"": body}, "location")
        moves = adjust(
            names.variants[body["sku"]],
            names.locations[body["location"]],
            to=body.get("to"),
            change=body.get("change"),
            note=body["note"],
            actor=self.actor,
        )
        return Reply.ok(show_change(moves))


def _look_up(items: list[dict[str, Any]], *location_fields: str) -> Names:
    return look_up({f"/items/{position}": item for position, item in enumerate(items)}, *location_fields)


def _stock_items(items: list[dict[str, Any]]) -> list[StockItem]:
    names = _look_up(items, "location")
    return [
        StockItem(names.variants[item["sku"]], names.locations[item["location"]], item["quantity"]) for item in items
    ]
