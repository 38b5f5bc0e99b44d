from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.module_loading import autodiscover_modules


class CoreConfig(AppConfig):
    name = "core"

    def ready(self) -> None:
        from core.standard_roles import after_migrate

        autodiscover_modules("authorities")
        post_migrate.connect(after_migrate, sender=self)
        autodiscover_modules("operations")
