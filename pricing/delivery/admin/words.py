"""What happened to delivery methods, in plain words."""

from __future__ import annotations

from core.console.timeline import register_words


def register() -> None:
    register_words(
        {
            "delivery_method.created": lambda _: "Created",
            "delivery_method.updated": lambda data: f"Changed: {', '.join(data['changed']).replace('_', ' ')}",
            "delivery_method.rates_set": lambda data: f"Rates set: {data['rates']}",
        }
    )
