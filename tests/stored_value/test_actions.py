"""Issuing, giving, adjusting, disabling and the clock."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from core.actors import Actor
from core.errors import AuthorityExceeded, AuthorityMissing, InvalidInput, NotFound, StaleVersion
from core.ids import new_id
from core.models import Event
from core.money import MAX_MINOR
from core.operations import OperationRefused
from stored_value.actions import adjust, disable, enable, expire, give_store_credit, issue_gift_card
from stored_value.codes import bare, digest, last4
from stored_value.errors import BalanceTooLow
from stored_value.models import StoredValue, StoredValueEntry
from stored_value.queries import stored_value_discrepancies
from stored_value.tasks import expire_gift_cards, reconcile_stored_value
from tests.factories.core import ACTOR, a_client, timeline
from tests.factories.customers import a_customer
from tests.factories.staff import a_person, a_superuser
from tests.factories.stored_value import a_gift_card, a_gift_card_and_code, a_store_credit, moves
from tests.factories.watching import everything, nothing_changes, refused

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)


def told(stored: StoredValue) -> dict[str, Any]:
    """The data of its last event."""
    data: dict[str, Any] = Event.objects.filter(subject_id=stored.pk).latest("version").data
    return data


def fresh(stored: StoredValue) -> StoredValue:
    return StoredValue.objects.get(pk=stored.pk)


def issue(**fields: Any) -> tuple[StoredValue, str]:
    return issue_gift_card(**{"currency": "EUR", "amount": 5_000, "actor": ACTOR, **fields})


class TestIssuing:
    def test_makes_a_card_with_its_amount_and_shows_the_code_once(self) -> None:
        client, last_day = a_client(), timezone.localdate() + DAY
        card, code = issue(client_id=client.pk, expires_on=last_day, note="Birthday")
        stored = fresh(card)
        assert (stored.kind, stored.currency, stored.balance, card.balance) == ("gift_card", "EUR", 5_000, 5_000)
        assert (stored.client_id, stored.customer_id, stored.expires_on) == (client.pk, None, last_day)
        assert (stored.code_digest, stored.last4, stored.version) == (digest(code), last4(code), 1)
        entry = StoredValueEntry.objects.get()
        assert (entry.kind, entry.amount, entry.note, entry.version) == ("issue", 5_000, "Birthday", 1)
        assert (entry.client_id, entry.actor) == (client.pk, ACTOR)

    def test_is_told_without_the_code_and_without_what_was_typed(self) -> None:
        card, code = issue(client_id=a_client().pk, note="Birthday")
        assert timeline(card.pk) == ["stored_value.issued"]
        assert told(card) == {
            "kind": "gift_card", "currency": "EUR", "amount": 5_000, "order_id": None, "payment_id": None,
        }  # fmt: skip
        rows = str({table: each for table, each in everything().items() if table != "stored_value_storedvalueentry"})
        assert "Birthday" not in rows
        assert code not in str(everything())
        assert bare(code) not in str(everything())

    def test_the_last_day_may_be_today(self) -> None:
        card, _ = issue(client_id=a_client().pk, expires_on=timezone.localdate())
        assert card.status == "active"

    @pytest.mark.parametrize(
        ("fields", "pointer"),
        [
            ({"amount": 0}, "/amount"),
            ({"amount": -5}, "/amount"),
            ({"amount": MAX_MINOR + 1}, "/amount"),
            ({"currency": "XXZ"}, "/currency"),
            ({"expires_on": dt.date(2020, 1, 1)}, "/expires_on"),
        ],
    )
    def test_what_is_no_card_is_refused(self, fields: dict[str, Any], pointer: str) -> None:
        client = a_client()
        with refused(InvalidInput) as caught:
            issue(client_id=client.pk, **fields)
        assert [each.pointer for each in caught.value.errors] == [pointer]


class TestGivingCredit:
    def test_opens_the_customer_s_credit_and_adds_to_it(self) -> None:
        customer = a_customer(a_client())
        first = a_store_credit(customer, amount=500)
        second = a_store_credit(customer, amount=250)
        assert first == second
        assert (fresh(first).balance, moves(first)) == (750, [("issue", 500), ("issue", 250)])
        assert timeline(first.pk) == ["stored_value.issued"] * 2
        assert fresh(first).version == 2

    def test_each_currency_is_its_own(self) -> None:
        customer = a_customer(a_client())
        euros, yen = a_store_credit(customer, amount=500), a_store_credit(customer, currency="JPY", amount=80)
        assert (fresh(euros).balance, fresh(yen).balance) == (500, 80)

    def test_another_storefront_s_customer_is_not_found(self) -> None:
        customer, other = a_customer(a_client()), a_client()
        with refused(NotFound):
            give_store_credit(client_id=other.pk, customer_id=customer.pk, currency="EUR", amount=5, actor=ACTOR)


class TestAdjusting:
    def test_corrects_the_balance_and_says_why(self) -> None:
        card = a_gift_card(amount=5_000)
        assert adjust(card.pk, amount=-1_500, note="Typing error", actor=ACTOR).balance == 3_500
        assert adjust(card.pk, amount=200, note="Half of it", actor=ACTOR).balance == 3_700
        assert (fresh(card).balance, fresh(card).version) == (3_700, 3)
        notes = list(StoredValueEntry.objects.order_by("version").values_list("note", flat=True))
        assert notes == ["", "Typing error", "Half of it"]
        assert told(card)["amount"] == 200

    def test_takes_no_more_than_there_is(self) -> None:
        card = a_gift_card(amount=5_000)
        with refused(BalanceTooLow) as caught:
            adjust(card.pk, amount=-5_001, note="Oops", actor=ACTOR)
        assert caught.value.detail == "50.00 EUR is left on the gift card, and 50.01 EUR was asked for."
        assert caught.value.context == {"balance": 5_000}
        adjust(card.pk, amount=-5_000, note="Oops", actor=ACTOR)

    def test_of_nothing_is_refused(self) -> None:
        card = a_gift_card()
        with refused(InvalidInput):
            adjust(card.pk, amount=0, note="Nothing", actor=ACTOR)

    def test_an_expired_card_is_refused(self) -> None:
        card = a_gift_card(expires_on=timezone.localdate())
        StoredValue.objects.filter(pk=card.pk).update(expires_on=timezone.localdate() - DAY)
        with refused(OperationRefused) as caught:
            adjust(card.pk, amount=1, note="More", actor=ACTOR)
        assert caught.value.context["state"] == "expired"

    def test_of_another_version_or_another_storefront_is_refused(self) -> None:
        card, other = a_gift_card(), a_client()
        with refused(StaleVersion):
            adjust(card.pk, amount=1, note="More", actor=ACTOR, expected_version=7)
        with refused(NotFound):
            adjust(card.pk, amount=1, note="More", actor=ACTOR, client_id=other.pk)
        with refused(NotFound):
            adjust(new_id(), amount=1, note="More", actor=ACTOR)


class TestDisabling:
    def test_keeps_the_balance_and_says_why(self) -> None:
        card = disable(a_gift_card().pk, reason="Stolen", actor=ACTOR)
        stored = fresh(card)
        assert (stored.status, stored.disabled_reason, stored.balance) == ("disabled", "Stolen", 5_000)
        assert timeline(card.pk)[-1] == "stored_value.disabled"
        assert told(card) == {}

    def test_a_repeat_is_answered_as_done_and_one_with_another_reason_refused(self) -> None:
        card = disable(a_gift_card().pk, reason="Stolen", actor=ACTOR)
        with nothing_changes():
            assert disable(card.pk, reason="Stolen", actor=ACTOR).version == card.version
        with refused(OperationRefused) as caught:
            disable(card.pk, reason="Lost", actor=ACTOR)
        assert caught.value.context["done"] is True

    def test_enabling_lets_it_be_spent_again(self) -> None:
        card = disable(a_gift_card().pk, reason="Stolen", actor=ACTOR)
        enable(card.pk, actor=ACTOR)
        assert (fresh(card).status, fresh(card).disabled_reason) == ("active", "")
        assert timeline(card.pk)[-1] == "stored_value.enabled"
        with nothing_changes():
            enable(card.pk, actor=ACTOR)


class TestExpiring:
    def test_takes_away_what_is_left_on_the_day_after_the_last(self) -> None:
        today = timezone.localdate()
        card, later, spent, forever = (
            a_gift_card(expires_on=today),
            a_gift_card(expires_on=today + DAY),
            a_gift_card(expires_on=today),
            a_gift_card(),
        )
        adjust(spent.pk, amount=-5_000, note="Spent", actor=ACTOR)
        assert expire_gift_cards() == 0
        StoredValue.objects.filter(pk__in=[card.pk, spent.pk]).update(expires_on=today - DAY)
        assert expire_gift_cards() == 1
        assert moves(card) == [("issue", 5_000), ("expire", -5_000)]
        assert (fresh(card).balance, fresh(card).status) == (0, "expired")
        assert [fresh(each).balance for each in (later, spent, forever)] == [5_000, 0, 5_000]
        assert timeline(card.pk)[-1] == "stored_value.expired"
        with nothing_changes():
            assert expire_gift_cards() == 0

    def test_asks_under_the_lock_whether_it_is_over(self) -> None:
        card = a_gift_card(expires_on=timezone.localdate())
        with nothing_changes():
            assert expire(card.pk, today=timezone.localdate(), actor=ACTOR) is False


class TestLimits:
    def test_an_agent_issues_as_much_as_the_role_may_in_a_day(self) -> None:
        agent, client = Actor.staff(a_person("support_agent")), a_client()
        issue(client_id=client.pk, amount=3_000, actor=agent)
        with refused(AuthorityExceeded) as caught:
            issue(client_id=client.pk, amount=2_001, actor=agent)
        assert caught.value.detail == (
            "Issue gift cards and give store credit: your limit in a day is 50.00 EUR, "
            "and this would come to 50.01 EUR."
        )
        issue(client_id=client.pk, amount=2_000, actor=agent)

    def test_gift_cards_and_store_credit_count_together_and_each_currency_and_person_alone(self) -> None:
        agent, customer = Actor.staff(a_person("support_agent")), a_customer(a_client())
        credit: dict[str, Any] = {"client_id": customer.client_id, "customer_id": customer.pk}
        issue(client_id=customer.client_id, amount=5_000, actor=agent)
        with refused(AuthorityExceeded):
            give_store_credit(**credit, currency="EUR", amount=1, actor=agent)
        give_store_credit(**credit, currency="GBP", amount=5_000, actor=agent)
        give_store_credit(**credit, currency="EUR", amount=5_000, actor=Actor.staff(a_person("support_agent")))

    def test_what_was_given_a_day_ago_counts_no_more(self) -> None:
        agent, client = Actor.staff(a_person("support_agent")), a_client()
        issue(client_id=client.pk, amount=5_000, actor=agent)
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET LOCAL session_replication_role = replica")
            cursor.execute("UPDATE stored_value_storedvalueentry SET created_at = created_at - interval '25 hours'")
            cursor.execute("SET LOCAL session_replication_role = DEFAULT")
        issue(client_id=client.pk, amount=5_000, actor=agent)

    def test_adjusting_has_a_limit_of_its_own_whichever_way(self) -> None:
        agent, card = Actor.staff(a_person("support_agent")), a_gift_card()
        adjust(card.pk, amount=600, note="More", actor=agent)
        adjust(card.pk, amount=-400, note="Less", actor=agent)
        with refused(AuthorityExceeded):
            adjust(card.pk, amount=-1, note="Less", actor=agent)
        adjust(card.pk, amount=-1, note="Less", actor=Actor.staff(a_person("manager")))

    def test_who_has_no_such_role_or_is_nobody_gives_nothing(self) -> None:
        client, warehouse = a_client(), Actor.staff(a_person("warehouse"))
        with refused(AuthorityExceeded):
            issue(client_id=client.pk, amount=1, actor=warehouse)
        with refused(AuthorityMissing):
            issue(client_id=client.pk, amount=1, actor=Actor("staff", "7", "alice"))

    def test_a_superuser_and_an_api_client_have_none(self) -> None:
        client = a_client()
        issue(client_id=client.pk, amount=MAX_MINOR, actor=Actor.client(client))
        issue(client_id=client.pk, amount=MAX_MINOR, actor=Actor.staff(a_superuser()))


def test_what_the_actions_do_adds_up() -> None:
    card = a_gift_card()
    adjust(card.pk, amount=-5, note="Less", actor=ACTOR)
    a_store_credit()
    a_gift_card_and_code(a_client())
    assert stored_value_discrepancies() == []
    assert reconcile_stored_value() is True
