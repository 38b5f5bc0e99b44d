"""What happened to offers, in plain words."""

from __future__ import annotations

from typing import Any

from core.console.timeline import register_words


def _changed(data: dict[str, Any]) -> str:
    return f"Changed: {', '.join(data['changed']).replace('_', ' ')}"


def _code_changed(data: dict[str, Any]) -> str:
    return f"A code changed: {', '.join(data['changed']).replace('_', ' ')}"


def _codes_added(data: dict[str, Any]) -> str:
    what = "1 code" if data["count"] == 1 else f"{data['count']:,} codes"
    return f"{what} {'generated' if data['generated'] else 'added'}"


def _counted(verb: str) -> Any:
    def say(data: dict[str, Any]) -> str:
        offers = len(data["offers"])
        return f"{offers} offer{'s' if offers > 1 else ''} {verb}"

    return say


def register() -> None:
    register_words(
        {
            "offer.created": lambda _: "Created",
            "offer.updated": _changed,
            "offer.ended": lambda _: "Ended",
            "offer.codes_added": _codes_added,
            "offer.code_updated": _code_changed,
            "offer.used": _counted("used"),
            "offer.given_back": _counted("given back"),
        }
    )
