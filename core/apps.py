from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.urls import register_converter
from django.utils.module_loading import autodiscover_modules


class CoreConfig(AppConfig):
    name = "core"

    def ready(self) -> None:
        from core.api.identifiers import IdConverter
        from core.standard_roles import after_migrate
        from core.triggers import leave_no_way_past

        register_converter(IdConverter, "id")
        autodiscover_modules("authorities")
        post_migrate.connect(after_migrate, sender=self)
        post_migrate.connect(leave_no_way_past, sender=self)
        autodiscover_modules("operations")
