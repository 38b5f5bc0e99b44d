"""The instalments of an order, over HTTP."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from orders.models import Order
from tests.core.api.conftest import Caller
from tests.factories.core import a_client, read
from tests.factories.orders import a_placed_order, pay
from tests.factories.shipping import an_order_on_account
from tests.factories.storefronts import sells
from tests.factories.watching import nothing_changes

pytestmark = pytest.mark.django_db

SCOPES = ("orders:read", "orders:write", "orders:terms", "payments:read")


@pytest.fixture
def shop() -> Caller:
    client = a_client("North")
    sells(client, days_to_pay=10)
    return Caller(client, SCOPES)


def day(count: int) -> str:
    return (timezone.localdate() + dt.timedelta(days=count)).isoformat()


def at(order: Order) -> str:
    return f"/api/v1/orders/{order.pk}/instalments/"


def test_the_terms_give_an_order_on_account_a_day(shop: Caller) -> None:
    order = an_order_on_account(shop.client)
    response = shop.get(at(order))
    assert read(response) == {
        "instalments": [
            {
                "position": 1, "due_on": day(10), "amount": order.total, "outstanding": order.total,
                "is_overdue": False, "currency": "EUR",
            }
        ]
    }  # fmt: skip
    assert response.headers["ETag"] == f'"v{order.version}"'


def test_instalments_are_put_read_and_put_again_without_effect(shop: Caller) -> None:
    order = an_order_on_account(shop.client)
    last = order.total - 1_000
    body = {"instalments": [{"due_on": day(5), "amount": 1_000}, {"due_on": day(40), "amount": last}]}
    told = read(shop.send("PUT", at(order), body, if_match=f'"v{order.version}"'))
    assert [(each["due_on"], each["amount"]) for each in told["instalments"]] == [(day(5), 1_000), (day(40), last)]
    pay(order, 1_200)
    (one,) = read(shop.get("/api/v1/orders/?expand=instalments"))["results"][:1]
    assert [each["outstanding"] for each in one["instalments"]] == [0, last - 200]
    version = read(shop.get(f"/api/v1/orders/{order.pk}/"))["version"]
    with nothing_changes(but="core_idempotencyrecord"):
        again = shop.send("PUT", at(order), body, if_match=f'"v{version}"')
    assert again.status_code == 200


def test_what_does_not_add_up_is_409_with_what_is_due(shop: Caller) -> None:
    order = an_order_on_account(shop.client)
    with nothing_changes():
        response = shop.send(
            "PUT", at(order), {"instalments": [{"due_on": day(5), "amount": 1}]}, if_match=f'"v{order.version}"'
        )
    told = read(response, 409)
    assert (told["code"], told["due"]) == ("instalments_off", order.total)


def test_a_day_that_is_over_is_400_at_its_place(shop: Caller) -> None:
    order = an_order_on_account(shop.client)
    body = {"instalments": [{"due_on": day(-1), "amount": order.total}]}
    with nothing_changes():
        told = read(shop.send("PUT", at(order), body, if_match=f'"v{order.version}"'), 400)
    assert [(each["pointer"], each["code"]) for each in told["errors"]] == [("/instalments/0/due_on", "in_the_past")]


def test_an_order_that_is_paid_before_release_has_none_and_takes_none(shop: Caller) -> None:
    order = a_placed_order(shop.client)
    assert read(shop.get(at(order))) == {"instalments": []}
    body = {"instalments": [{"due_on": day(1), "amount": order.total}]}
    with nothing_changes():
        told = read(shop.send("PUT", at(order), body, if_match=f'"v{order.version}"'), 409)
    assert told["detail"] == "The order is paid before it is released."


def test_a_key_that_may_not_grant_terms_may_not_agree(shop: Caller) -> None:
    order = an_order_on_account(shop.client)
    other = Caller(shop.client, ("orders:write", "payments:read"))
    body = {"instalments": [{"due_on": day(1), "amount": order.total}]}
    with nothing_changes():
        assert other.send("PUT", at(order), body, if_match=f'"v{order.version}"').status_code == 403
