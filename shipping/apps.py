from django.apps import AppConfig

from core.api.expansions import register_expansion


class ShippingConfig(AppConfig):
    name = "shipping"

    def ready(self) -> None:
        from orders.actions import register_packed
        from shipping import handlers  # noqa: F401 - importing it subscribes its handlers
        from shipping.api.documents import shipments_by_order
        from shipping.queries import packed_units

        register_packed(packed_units)
        register_expansion("order", "shipments", shipments_by_order, scope="shipments:read")
