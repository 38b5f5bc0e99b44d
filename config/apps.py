from django.apps import AppConfig
from django.db.models.signals import post_migrate


class ConfigConfig(AppConfig):
    """The last of the apps, so that every permission is there when the roles are brought up to date."""

    name = "config"

    def ready(self) -> None:
        from core.standard_roles import after_migrate

        post_migrate.connect(after_migrate, sender=self)
