"""How the events of price lists read."""

from __future__ import annotations

from typing import Any

from core.console.timeline import register_words

_IN_WORDS = {"group_ids": "groups"}


def _changed(data: dict[str, Any]) -> str:
    names = (_IN_WORDS.get(name, name.replace("_", " ")) for name in data["changed"])
    return f"Changed: {', '.join(names)}"


def counted(count: int) -> str:
    return "1 price" if count == 1 else f"{count:,} prices"


def register() -> None:
    register_words(
        {
            "price_list.created": lambda _: "Created",
            "price_list.updated": _changed,
            "price_list.prices_set": lambda data: f"{counted(data['prices'])} set",
            "price_list.prices_removed": lambda data: f"{counted(data['prices'])} removed",
        }
    )
