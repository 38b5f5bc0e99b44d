from django.apps import AppConfig


class OrdersConfig(AppConfig):
    name = "orders"

    def ready(self) -> None:
        from core.jobs.kinds import register_kind
        from inventory.actions import register_holders
        from orders import handlers  # noqa: F401 - importing it registers the handlers
        from orders.actions import let_wait, lock_youngest
        from orders.imports.kind import KIND

        register_holders(lock_youngest=lock_youngest, let_wait=let_wait)
        register_kind(KIND)
