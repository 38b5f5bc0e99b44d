"""What POST /quotes/ tells, and that an order placed with it costs that or is refused."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from core.models import Client
from inventory.actions import update_variant
from orders.models import Order
from orders.pricing.models import Adjustment, DeliveryCharge, TaxTotal
from tests.core.api.conftest import Caller
from tests.core.api.problem_checks import pointers, problem
from tests.factories.core import a_client, read
from tests.factories.delivery import a_method, a_rate
from tests.factories.inventory import stock_up, that_waits
from tests.factories.orders import ACTOR, assert_everything_adds_up
from tests.factories.storefronts import sells
from tests.factories.watching import nothing_changes

pytestmark = pytest.mark.django_db

QUOTES, ORDERS = "/api/v1/quotes/", "/api/v1/orders/"
SUMS = ("subtotal", "discount", "surcharge", "tax", "tax_included", "shipping", "rounding", "total")
BODY: dict[str, Any] = {"currency": "EUR", "lines": [{"sku": "A", "quantity": 3}, {"sku": "B", "quantity": 2}]}


@pytest.fixture(autouse=True)
def no_limits(settings: Settings) -> None:
    settings.RATE_LIMITS = None


@pytest.fixture
def storefront(db: None) -> Client:
    stock_up({"A": 5, "B": 1})
    return a_client("North")


@pytest.fixture
def shop(storefront: Client) -> Caller:
    caller = Caller(storefront, ("orders:read", "orders:write", "orders:price"))
    caller.get(ORDERS)
    return caller


def quoted(shop: Caller, **fields: Any) -> dict[str, Any]:
    told: dict[str, Any] = read(shop.post(QUOTES, {**BODY, **fields}, idempotency_key=""))
    return told


class TestWhatItTells:
    def test_prices_of_lines_with_why_and_what_is_there(self, shop: Caller) -> None:
        told = quoted(shop)
        assert [(line["sku"], line["unit_price"], line["total"]) for line in told["lines"]] == [
            ("A", 250, 750),
            ("B", 1_000, 2_000),
        ]
        assert told["lines"][0]["price"]["source"] == "catalogue"
        assert [(line["available"], line["stock"]) for line in told["lines"]] == [(5, "in_stock"), (1, "out_of_stock")]
        assert {name: told[name] for name in SUMS} == {
            "subtotal": 2_750, "discount": 0, "surcharge": 0, "tax": 0, "tax_included": 0, "shipping": 0,
            "rounding": 0, "total": 2_750,
        }  # fmt: skip

    def test_a_code_that_nobody_knows_is_told_and_refuses_nothing(self, shop: Caller) -> None:
        told = quoted(shop, codes=["SPRING"])
        assert [(each["code"], each["reason"]) for each in told["offers_refused"]] == [("SPRING", "unknown_code")]
        assert told["total"] == 2_750

    def test_lines_of_one_variant_share_what_is_there(self, shop: Caller) -> None:
        lines = [{"sku": "A", "quantity": 3}, {"sku": "A", "quantity": 3, "unit_price": 1}]
        told = quoted(shop, lines=lines)
        assert [(line["available"], line["stock"]) for line in told["lines"]] == [(5, "in_stock"), (2, "out_of_stock")]

    def test_it_says_from_when_on_all_of_a_line_is_there_as_the_order_is_then_promised(
        self, shop: Caller, storefront: Client
    ) -> None:
        sells(storefront, time_zone="Pacific/Kiritimati")
        today = timezone.localdate(timezone=ZoneInfo("Pacific/Kiritimati"))
        that_waits("B", restock_days=9)
        that_waits("C", stock_policy="preorder", available_from=dt.date(2999, 5, 1))
        that_waits("D")
        lines = [{"sku": sku, "quantity": 2} for sku in "ABCD"]
        told = quoted(shop, lines=lines)
        expected = [today.isoformat(), (today + dt.timedelta(days=9)).isoformat(), "2999-05-01", None]
        assert [line["expected_on"] for line in told["lines"]] == expected
        assert [line["stock"] for line in told["lines"]] == ["in_stock", "backorder", "preorder", "backorder"]
        order = read(shop.post(ORDERS, {**BODY, "lines": lines}), 201)
        assert [line["promised_on"] for line in order["lines"]] == [None, *expected[1:]]

    def test_the_days_of_the_chosen_delivery_method_are_added(self, shop: Caller, storefront: Client) -> None:
        a_method(storefront, "SLOW", a_rate(), min_days=2, max_days=5)
        a_method(storefront, "VAGUE", a_rate())
        that_waits("B", restock_days=9)
        that_waits("C")
        today = timezone.localdate()
        lines = [{"sku": sku, "quantity": 2} for sku in "ABC"]

        def arrivals(**fields: Any) -> list[tuple[str | None, str | None]]:
            found = quoted(shop, lines=lines, **fields)["lines"]
            return [(line["arrives_from"], line["arrives_by"]) for line in found]

        days = [(today + dt.timedelta(days=count)).isoformat() for count in (2, 5, 11, 14)]
        assert arrivals(delivery_method="SLOW") == [(days[0], days[1]), (days[2], days[3]), (None, None)]
        assert arrivals(delivery_method="VAGUE") == arrivals() == [(None, None)] * 3

    def test_nothing_is_written_and_it_takes_few_statements(self, shop: Caller) -> None:
        quoted(shop)  # loads the rules of the storefront, which are remembered
        with nothing_changes(), CaptureQueriesContext(connection) as queries:
            quoted(shop)
        assert len(queries) <= 4
        assert all(query["sql"].lstrip().upper().startswith(("SELECT", "WITH")) for query in queries.captured_queries)

    def test_what_an_order_would_be_refused_for_is_refused(self, shop: Caller) -> None:
        refusal = problem(
            shop.post(QUOTES, {**BODY, "lines": [{"sku": "X", "quantity": 1}]}, idempotency_key=""),
            400,
            "invalid_input",
        )
        assert pointers(refusal) == {("/lines/0/sku", "unknown_sku")}
        unfit = shop.post(QUOTES, {**BODY, "delivery_method": "owl"}, idempotency_key="")
        assert pointers(problem(unfit, 400, "invalid_input")) == {("/delivery_method", "delivery_method_unfit")}
        both = shop.post(QUOTES, {**BODY, "delivery_method": "owl", "shipping": 5}, idempotency_key="")
        assert pointers(problem(both, 400, "invalid_input")) == {("/shipping", "one_of")}

    def test_prices_of_ones_own_need_their_scope(self, storefront: Client) -> None:
        shop = Caller(storefront, ("orders:read",))
        for own in ({"discounts": [{"amount": 5, "reason": "Late"}]}, {"surcharges": [{"label": "Box", "amount": 5}]}):
            with nothing_changes():
                response = shop.post(QUOTES, {**BODY, **own}, idempotency_key="")
            assert problem(response, 403, "scope_missing")["missing_scope"] == "orders:price"


OWN: list[dict[str, Any]] = [
    {},
    {"shipping": 495},
    {"discounts": [{"amount": 101, "reason": "Late parcel"}], "shipping": 495},
    {"discounts": [{"percentage": "33.33", "reason": "Staff"}], "surcharges": [{"label": "Gift", "amount": 7}]},
    {"lines": [{"sku": "A", "quantity": 3, "discount": 50, "tax": 70}, {"sku": "B", "quantity": 1}]},
]


class TestPlacing:
    @pytest.mark.parametrize("own", OWN)
    def test_an_order_placed_with_it_costs_the_same_to_the_cent(self, shop: Caller, own: dict[str, Any]) -> None:
        stock_up({"B": 5})
        quote = quoted(shop, **own)
        order = read(shop.post(ORDERS, {**BODY, **own, "quote": quote["quote"]}), 201)
        assert {name: order[name] for name in SUMS} == {name: quote[name] for name in SUMS}
        kept = ("sku", "quantity", "unit_price", "discount", "surcharge", "tax", "tax_included", "total")
        told = [{name: line[name] for name in kept} for line in order["lines"]]
        assert told == [{name: line[name] for name in kept} for line in quote["lines"]]
        assert_everything_adds_up()

    def test_what_is_another_price_now_is_refused_and_told(self, shop: Caller) -> None:
        stock_up({"B": 5})
        quote = quoted(shop)["quote"]
        variant = stock_up({"A": 1})["A"]
        update_variant(variant.pk, {"prices": {"EUR": 260}}, actor=ACTOR)
        with nothing_changes():
            refusal = problem(shop.post(ORDERS, {**BODY, "quote": quote}), 409, "quote_changed")
        assert refusal["detail"] == "It was quoted at 27.50 EUR and comes to 27.80 EUR now."
        assert refusal["changes"] == [
            {"what": "/lines/0/unit_price", "quoted": 250, "now": 260},
            {"what": "/lines/0/total", "quoted": 750, "now": 780},
            {"what": "/total", "quoted": 2_750, "now": 2_780},
        ]

    def test_another_basket_than_the_quoted_one_is_refused(self, shop: Caller) -> None:
        stock_up({"B": 5})
        quote = quoted(shop)["quote"]
        more = {**BODY, "lines": [*BODY["lines"], {"sku": "A", "quantity": 1, "unit_price": 0}], "quote": quote}
        with nothing_changes():
            refusal = problem(shop.post(ORDERS, more), 409, "quote_changed")
        assert refusal["changes"] == [{"what": "/lines/2", "quoted": None, "now": "A"}]
        assert refusal["detail"] == "The total is the same; parts of it aren't."

    @pytest.mark.parametrize("text", ["x", "eyJ0b3RhbCI6MX0:1abc:xyz"])
    def test_what_is_no_quote_of_ours_is_refused(self, shop: Caller, text: str) -> None:
        with nothing_changes():
            refusal = problem(shop.post(ORDERS, {**BODY, "quote": text}), 400, "invalid_input")
        assert pointers(refusal) == {("/quote", "unknown_quote")}

    def test_a_code_that_gives_nothing_is_refused_with_why(self, shop: Caller) -> None:
        with nothing_changes():
            refusal = problem(shop.post(ORDERS, {**BODY, "codes": ["SPRING"]}), 400, "invalid_input")
        assert [(each["pointer"], each["code"]) for each in refusal["errors"]] == [("/codes/0", "unknown_code")]


def test_rows_say_what_an_order_costs_and_its_expansion_tells_them(shop: Caller) -> None:
    stock_up({"B": 5})
    own = {"discounts": [{"amount": 101, "reason": "Late parcel"}], "shipping": 495}
    placed = read(shop.post(ORDERS, {**BODY, **own}), 201)
    (prices,) = read(shop.get(f"{ORDERS}{placed['id']}/?expand=prices"))["prices"]
    told = [(each["kind"], each["code"], each["amount"], each["reason"]) for each in prices["adjustments"]]
    assert told == [("discount", "own", -28, "Late parcel"), ("discount", "own", -73, "Late parcel")]
    assert [(each["name"], each["price"], each["total"]) for each in prices["deliveries"]] == [("Delivery", 495, 495)]
    assert prices["taxes"] == []
    order = Order.objects.get()
    assert (Adjustment.objects.count(), DeliveryCharge.objects.count(), TaxTotal.objects.count()) == (2, 1, 0)
    assert (order.subtotal, order.discount, order.shipping, order.total) == (2_750, 101, 495, 3_144)
