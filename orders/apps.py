from importlib import import_module

from django.apps import AppConfig

from core.api.expansions import register_expansion


class OrdersConfig(AppConfig):
    name = "orders"

    def import_models(self) -> None:
        """Those of the packages inside orders too."""
        super().import_models()
        import_module("orders.instalments.models")
        import_module("orders.payments.models")
        import_module("orders.pricing.models")
        import_module("orders.refunds.models")
        import_module("orders.settlement.models")

    def ready(self) -> None:
        from core.jobs.kinds import register_kind
        from inventory.actions import register_holders
        from orders import handlers  # noqa: F401 - importing it registers the handlers
        from orders.actions import let_wait, lock_youngest
        from orders.api.sourcing import plans_by_order
        from orders.imports.kind import KIND
        from orders.instalments.api.documents import instalments_by_order
        from orders.payments.actions import register_refunds
        from orders.payments.api.documents import payments_by_order
        from orders.pricing.api.documents import prices_by_order
        from orders.refunds.actions import settle_part
        from orders.settlement import operations  # noqa: F401 - importing it declares them

        register_refunds(settle_part)
        register_holders(lock_youngest=lock_youngest, let_wait=let_wait)
        register_kind(KIND)
        register_expansion("order", "prices", prices_by_order, scope="orders:read")
        register_expansion("order", "sourcing", plans_by_order, scope="orders:read")
        register_expansion("order", "payments", payments_by_order, scope="payments:read")
        register_expansion("order", "instalments", instalments_by_order, scope="payments:read")
