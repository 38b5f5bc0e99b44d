from importlib import import_module

from django.apps import AppConfig


class PricingConfig(AppConfig):
    name = "pricing"

    def import_models(self) -> None:
        """Those of the packages inside pricing."""
        super().import_models()
        for package in ("delivery", "lists", "offers"):
            import_module(f"pricing.{package}.models")

    def ready(self) -> None:
        from core.jobs.kinds import register_kind
        from pricing.lists.imports import KIND
        from storefronts.queries import register_tax_providers
        from taxes.queries import provider_names

        register_kind(KIND)
        register_tax_providers(provider_names)
