from django.apps import AppConfig

from core.api.expansions import register_expansion


class ShippingConfig(AppConfig):
    name = "shipping"

    def ready(self) -> None:
        from inventory.queries import tells_units
        from inventory.statuses import MovementKind
        from orders.actions import register_packed
        from orders.queries import register_parcels
        from shipping import handlers  # noqa: F401 - importing it subscribes its handlers
        from shipping.api.documents import shipments_by_order
        from shipping.events import ShipmentDispatched
        from shipping.notifications import parcels_of
        from shipping.queries import packed_units

        tells_units(ShipmentDispatched.type, MovementKind.SHIP)
        register_packed(packed_units)
        register_parcels(parcels_of)
        register_expansion("order", "shipments", shipments_by_order, scope="shipments:read")
