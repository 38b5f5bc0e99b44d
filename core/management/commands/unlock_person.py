"""Let somebody sign in again who is locked out after too many wrong passwords."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from core.actors import Actor
from core.models import User
from core.people import unlock

ACTOR = Actor.system("unlock_person")


class Command(BaseCommand):
    help = "Forget the wrong passwords given for a person, who can then sign in from everywhere."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username", help="in any case of letters")

    def handle(self, *_: Any, username: str, **__: Any) -> None:
        person = User.objects.filter(username__iexact=username).first()
        if person is None:
            raise CommandError(f"There is nobody of the name {username}.")
        unlock(person.pk, actor=ACTOR)
        self.stdout.write(f"{person} can sign in again.")
