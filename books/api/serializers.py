"""Postings as JSON."""

from __future__ import annotations

from typing import Any

from books.models import Posting
from books.statuses import Account, PostingKind
from core.api.serializers import (
    ActorSerializer,
    AmountField,
    ChoiceField,
    CurrencyField,
    IdField,
    IntegerField,
    ListField,
    StrictSerializer,
    StringField,
    TimestampField,
)


class PostingLineSerializer(StrictSerializer):
    account = ChoiceField(Account.choices)
    detail = StringField(allow_blank=True, help_text="The method of cash, the name and rate of a tax.")
    amount = AmountField(help_text="Debits are positive, credits negative.")


class PostingSerializer(StrictSerializer):
    id = IdField()
    subject_type = ChoiceField(["order", "stored_value"])
    subject_id = IdField()
    kind = ChoiceField(PostingKind.choices)
    currency = CurrencyField()
    lines = ListField(child=PostingLineSerializer(), max_length=1_000, help_text="They come to nothing together.")
    reverses_id = IdField(allow_null=True, help_text="The posting that it takes back.")
    version = IntegerField(help_text="Of the subject: the event of this version tells of it.")
    actor = ActorSerializer()
    posted_at = TimestampField()


_PLAIN = ("id", "subject_type", "subject_id", "kind", "currency", "reverses_id", "version", "posted_at")


def show_posting(posting: Posting) -> dict[str, Any]:
    lines = [{"account": line.account, "detail": line.detail, "amount": line.amount} for line in posting.lines.all()]
    actor = posting.actor
    shown = {name: getattr(posting, name) for name in _PLAIN}
    return {**shown, "lines": lines, "actor": {"kind": actor.kind, "id": actor.id, "name": actor.name}}
