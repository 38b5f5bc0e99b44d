"""What holds true of gift cards, store credit and their ledger whoever writes them, raw SQL included."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from core.ids import new_id
from core.money import MAX_MINOR
from stored_value.actions import disable
from stored_value.models import StoredValue, StoredValueEntry
from stored_value.statuses import OF_ORDERS, EntryKind
from tests.factories.core import ACTOR, CAUSE, a_client, cause
from tests.factories.customers import a_customer
from tests.factories.stored_value import BY_ENTRY, a_gift_card, a_store_credit, moves, plant
from tests.factories.watching import refused_by_the_database

pytestmark = pytest.mark.django_db

SIGNS = {"issue": 1, "redeem": -1, "give_back": 1, "expire": -1}


def of_order(kind: str) -> dict[str, Any]:
    return {"order_id": new_id(), "payment_id": new_id()} if kind in OF_ORDERS else {}


def run(statement: str, *values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


class TestEntries:
    def test_an_entry_moves_the_balance(self) -> None:
        card = a_gift_card(amount=5_000)
        plant(card, "adjust", -1_200)
        card.refresh_from_db()
        assert card.balance == 3_800
        assert moves(card) == [("issue", 5_000), ("adjust", -1_200)]

    def test_one_statement_of_many_entries_moves_all_their_balances(self) -> None:
        cards = [a_gift_card(amount=100), a_gift_card(amount=200)]
        StoredValueEntry.objects.bulk_create(
            StoredValueEntry(client_id=card.client_id, stored_value=card, kind="adjust", amount=amount, **cause())
            for card in cards
            for amount in (1, 2)
        )
        assert [StoredValue.objects.get(pk=card.pk).balance for card in cards] == [103, 203]

    @pytest.mark.parametrize("kind", SIGNS)
    def test_an_entry_moves_the_way_of_its_kind(self, kind: str) -> None:
        card = a_gift_card()
        for amount in (0, -5 * SIGNS[kind]):
            with refused_by_the_database("stored_value_entry_moves_the_way_of_its_kind"):
                plant(card, kind, amount, **of_order(kind))
        plant(card, kind, 5 * SIGNS[kind], **of_order(kind))

    @pytest.mark.parametrize(("kind", "amount"), [("adjust", 0), ("unheard_of", 5), ("unheard_of", -5)])
    def test_an_entry_of_nothing_or_of_no_kind_is_refused(self, kind: str, amount: int) -> None:
        card = a_gift_card()
        with refused_by_the_database("stored_value_entry_moves_the_way_of_its_kind"):
            plant(card, kind, amount)

    @pytest.mark.parametrize("kind", EntryKind.values)
    def test_an_entry_names_an_order_and_a_payment_exactly_when_it_is_of_one(self, kind: str) -> None:
        card, amount = a_gift_card(), SIGNS.get(kind, 1) * 5
        wrong: list[dict[str, Any]] = (
            [{}, {"order_id": new_id()}, {"payment_id": new_id()}]
            if kind in OF_ORDERS
            else [{"order_id": new_id()}, {"payment_id": new_id()}]
        )
        for fields in wrong:
            with refused_by_the_database("stored_value_entry_names_the_payment_of_its_kind"):
                plant(card, kind, amount, **fields)

    def test_no_more_is_taken_than_there_is(self) -> None:
        card = a_gift_card(amount=100)
        with refused_by_the_database("stored_value_balance_not_below_nothing"):
            plant(card, "redeem", -101, **of_order("redeem"))

    def test_no_balance_is_more_than_any_amount_may_be(self) -> None:
        card = a_gift_card(amount=MAX_MINOR)
        with refused_by_the_database("stored_value_balance_not_below_nothing"):
            plant(card, "adjust", 1)

    def test_one_event_moves_once(self) -> None:
        card = a_gift_card()
        with refused_by_the_database("stored_value_entry_once_per_event"):
            plant(card, "adjust", 1, **CAUSE)

    def test_an_entry_of_another_storefront_or_of_nothing_is_refused(self) -> None:
        card = a_gift_card()
        for client_id in (a_client().pk, None):
            with refused_by_the_database("stored value that its storefront does not have"):
                plant(card, "adjust", 1, client_id=client_id)
        with refused_by_the_database("stored value that its storefront does not have"):
            plant(card, "adjust", 1, stored_value=None, stored_value_id=new_id())

    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE stored_value_storedvalueentry SET amount = amount + 1",
            "UPDATE stored_value_storedvalueentry SET note = 'nothing to see'",
            "DELETE FROM stored_value_storedvalueentry",
        ],
    )
    def test_the_ledger_is_for_ever(self, statement: str) -> None:
        a_gift_card()
        with refused_by_the_database("Cannot update or delete"):
            run(statement)


class TestRows:
    def test_a_balance_moves_by_no_other_way_than_an_entry(self) -> None:
        card = a_gift_card()
        with refused_by_the_database(BY_ENTRY):
            StoredValue.objects.filter(pk=card.pk).update(balance=1)
        with refused_by_the_database(BY_ENTRY):
            run("UPDATE stored_value_storedvalue SET balance = balance + 1")
        with refused_by_the_database(BY_ENTRY):
            StoredValue.objects.create(
                client=card.client, kind="gift_card", currency="EUR", code_digest="0" * 64, last4="AAAA", balance=1
            )

    @pytest.mark.parametrize(
        ("column", "value"),
        [
            ("id", new_id()),
            ("kind", "store_credit"),
            ("currency", "GBP"),
            ("customer_id", new_id()),
            ("code_digest", "1" * 64),
            ("last4", "ZZZZ"),
            ("created_at", timezone.now()),
            ("client_id", new_id()),
        ],
    )
    def test_what_it_is_never_changes(self, column: str, value: Any) -> None:
        card = a_gift_card()
        with refused_by_the_database("Cannot update"):
            run(f"UPDATE stored_value_storedvalue SET {column} = %s WHERE id = %s", value, card.pk)

    def test_it_is_never_deleted(self) -> None:
        a_gift_card()
        with refused_by_the_database("Cannot delete"):
            run("DELETE FROM stored_value_storedvalue")

    @pytest.mark.parametrize(
        "wrong",
        [
            {"code_digest": None},
            {"last4": ""},
            {"last4": "ab-1"},
            {"kind": "store_credit"},
            {"kind": "unheard_of"},
        ],
    )
    def test_a_gift_card_has_a_code_and_no_customer(self, wrong: dict[str, Any]) -> None:
        card = {"client": a_client(), "kind": "gift_card", "currency": "EUR", "code_digest": "0" * 64, "last4": "AB12"}
        with refused_by_the_database("stored_value_has_what_its_kind_has"):
            StoredValue.objects.create(**{**card, **wrong})

    @pytest.mark.parametrize(
        "wrong",
        [{"customer": None}, {"code_digest": "0" * 64}, {"last4": "AB12"}, {"expires_on": dt.date(2030, 1, 1)}],
    )
    def test_store_credit_has_a_customer_and_no_code_and_no_last_day(self, wrong: dict[str, Any]) -> None:
        customer = a_customer(a_client())
        credit = {"client": customer.client, "kind": "store_credit", "currency": "EUR", "customer": customer}
        with refused_by_the_database("stored_value_has_what_its_kind_has"):
            StoredValue.objects.create(**{**credit, **wrong})
        with transaction.atomic():
            StoredValue.objects.create(**credit)

    def test_a_customer_has_one_store_credit_in_a_currency(self) -> None:
        credit = a_store_credit()
        same = {"client": credit.client, "kind": "store_credit", "customer": credit.customer}
        with refused_by_the_database("stored_value_one_credit_per_customer_and_currency"):
            StoredValue.objects.create(**same, currency="EUR")
        with transaction.atomic():
            StoredValue.objects.create(**same, currency="GBP")

    def test_store_credit_is_of_a_customer_of_its_storefront(self) -> None:
        customer = a_customer(a_client())
        with refused_by_the_database("a customer of its storefront"):
            StoredValue.objects.create(client=a_client(), kind="store_credit", currency="EUR", customer=customer)

    @pytest.mark.parametrize("digest", ["", "secret", "A" * 64])
    def test_what_is_kept_of_a_code_is_a_digest(self, digest: str) -> None:
        with refused_by_the_database("stored_value_keeps_a_digest"):
            StoredValue.objects.create(
                client=a_client(), kind="gift_card", currency="EUR", code_digest=digest, last4="AB12"
            )

    @pytest.mark.parametrize("currency", ["eur", "EU", "€€€"])
    def test_a_currency_is_a_code(self, currency: str) -> None:
        with refused_by_the_database("stored_value_currency_code"):
            StoredValue.objects.create(
                client=a_client(), kind="gift_card", currency=currency, code_digest="0" * 64, last4="AB12"
            )

    def test_what_is_disabled_says_why_and_what_is_not_says_nothing(self) -> None:
        card = a_gift_card()
        with refused_by_the_database("stored_value_disabled_for_a_reason"):
            StoredValue.objects.filter(pk=card.pk).update(disabled_at=timezone.now())
        with refused_by_the_database("stored_value_disabled_for_a_reason"):
            StoredValue.objects.filter(pk=card.pk).update(disabled_reason="Lost")
        disable(card.pk, reason="Lost", actor=ACTOR)


def test_it_says_what_it_is() -> None:
    card, credit = a_gift_card(), a_store_credit()
    assert str(card) == f"Gift card …{card.last4}"
    assert str(credit) == "Store credit in EUR"
    assert (card.noun, credit.noun) == ("gift card", "store credit")


def test_it_is_active_until_its_last_day_is_over() -> None:
    today = timezone.localdate()
    card = a_gift_card(expires_on=today)
    assert card.status == "active"
    card.expires_on = today - dt.timedelta(days=1)
    assert card.status == "expired"
    card.disabled_at = timezone.now()
    assert card.status == "disabled"
