"""Loads the demo shop, with a staff login and an API key to try it with."""

from __future__ import annotations

import json
import secrets
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.progress import Progress

from config.demo import ACTOR, ORDERS, STOREFRONTS, load_demo
from core import authority, people
from core.clients import ensure_storefront, issue_key
from core.models import User

STAFF_LOGIN = "admin"


class Command(BaseCommand):
    help = "Load the demo shop: 200 orders in every state, and books. Running it again adds only what is missing."

    def handle(self, **_options: Any) -> None:
        if settings.PRODUCTION:
            raise CommandError("The demo shop is for development; it makes a login that is not yours.")
        with Progress(console=Console(stderr=True), transient=True) as progress:
            task = progress.add_task("Loading the demo shop", total=ORDERS)
            for done, _ in load_demo():
                progress.update(task, completed=done)
        path = settings.DATA_DIR / "demo-credentials.json"
        if not _still_good(path):
            _write_credentials(path)
        self.stdout.write(f"The demo shop is there; its login and API key are in {path}")


def _still_good(path: Path) -> bool:
    """Whether the file names a staff login of this database (another database may have been behind it)."""
    try:
        login = json.loads(path.read_text(encoding="utf-8"))["staff_login"]
    except (OSError, ValueError, KeyError):
        return False
    return User.objects.filter(username=login).exists()


def _write_credentials(path: Path) -> None:
    password = secrets.token_urlsafe(12)
    user = User.objects.filter(username=STAFF_LOGIN).first()
    if user is None:
        user = people.create_person(username=STAFF_LOGIN, email="admin@example.com", actor=ACTOR)
        people.make_superuser(user.pk, actor=ACTOR)
    people.set_password(user.pk, password, actor=ACTOR)
    storefront = ensure_storefront(STOREFRONTS[0])
    scopes = [scope.name for scope in authority.scopes() if storefront.kind in scope.kinds]
    _, api_key = issue_key(storefront.pk, scopes=scopes, actor=ACTOR)
    credentials = {
        "staff_login": STAFF_LOGIN,
        "staff_password": password,
        "api_key": api_key,
        "storefront": storefront.name,
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_text(json.dumps(credentials, indent=2), encoding="utf-8")
