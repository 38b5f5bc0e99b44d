"""Give a caller of the API a key. Makes the client when there is none of that name."""

from __future__ import annotations

import datetime as dt
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from core.actors import Actor
from core.clients import create_client, issue_key
from core.errors import InvalidInput
from core.models import Client, ClientKind, KeyMode

ACTOR = Actor.system("create_api_key")


class Command(BaseCommand):
    help = "Make an API key and print it; it cannot be shown again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--client", required=True, help="name of the client; made when there is none")
        parser.add_argument("--kind", choices=ClientKind.values, default=ClientKind.STOREFRONT.value)
        parser.add_argument("--scopes", required=True, help="comma-separated, such as orders:read,orders:write")
        parser.add_argument("--mode", choices=KeyMode.values, default=KeyMode.LIVE.value)
        parser.add_argument("--expires-days", type=int, help="days until the key expires; never when absent")

    def handle(
        self, *_: Any, client: str, kind: str, mode: str, scopes: str, expires_days: int | None, **__: Any
    ) -> None:
        names = [name.strip() for name in scopes.split(",") if name.strip()]
        expires_at = timezone.now() + dt.timedelta(days=expires_days) if expires_days is not None else None
        try:
            named = Client.objects.filter(name=client).first() or create_client(
                name=client, kind=kind, mode=mode, actor=ACTOR
            )
            if (named.kind, named.mode) != (kind, mode):
                raise CommandError(f"{client} exists and is a {named.mode} {named.kind}, not a {mode} {kind}.")
            key, text = issue_key(named.pk, scopes=names, expires_at=expires_at, actor=ACTOR)
        except InvalidInput as error:
            raise CommandError(error.detail) from error
        self.stdout.write(text)
        self.stderr.write(f"Key {key} of {named.name}: {', '.join(key.scopes)}. It cannot be shown again.")
