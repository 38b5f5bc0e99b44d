from __future__ import annotations

from typing import TYPE_CHECKING

from django.apps import AppConfig

if TYPE_CHECKING:
    from taxes.providers import TaxProvider


class TaxesConfig(AppConfig):
    name = "taxes"

    def ready(self) -> None:
        from taxes.providers import HTTP, register_provider

        register_provider(HTTP, _http_service)


def _http_service() -> TaxProvider:
    """Its HTTP client is loaded by processes that ask a service, and by no other."""
    from taxes.service import http_tax_service

    return http_tax_service()
