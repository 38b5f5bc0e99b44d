"""Orders on account and their customers' credit: what is owed moves with the orders' money; no order goes beyond."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from core.models import Client
from core.operations import explain
from customers.actions import set_credit
from customers.errors import CreditLimitExceeded, NoCreditAccount
from customers.models import CreditAccount, Customer
from orders.actions import (
    Asked,
    cancel_order,
    place_draft,
    place_order,
    refund_items,
    refund_payment,
    reopen_order,
    update_order,
    write_off_balance,
)
from orders.models import Order
from orders.operations import PLACE
from orders.payments.models import LedgerEntry
from orders.queries.verification import CreditDiscrepancy, credit_off
from tests.factories.core import a_client, cause
from tests.factories.customers import a_credit_account, a_customer
from tests.factories.inventory import stock_up
from tests.factories.orders import ACTOR, TOTAL, UNITS, a_draft, a_placed_order, new_order, pay, reload
from tests.factories.storefronts import a_storefront, sells
from tests.factories.watching import refused, refused_by_the_database

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ann() -> Customer:
    return a_customer(a_client("North"))


def on_account(customer: Customer, **fields: Any) -> Order:
    return a_placed_order(customer.client, customer_id=customer.pk, payment_terms="on_account", **fields)


def owed(customer: Customer, currency: str = "EUR") -> int:
    return CreditAccount.objects.get(customer=customer, currency=currency).owed


def places(customer: Customer | None, client: Client, **fields: Any) -> Order:
    stock_up(UNITS)
    asked = {"payment_terms": "on_account", **({"customer_id": customer.pk} if customer else {}), **fields}
    return place_order(new_order(**asked), client_id=client.pk, actor=ACTOR)


def limit_to(customer: Customer, limit: int) -> None:
    set_credit(CreditAccount.objects.get(customer=customer).pk, {"limit": limit}, actor=ACTOR)


def test_an_order_on_account_is_owed_and_one_that_is_prepaid_is_not(ann: Customer) -> None:
    a_credit_account(ann, 2 * TOTAL)
    a_placed_order(ann.client, customer_id=ann.pk)
    on_account(ann)
    assert owed(ann) == TOTAL
    on_account(ann)
    assert owed(ann) == 2 * TOTAL
    assert credit_off() == []


def test_an_order_that_goes_beyond_the_limit_is_refused(ann: Customer) -> None:
    a_credit_account(ann, 2 * TOTAL - 1)
    on_account(ann)
    stock_up(UNITS)

    with refused(CreditLimitExceeded) as caught:
        place_order(new_order(customer_id=ann.pk, payment_terms="on_account"), client_id=ann.client_id, actor=ACTOR)

    assert caught.value.context == {
        "limit": 2 * TOTAL - 1, "owed": TOTAL, "left": TOTAL - 1, "total": TOTAL, "currency": "EUR",
    }  # fmt: skip
    assert places(ann, ann.client, payment_terms="prepaid").payment_terms == "prepaid"
    assert owed(ann) == TOTAL


def test_a_draft_takes_no_credit_until_it_is_placed(ann: Customer) -> None:
    a_credit_account(ann, TOTAL)
    first, second = (a_draft(ann.client, customer_id=ann.pk, payment_terms="on_account") for _ in range(2))
    assert owed(ann) == 0

    place_draft(first.pk, actor=ACTOR)
    with refused(CreditLimitExceeded):
        place_draft(second.pk, actor=ACTOR)

    assert owed(ann) == TOTAL
    blocker = explain(reload(second), PLACE)
    assert blocker is not None
    assert (blocker.reason, blocker.unblock_by) == (
        "0.00 EUR is left of the customer's credit of 27.50 EUR: 27.50 EUR is owed, and this order would add "
        "27.50 EUR.",
        ("credit_account.set_credit", "edit_contact"),
    )
    update_order(second.pk, payment_terms="prepaid", actor=ACTOR)
    assert place_draft(second.pk, actor=ACTOR).status == "placed"
    assert owed(ann) == TOTAL


def test_what_is_paid_credited_or_written_off_is_owed_no_more(ann: Customer) -> None:
    a_credit_account(ann, 10 * TOTAL)
    first, second, third = on_account(ann), on_account(ann), on_account(ann)

    payment = pay(first, 1_000)
    assert owed(ann) == 3 * TOTAL - 1_000
    cancel_order(second.pk, reason="Not wanted", actor=ACTOR)
    assert owed(ann) == 2 * TOTAL - 1_000
    refund_items(third.pk, asked=Asked(goodwill=50), reason="other", actor=ACTOR)
    assert owed(ann) == 2 * TOTAL - 1_050
    write_off_balance(third.pk, note="Lost", actor=ACTOR)
    assert owed(ann) == TOTAL - 1_000
    refund_payment(first.pk, payment.pk, amount=300, actor=ACTOR)
    assert owed(ann) == TOTAL - 700
    assert credit_off() == []


def test_money_to_be_given_back_pays_for_no_other_order(ann: Customer) -> None:
    a_credit_account(ann, 2 * TOTAL)
    overpaid = on_account(ann)
    on_account(ann)
    pay(overpaid, TOTAL + 500)
    assert owed(ann) == TOTAL
    assert credit_off() == []


def test_money_that_is_given_back_is_owed_beyond_a_lowered_limit(ann: Customer) -> None:
    a_credit_account(ann, TOTAL)
    order = on_account(ann)
    payment = pay(order)
    limit_to(ann, 0)

    refund_payment(order.pk, payment.pk, amount=TOTAL, actor=ACTOR)

    assert owed(ann) == TOTAL
    assert CreditAccount.objects.get().left == 0


def test_a_lowered_limit_refuses_new_orders_alone(ann: Customer) -> None:
    a_credit_account(ann, 5 * TOTAL)
    order = on_account(ann)
    limit_to(ann, 1)
    stock_up(UNITS)
    with refused(CreditLimitExceeded):
        place_order(new_order(customer_id=ann.pk, payment_terms="on_account"), client_id=ann.client_id, actor=ACTOR)
    pay(order, 10)
    assert owed(ann) == TOTAL - 10


def test_a_cancelled_order_takes_credit_again_as_it_is_reopened(ann: Customer) -> None:
    a_credit_account(ann, TOTAL)
    order = on_account(ann)
    cancel_order(order.pk, reason="Not wanted", actor=ACTOR)
    other = on_account(ann)

    with refused(CreditLimitExceeded):
        reopen_order(order.pk, actor=ACTOR)
    cancel_order(other.pk, reason="Not wanted", actor=ACTOR)
    assert reopen_order(order.pk, actor=ACTOR).status == "placed"

    assert owed(ann) == TOTAL


def test_a_placed_order_goes_on_account_within_the_limit_and_is_paid_for_again(ann: Customer) -> None:
    a_credit_account(ann, TOTAL - 1)
    order = a_placed_order(ann.client, customer_id=ann.pk)

    with refused(CreditLimitExceeded):
        update_order(order.pk, payment_terms="on_account", actor=ACTOR)
    limit_to(ann, TOTAL)
    update_order(order.pk, payment_terms="on_account", actor=ACTOR)
    assert owed(ann) == TOTAL

    update_order(order.pk, payment_terms="prepaid", actor=ACTOR)
    assert owed(ann) == 0


def test_an_order_is_payable_within_the_customer_s_days_or_else_the_storefront_s() -> None:
    north = a_storefront("North", days_to_pay=14)
    ann, bob = a_customer(north), a_customer(north, "bob@example.com")
    a_credit_account(ann, 2 * TOTAL, days_to_pay=0)
    a_credit_account(bob, TOTAL)
    then = dt.datetime(2026, 1, 1, 12, tzinfo=dt.UTC)
    days = {buyer.email: places(buyer, north, placed_at=then).instalments.get().due_on for buyer in (ann, bob)}
    assert days == {"ann@example.com": dt.date(2026, 1, 1), "bob@example.com": dt.date(2026, 1, 15)}


def test_each_currency_has_an_account_of_its_own_and_without_one_anything_goes(ann: Customer) -> None:
    a_credit_account(ann, 0, "GBP")
    on_account(ann)
    assert owed(ann, "GBP") == 0


def test_an_account_opens_with_what_is_owed_already(ann: Customer) -> None:
    bob = a_customer(ann.client, "bob@example.com")
    pay(on_account(ann), 100)
    on_account(bob)
    a_placed_order(ann.client, customer_id=ann.pk)

    account = a_credit_account(ann, 10)

    assert (account.owed, account.left) == (TOTAL - 100, 0)
    assert owed(ann) == TOTAL - 100


def test_a_storefront_may_sell_on_account_to_customers_with_credit_alone() -> None:
    north = a_storefront("North", on_account_needs_credit=True)
    ann, bob = a_customer(north), a_customer(north, "bob@example.com")
    a_credit_account(ann, TOTAL)
    stock_up(UNITS)
    for buyer in (None, bob.pk):
        with refused(NoCreditAccount) as caught:
            place_order(new_order(payment_terms="on_account", customer_id=buyer), client_id=north.pk, actor=ACTOR)
        assert caught.value.context == {"currency": "EUR"}
    draft = a_draft(north, customer_id=bob.pk, payment_terms="on_account")
    with refused(NoCreditAccount):
        place_draft(draft.pk, actor=ACTOR)
    blocker = explain(reload(draft), PLACE)
    assert blocker is not None
    assert blocker.unblock_by == ("customer.open_credit", "edit_contact")
    assert places(ann, north).customer_id == ann.pk
    sells(north, on_account_needs_credit=False)
    assert place_draft(draft.pk, actor=ACTOR).status == "placed"


def test_an_order_that_was_placed_elsewhere_needs_no_account_and_keeps_within_one() -> None:
    north = a_storefront("North", on_account_needs_credit=True)
    ann, bob = a_customer(north), a_customer(north, "bob@example.com")
    a_credit_account(ann, TOTAL - 1)
    stock_up(UNITS)
    then = dt.datetime(2010, 12, 1, 8, 26, tzinfo=dt.UTC)

    assert places(bob, north, placed_at=then).placed_at == then
    with refused(CreditLimitExceeded):
        place_order(
            new_order(customer_id=ann.pk, payment_terms="on_account", placed_at=then), client_id=north.pk, actor=ACTOR
        )


def test_placing_takes_two_statements_more_on_account_and_none_prepaid(ann: Customer) -> None:
    a_credit_account(ann, 10 * TOTAL)
    places(ann, ann.client)
    counts = []
    for terms in ("prepaid", "on_account"):
        stock_up(UNITS)
        new = new_order(customer_id=ann.pk, payment_terms=terms)
        with CaptureQueriesContext(connection) as counted:
            place_order(new, client_id=ann.client_id, actor=ACTOR)
        counts.append(len(counted))
    assert counts[0] <= 12
    assert counts[1] == counts[0] + 2


# What the database holds by itself


def charge(order: Order, amount: int) -> None:
    LedgerEntry.objects.create(order=order, client=order.client, kind="charged", amount=amount, **cause())


def test_the_database_refuses_what_is_charged_beyond_the_limit(ann: Customer) -> None:
    a_credit_account(ann, TOTAL)
    order = on_account(ann)
    with refused_by_the_database("an order on account goes beyond the credit of its customer"):
        charge(order, 1)


def test_the_database_refuses_an_order_that_goes_on_account_beyond_the_limit(ann: Customer) -> None:
    a_credit_account(ann, TOTAL - 1)
    order = a_placed_order(ann.client, customer_id=ann.pk)
    with refused_by_the_database("an order on account goes beyond the credit of its customer"):
        Order.objects.filter(pk=order.pk).update(payment_terms="on_account")


def test_the_database_keeps_an_order_with_its_customer(ann: Customer) -> None:
    order, bob = on_account(ann), a_customer(ann.client, "bob@example.com")
    with refused_by_the_database("Cannot update rows"):
        Order.objects.filter(pk=order.pk).update(customer=bob)


@pytest.mark.parametrize("change", [1, -1])
def test_a_planted_error_is_found_and_named(ann: Customer, change: int, capsys: pytest.CaptureFixture[str]) -> None:
    account = a_credit_account(ann, 10 * TOTAL)
    on_account(ann)
    call_command("verify")
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("UPDATE customers_creditaccount SET owed = owed + %s", [change])

    assert credit_off() == [CreditDiscrepancy(account.pk, "EUR", TOTAL + change, TOTAL)]
    with pytest.raises(CommandError):
        call_command("verify")

    said = capsys.readouterr().out
    assert "1 orders, 0 units off, 1 cents off" in said
    assert (
        f"credit account {account.pk} in EUR: owed is {TOTAL + change}, its customer's orders say {TOTAL} (1 cents off)"
    ) in said
