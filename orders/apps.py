from django.apps import AppConfig


class OrdersConfig(AppConfig):
    name = "orders"

    def ready(self) -> None:
        from core.jobs.kinds import register_kind
        from orders import handlers  # noqa: F401 - importing it registers the handlers
        from orders.imports.kind import KIND

        register_kind(KIND)
