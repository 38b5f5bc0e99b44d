from django.apps import AppConfig


class TradingConfig(AppConfig):
    name = "trading"

    def ready(self) -> None:
        from core.jobs.kinds import register_kind
        from trading.imports.kind import KIND

        register_kind(KIND)
