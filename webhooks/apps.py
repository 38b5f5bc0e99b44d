from django.apps import AppConfig


class WebhooksConfig(AppConfig):
    name = "webhooks"
    verbose_name = "Webhooks"

    def ready(self) -> None:
        from core.relay import register_source
        from webhooks import handlers  # noqa: F401 - importing it subscribes its handlers
        from webhooks.delivering import Endpoints

        register_source(Endpoints())
