"""Which gateways there are: those of the setting PAYMENT_GATEWAYS, by the name that payments keep for ever."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string

from orders.payments.gateways.interface import Gateway


def gateway_names() -> list[str]:
    """Those of the settings, the first is the default."""
    return list(settings.PAYMENT_GATEWAYS)


def gateway_named(name: str) -> Gateway:
    """Raises KeyError for one that the settings don't have."""
    options: dict[str, Any] = settings.PAYMENT_GATEWAYS[name]
    return _made(name, tuple(sorted(options.items())))


def captures_once(name: str) -> bool:
    """Whether a gateway lets go of the rest when part of an authorisation is captured; not one that isn't there."""
    options: dict[str, Any] = settings.PAYMENT_GATEWAYS.get(name, {})
    return bool(options) and bool(getattr(import_string(options["adapter"]), "captures_once", False))


@cache
def _made(name: str, options: tuple[tuple[str, Any], ...]) -> Gateway:  # noqa: ARG001 - one for each name
    given = dict(options)
    adapter: type[Gateway] = import_string(given.pop("adapter"))
    return adapter(**given)
