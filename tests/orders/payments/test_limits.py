"""How much of an order's money a person gives up, by role; API clients by their scope alone."""

from __future__ import annotations

from typing import Any

import pytest

from core.actors import Actor
from core.errors import AuthorityExceeded, AuthorityMissing
from core.models import User
from orders.actions import refund_payment, write_off_balance
from orders.models import Order
from orders.payments.models import Payment
from tests.core.api.conftest import Caller
from tests.core.api.problem_checks import problem
from tests.factories.core import a_client, read
from tests.factories.orders import TOTAL, a_placed_order, pay
from tests.factories.staff import a_person, a_superuser, a_token, browser_of, button, told
from tests.factories.watching import nothing_changes, refused

pytestmark = pytest.mark.django_db


def a_paid_order(**options: Any) -> tuple[Order, Payment]:
    order = a_placed_order(**options)
    return order, pay(order)


def fresh(order: Order) -> Order:
    return Order.objects.get(pk=order.pk)


def refund(order: Order, payment: Payment, amount: int, user: User) -> None:
    refund_payment(order.pk, payment.pk, amount=amount, actor=Actor.staff(user))


def test_a_support_agent_refunds_up_to_the_limit_of_the_role() -> None:
    order, payment = a_paid_order(units={"A": 30})
    agent = a_person("support_agent")
    with refused(AuthorityExceeded) as caught:
        refund(order, payment, 5_001, agent)
    assert caught.value.detail == (
        "Refund payments: your limit with one order is 50.00 EUR, and this would come to 50.01 EUR."
    )
    assert caught.value.unblock == "Ask somebody who may: Administrator, Finance, Manager."
    assert caught.value.context == {"authority": "payments.refund", "limit": 5_000, "currency": "EUR"}
    refund(order, payment, 5_000, agent)
    assert fresh(order).refunded == 5_000


def test_many_small_refunds_of_one_order_count_together() -> None:
    order, payment = a_paid_order(units={"A": 30})
    agent, other = a_person("support_agent"), a_person("support_agent")
    refund(order, payment, 3_000, agent)
    with refused(AuthorityExceeded):
        refund(order, payment, 2_001, other)
    refund(order, payment, 2_001, a_person("manager"))


@pytest.mark.parametrize("role", ["finance", "manager", "administrator"])
def test_those_who_may_do_more_do(role: str) -> None:
    order, payment = a_paid_order(units={"A": 30})
    refund(order, payment, 7_500, a_person(role))


@pytest.mark.parametrize("role", ["warehouse", "auditor"])
def test_who_has_no_such_role_gives_nothing(role: str) -> None:
    (order, payment), person = a_paid_order(), a_person(role)
    with refused(AuthorityExceeded):
        refund(order, payment, 1, person)


def test_writing_off_has_a_limit_too() -> None:
    order = a_placed_order()
    assert TOTAL > 1_000
    agent = Actor.staff(a_person("support_agent"))
    with refused(AuthorityExceeded):
        write_off_balance(order.pk, note="x", actor=agent)
    write_off_balance(order.pk, note="x", actor=Actor.staff(a_superuser()))


def test_a_staff_actor_that_is_nobody_gives_nothing() -> None:
    order, payment = a_paid_order()
    with refused(AuthorityMissing):
        refund_payment(order.pk, payment.pk, amount=1, actor=Actor("staff", "7", "alice"))


def test_the_console_tells_the_limit_where_the_amount_is_typed() -> None:
    order, payment = a_paid_order(units={"A": 30})
    browser = browser_of(a_person("support_agent"))
    data = {"payment": str(payment.pk), "amount": "60", "note": "", "version": fresh(order).version, "token": a_token()}
    with nothing_changes():
        page = browser.post(button("orders.order", order.pk, "refund"), data)
    assert "your limit with one order is 50.00 EUR" in told(page)


def test_an_api_client_has_no_limit_but_its_scope() -> None:
    shop = a_client()
    order, payment = a_paid_order(client=shop, units={"A": 30})
    path = f"/api/v1/orders/{order.pk}/payments/{payment.pk}/refund/"
    writer = Caller(shop, ("orders:write",))
    with nothing_changes():
        problem(writer.post(path, {"amount": 7_500}), 403, "scope_missing")
    assert read(Caller(shop, ("payments:write",)).post(path, {"amount": 7_500}))["refunded"] == 7_500


def test_letting_an_order_go_unpaid_is_an_authority_of_its_own() -> None:
    order = a_placed_order()
    address = {"name": "Ann", "line1": "1 High St", "city": "Leeds", "postal_code": "LS1", "country": "GB"}
    data = {
        **address,
        "email": "a@example.com",
        "shipping_method": "",
        "payment_terms": "on_account",
        "handover": "parcel",
    }
    for role, terms in (("support_agent", "prepaid"), ("manager", "on_account")):
        sent = {**data, "version": fresh(order).version, "token": a_token()}
        browser_of(a_person(role)).post(button("orders.order", order.pk, "edit-contact"), sent)
        assert fresh(order).payment_terms == terms
