"""What happened to clients, people and roles, in plain words."""

from __future__ import annotations

from typing import Any

from core.authority import find_authority
from core.console.timeline import register_words


def _listed(names: list[str]) -> str:
    return ", ".join(names).replace("_", " ") or "nothing"


def _edited(data: dict[str, Any]) -> str:
    changes = [
        ("changed", data["fields"]),
        ("may now", data.get("added", [])),
        ("may no longer", data.get("removed", [])),
    ]
    return "Edited: " + "; ".join(f"{verb} {_listed(names)}" for verb, names in changes if names)


def _limited(data: dict[str, Any]) -> str:
    authority = find_authority(data["authority"])
    what = authority.title if authority else data["authority"]
    where = data["currency"] or "every other currency"
    if data["amount"] is None:
        return f"{what}: limit in {where} removed"
    return f"{what}: limit of {data['amount']:,} minor units in {where}"


def register() -> None:
    register_words(
        {
            "client.created": lambda data: f"Created as a {data['mode']} {data['kind'].replace('_', ' ')}",
            "client.key_issued": lambda data: f"Key issued for {_listed(data['scopes'])}",
            "client.key_revoked": lambda _: "Key revoked",
            "person.created": lambda data: f"Created with {len(data['roles'])} roles",
            "person.edited": _edited,
            "person.roles_changed": lambda data: (
                f"Roles changed: {len(data['added'])} given, {len(data['removed'])} taken away"
            ),
            "person.password_set": lambda _: "Password set",
            "person.activated": lambda _: "Activated",
            "person.unlocked": lambda _: "Let in again after wrong passwords",
            "person.deactivated": lambda _: "Deactivated",
            "person.made_superuser": lambda _: "Made superuser",
            "person.no_longer_superuser": lambda _: "No longer superuser",
            "role.created": lambda data: f"Created: may {_listed(data['authorities'])}",
            "role.edited": _edited,
            "role.limit_set": _limited,
        }
    )
