"""Stock levels, the ledger of movements, and what a warehouse does to them. All clients share them."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from core.api.replies import Reply
from core.api.views import ActionView, ListView
from core.models import ClientKind
from inventory.actions import StockItem, TransferItem, adjust, receive, scrap, transfer
from inventory.api.documents import show_change, show_level, show_movement
from inventory.api.filters import MovementFilters, StockFilters
from inventory.api.references import by_pointer, variants_of
from inventory.api.serializers.stock import (
    AdjustStockSerializer,
    ReceiveStockSerializer,
    ScrapStockSerializer,
    StockChangeSerializer,
    StockLevelSerializer,
    StockMovementSerializer,
    TransferStockSerializer,
)
from inventory.models import StockLevel, StockMovement


class LevelList(ListView):
    """What each location has of each variant, inactive locations included."""

    scopes = {"GET": "stock:read"}
    answers = {"GET": StockLevelSerializer}
    filterset = StockFilters
    orderings = {"variant_id": ("variant_id", "location_id"), "-variant_id": ("-variant_id", "-location_id")}

    def rows(self) -> QuerySet[StockLevel]:
        return StockLevel.objects.select_related("variant", "location")

    def present(self, rows: list[StockLevel]) -> list[Any]:
        return [show_level(row) for row in rows]


class MovementList(ListView):
    """The ledger, newest first. Its sums are the levels; of what is reserved and shipped, a storefront sees its own."""

    scopes = {"GET": "stock:read"}
    answers = {"GET": StockMovementSerializer}
    filterset = MovementFilters
    orderings = {"-created_at": ("-id",), "created_at": ("id",)}

    def rows(self) -> QuerySet[StockMovement]:
        moves = StockMovement.objects.select_related("variant", "location")
        client = self.caller.client
        return moves.visible_to(client.pk) if client.kind == ClientKind.STOREFRONT else moves

    def present(self, rows: list[StockMovement]) -> list[Any]:
        return [show_movement(row) for row in rows]


class _StockAction(ActionView):
    scopes = {"POST": "stock:write"}
    answers = {"POST": StockChangeSerializer}


class Receipts(_StockAction):
    """Add delivered units to stock."""

    bodies = {"POST": ReceiveStockSerializer}

    def act(self, body: dict[str, Any], **_: Any) -> Reply:
        moves = receive(_stock_items(body["items"]), note=body.get("note", ""), actor=self.actor)
        return Reply.ok(show_change(moves))


class Scraps(_StockAction):
    """Write off free units that can't be sold. Reserved ones are refused with 409."""

    bodies = {"POST": ScrapStockSerializer}

    def act(self, body: dict[str, Any], **_: Any) -> Reply:
        moves = scrap(_stock_items(body["items"]), note=body.get("note", ""), actor=self.actor)
        return Reply.ok(show_change(moves))


class Transfers(_StockAction):
    """Move free units between locations: two movements each."""

    bodies = {"POST": TransferStockSerializer}

    def act(self, body: dict[str, Any], **_: Any) -> Reply:
        variants = variants_of(by_pointer(body["items"]), "from_location_id", "to_location_id")
        items = [
            TransferItem(variants[item["sku"]], item["from_location_id"], item["to_location_id"], item["quantity"])
            for item in body["items"]
        ]
        return Reply.ok(show_change(transfer(items, note=body.get("note", ""), actor=self.actor)))


class Adjustments(_StockAction):
    """Correct the units on hand. When there is nothing to correct there is no movement. When fewer are left than are
    reserved, the youngest reservations are released first and their units backordered; those in packed shipments keep
    theirs, and 409 says so."""

    says_what_was_seen = True
    bodies = {"POST": AdjustStockSerializer}

    def act(self, body: dict[str, Any], **_: Any) -> Reply:
        variants = variants_of({"": body}, "location_id")
        moves = adjust(
            variants[body["sku"]],
            body["location_id"],
            to=body.get("to"),
            change=body.get("change"),
            seen=body.get("on_hand"),
            note=body["note"],
            actor=self.actor,
        )
        return Reply.ok(show_change(moves))


def _stock_items(items: list[dict[str, Any]]) -> list[StockItem]:
    variants = variants_of(by_pointer(items), "location_id")
    return [StockItem(variants[item["sku"]], item["location_id"], item["quantity"]) for item in items]
