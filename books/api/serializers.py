"""Postings as JSON."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from itertools import groupby
from typing import Any

from books.models import Posting
from books.queries import Balance
from books.statuses import NUMBERS, Account, PostingKind
from core.api.serializers import (
    ActorSerializer,
    AmountField,
    ChoiceField,
    CurrencyField,
    DateField,
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
    subject_type = ChoiceField(["order", "stored_value", "payout", "payment_difference"])
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


class BalanceSerializer(StrictSerializer):
    account = ChoiceField(Account.choices)
    number = StringField(help_text="The account's number in the chart SKR 03.")
    detail = StringField(allow_blank=True, help_text="The method of cash, the name and rate of a tax.")
    debit = AmountField(help_text="One of the two sides is 0.")
    credit = AmountField()


class CurrencyBalancesSerializer(StrictSerializer):
    currency = CurrencyField()
    balances = ListField(child=BalanceSerializer(), max_length=10_000)
    debit = AmountField(help_text="The sum of that side, which is that of the other.")
    credit = AmountField()


class TrialBalanceSerializer(StrictSerializer):
    on = DateField(allow_null=True, help_text="The day at whose end it was so; null: as it is now.")
    currencies = ListField(child=CurrencyBalancesSerializer(), max_length=200)


def show_trial_balance(day: dt.date | None, found: Sequence[Balance]) -> dict[str, Any]:
    """`found` comes sorted by currency."""
    by_currency = groupby(found, lambda each: each.currency)
    return {"on": day, "currencies": [_of_currency(currency, list(balances)) for currency, balances in by_currency]}


def _of_currency(currency: str, balances: Sequence[Balance]) -> dict[str, Any]:
    return {
        "currency": currency,
        "balances": [_balance(each) for each in balances],
        "debit": sum(each.debit for each in balances),
        "credit": sum(each.credit for each in balances),
    }


def _balance(each: Balance) -> dict[str, Any]:
    shown = {name: getattr(each, name) for name in ("account", "detail", "debit", "credit")}
    return {**shown, "number": NUMBERS[each.account]}
