"""Credit accounts: who grants them, how they change, and what the database keeps of them."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection

from core.actors import Actor
from core.errors import AuthorityExceeded, InvalidInput, NotFound, StaleVersion
from core.ids import new_id
from core.models import Event
from core.versions import document_as_of
from customers.actions import open_credit, set_credit
from customers.errors import CreditAccountExists, CreditLimitExceeded, NoCreditAccount
from customers.models import CreditAccount, Customer
from customers.queries import credit_blocker, credit_in, days_to_pay_of
from tests.factories.core import a_client, timeline
from tests.factories.customers import ACTOR, a_credit_account, a_customer
from tests.factories.staff import a_person
from tests.factories.watching import nothing_changes, refused, refused_by_the_database

pytestmark = pytest.mark.django_db


@pytest.fixture
def ann() -> Customer:
    return a_customer(a_client("North"))


def execute(sql: str, *values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)


def opens(customer: Customer, **fields: Any) -> CreditAccount:
    asked = {"client_id": customer.client_id, "customer_id": customer.pk, "currency": "EUR", "limit": 100_00}
    return open_credit(**{**asked, "actor": ACTOR, **fields})


def test_an_account_is_opened_and_told_of(ann: Customer) -> None:
    finance = Actor.staff(a_person("finance"))
    account = opens(ann, days_to_pay=30, actor=finance)

    stored = CreditAccount.objects.get()
    assert (stored.limit, stored.days_to_pay, stored.owed, stored.left, stored.version) == (100_00, 30, 0, 100_00, 1)
    event = Event.objects.get(subject_id=account.pk)
    assert (event.type, event.client_id, event.actor_id) == ("credit_account.opened", ann.client_id, finance.id)
    assert event.data == {"customer_id": str(ann.pk), "currency": "EUR", "limit": 100_00, "days_to_pay": 30}
    document = document_as_of("credit_account", account.pk, 1)
    assert document is not None
    assert document.document == {"currency": "EUR", "limit": 100_00, "days_to_pay": 30}


def test_a_customer_has_one_account_in_each_currency(ann: Customer) -> None:
    account = opens(ann)
    opens(ann, currency="GBP")

    with refused(CreditAccountExists) as caught:
        opens(ann, limit=5)

    assert caught.value.detail == "The customer has a credit account in EUR already."
    assert caught.value.context == {"credit_account_id": str(account.pk)}


def test_an_account_is_changed_once_and_closed_by_a_limit_of_nothing(ann: Customer) -> None:
    account = opens(ann, days_to_pay=14)

    changed = set_credit(account.pk, {"limit": 0}, client_id=ann.client_id, actor=ACTOR, expected_version=1)

    assert (changed.limit, changed.days_to_pay, changed.version) == (0, 14, 2)
    assert timeline(account.pk) == ["credit_account.opened", "credit_account.changed"]
    told = Event.objects.get(type="credit_account.changed").data
    assert told == {"currency": "EUR", "limit": 0, "days_to_pay": 14}
    with nothing_changes():
        set_credit(account.pk, {"limit": 0, "days_to_pay": 14}, actor=ACTOR)
    assert set_credit(account.pk, {"days_to_pay": None}, actor=ACTOR).days_to_pay is None


def test_nobody_changes_what_they_have_not_seen_or_don_t_own(ann: Customer) -> None:
    account, south = opens(ann), a_client("South")
    with refused(StaleVersion):
        set_credit(account.pk, {"limit": 1}, actor=ACTOR, expected_version=7)
    with refused(NotFound):
        set_credit(account.pk, {"limit": 1}, client_id=south.pk, actor=ACTOR)
    with refused(NotFound):
        opens(ann, client_id=south.pk, currency="GBP")
    with refused(NotFound):
        set_credit(new_id(), {"limit": 1}, actor=ACTOR)


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"limit": -1}, "/limit"),
        ({"limit": 10**15 + 1}, "/limit"),
        ({"days_to_pay": -1}, "/days_to_pay"),
        ({"days_to_pay": 366}, "/days_to_pay"),
        ({"currency": "XXX"}, "/currency"),
    ],
)
def test_what_is_out_of_range_is_named(ann: Customer, wrong: dict[str, Any], pointer: str) -> None:
    with refused(InvalidInput) as caught:
        opens(ann, **wrong)
    assert [each.pointer for each in caught.value.errors] == [pointer]


def test_a_person_grants_as_much_as_their_roles_allow_and_lowers_anything(ann: Customer) -> None:
    finance, manager = Actor.staff(a_person("finance")), Actor.staff(a_person("manager"))
    with refused(AuthorityExceeded) as caught:
        opens(ann, limit=10_000_01, actor=finance)
    assert caught.value.detail == (
        "Grant customers credit: your limit for one customer is 10,000.00 EUR, and this would come to 10,000.01 EUR."
    )
    account = opens(ann, limit=10_000_00, actor=finance)
    with refused(AuthorityExceeded):
        set_credit(account.pk, {"limit": 20_000_00}, actor=finance)
    set_credit(account.pk, {"limit": 20_000_00}, actor=manager)
    assert set_credit(account.pk, {"limit": 15_000_00, "days_to_pay": 7}, actor=finance).limit == 15_000_00


def test_credit_covers_up_to_its_limit_to_the_cent(ann: Customer) -> None:
    account = CreditAccount(customer=ann, currency="EUR", limit=100_00, owed=60_00)

    assert credit_blocker(account, currency="EUR", amount=40_00, needed=True) is None
    over = credit_blocker(account, currency="EUR", amount=40_01, needed=False)

    assert isinstance(over, CreditLimitExceeded)
    assert over.detail == (
        "40.00 EUR is left of the customer's credit of 100.00 EUR: 60.00 EUR is owed, and this order would add "
        "40.01 EUR."
    )
    assert over.context == {"limit": 100_00, "owed": 60_00, "left": 40_00, "total": 40_01, "currency": "EUR"}


def test_a_lowered_limit_refuses_whatever_adds_to_what_is_owed(ann: Customer) -> None:
    account = CreditAccount(customer=ann, currency="EUR", limit=10_00, owed=60_00)
    assert account.left == 0
    assert credit_blocker(account, currency="EUR", amount=0, needed=True) is None
    assert isinstance(credit_blocker(account, currency="EUR", amount=1, needed=True), CreditLimitExceeded)


def test_without_an_account_the_storefront_decides() -> None:
    assert credit_blocker(None, currency="EUR", amount=1, needed=False) is None
    none = credit_blocker(None, currency="EUR", amount=0, needed=True)
    assert isinstance(none, NoCreditAccount)
    assert none.detail == "An order on account needs a customer with a credit account in EUR."


def test_days_to_pay_are_the_account_s_or_the_storefront_s(ann: Customer) -> None:
    opens(ann, days_to_pay=21)
    opens(ann, currency="GBP")
    assert [days_to_pay_of(ann.pk, currency) for currency in ("EUR", "GBP", "USD")] == [21, None, None]
    found = credit_in(ann.pk, "EUR")
    assert found is not None
    assert (found.days_to_pay, credit_in(ann.pk, "USD"), credit_in(None, "EUR")) == (21, None, None)


def test_the_database_keeps_an_account_what_it_is(ann: Customer) -> None:
    account = a_credit_account(ann)
    bob, south = a_customer(ann.client, "bob@example.com"), a_client("South")
    for column, value in (("currency", "GBP"), ("customer_id", bob.pk), ("client_id", south.pk)):
        with refused_by_the_database("Cannot update rows"):
            execute(f"UPDATE customers_creditaccount SET {column} = %s", value)
    with refused_by_the_database("Cannot delete rows"):
        account.delete()
    with refused_by_the_database("credit_account_once_per_currency"):
        CreditAccount.objects.create(client=ann.client, customer=ann, currency="EUR", limit=1)
    with refused_by_the_database("a credit account is of a customer of its storefront"):
        CreditAccount.objects.create(client=south, customer=ann, currency="GBP", limit=1)


@pytest.mark.parametrize(
    ("column", "value", "constraint"),
    [
        ("limit", -1, "credit_account_limit_not_negative"),
        ("limit", 10**15 + 1, "credit_account_limit_not_negative"),
        ("days_to_pay", 366, "credit_account_days_range"),
    ],
)
def test_the_database_keeps_limits_and_days_within_their_ranges(
    ann: Customer, column: str, value: int, constraint: str
) -> None:
    a_credit_account(ann)
    with refused_by_the_database(constraint):
        execute(f'UPDATE customers_creditaccount SET "{column}" = %s', value)


def test_the_database_refuses_what_is_owed_by_hand(ann: Customer) -> None:
    a_credit_account(ann)
    with refused_by_the_database("what a customer owes moves only with their orders on account"):
        execute("UPDATE customers_creditaccount SET owed = 5")
    CreditAccount.objects.create(client=ann.client, customer=ann, currency="GBP", limit=1, owed=7)
    assert CreditAccount.objects.get(currency="GBP").owed == 0
