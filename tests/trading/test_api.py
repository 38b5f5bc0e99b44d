"""The routes of the book: what each does, what each refuses, and what any other input meets."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote, quote_from_bytes

import pytest
from django.http import HttpResponse
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pytest_django import Settings

from core.models import Client
from orders.models import Order
from tests.core.api.conftest import Caller
from tests.core.api.problem_checks import pointers, problem
from tests.factories import orders as of_orders
from tests.factories.core import a_client, read
from tests.factories.customers import a_customer
from tests.factories.inventory import stock_up
from tests.factories.trading import (
    SCOPES,
    a_book,
    a_book_order,
    a_trade,
    a_trader,
    an_instrument,
    assert_the_book_adds_up,
    queue,
    reload,
    total,
)
from tests.factories.watching import nothing_changes
from trading.models import BookOrder, Instrument, Trade

pytestmark = pytest.mark.django_db

BOOK = "/api/v1/book/"
ORDERS = f"{BOOK}orders/"
JPM = f"{BOOK}JPM/"

WRONG: dict[str, list[Any]] = {
    "id": [None, True, 1.5, "", ".", "..", "a/b", "a b", "é", "A" * 65, [], 2**70],
    "symbol": [None, 1, "", "A" * 65, "a/b", "J PM", ".x", "é", "orders"],
    "side": [None, "buy", "BUY", "", 1, "Hold"],
    "amount": [None, 0, -1, 1.5, "1", True, 1_000_001, 10**30],
    "price": [None, 0, -1, 1.5, "1", True, 1_000_000_001],
    "source": [None, 1, "x" * 65, "\0"],
    "colour": ["red"],
}
"""What a new order's fields may not be."""


@pytest.fixture(autouse=True)
def no_limits(settings: Settings) -> None:
    settings.RATE_LIMITS = None


@pytest.fixture
def client(db: None) -> Client:
    return a_client("Desk")


@pytest.fixture
def desk(client: Client) -> Caller:
    return a_trader(client)


def body(**fields: Any) -> dict[str, Any]:
    return {"id": "X-1", "symbol": "JPM", "side": "Buy", "amount": 20, "price": 20, **fields}


def trade_body(**fields: Any) -> dict[str, Any]:
    return {"side": "Buy", "amount": 22, "client_ref": "R-1", **fields}


class TestAddingAnOrder:
    def test_it_is_added_and_answered_whole(self, desk: Caller) -> None:
        response = desk.post(ORDERS, body(source="north"))
        order = BookOrder.objects.get()
        assert read(response, 201) == {
            "id": "X-1", "symbol": "JPM", "side": "Buy", "amount": 20, "price": 20, "currency": "USD",
            "source": "north", "status": "open", "filled": 0, "entered_amount": 20, "entered_price": 20,
            "import_id": None, "version": 1,
            "created_at": read(desk.get(f"{ORDERS}X-1/"))["created_at"], "closed_at": None,
        }  # fmt: skip
        assert (response.headers["Location"], response.headers["ETag"]) == (f"{ORDERS}X-1/", '"v1"')
        assert order.ref == "X-1"

    @pytest.mark.parametrize("given", [7, "7", -3, 0, 2**63 - 1, "a#b?c%d", "...", "~", "A" * 64])
    def test_its_id_comes_back_as_it_was_given_and_finds_it(self, desk: Caller, given: int | str) -> None:
        response = desk.post(ORDERS, body(id=given))
        assert read(response, 201)["id"] == given
        assert read(desk.get(response.headers["Location"]))["id"] == given
        assert read(desk.get(f"{ORDERS}{quote(str(given), safe='')}/"))["id"] == given

    def test_the_same_again_has_the_same_answer_under_any_key(self, desk: Caller, client: Client) -> None:
        first = desk.post(ORDERS, body())
        a_trade(client, amount=5)
        with_key = desk.post(ORDERS, body())
        assert (with_key.status_code, with_key.content) == (201, first.content)
        assert with_key.headers["ETag"] == first.headers["ETag"]

    def test_a_repeated_key_is_replayed_and_with_another_body_refused(self, desk: Caller) -> None:
        first = desk.post(ORDERS, body(), idempotency_key="k1")
        again = desk.post(ORDERS, body(), idempotency_key="k1")
        assert (again.status_code, again.content) == (201, first.content)
        assert again.headers["Idempotent-Replayed"] == "true"
        with nothing_changes():
            problem(desk.post(ORDERS, body(amount=1), idempotency_key="k1"), 422, "idempotency_key_reused")

    def test_another_of_its_id_is_a_conflict(self, desk: Caller) -> None:
        desk.post(ORDERS, body())
        with nothing_changes():
            told = problem(desk.post(ORDERS, body(amount=21, price=1)), 409, "book_order_exists")
        assert (told["id"], told["differing"]) == ("X-1", ["amount", "price"])

    def test_without_a_key_nothing_is_added(self, desk: Caller) -> None:
        with nothing_changes():
            told = problem(desk.post(ORDERS, body(), idempotency_key=""), 400, "bad_request")
        assert pointers(told) == {("", "idempotency_key_missing")}

    @pytest.mark.parametrize("field", ["id", "symbol", "side", "amount", "price"])
    def test_what_it_needs(self, desk: Caller, field: str) -> None:
        sent = body()
        del sent[field]
        with nothing_changes():
            assert pointers(problem(desk.post(ORDERS, sent), 400, "invalid_input")) == {(f"/{field}", "required")}

    @pytest.mark.parametrize(
        ("field", "value"), [(field, value) for field, values in WRONG.items() for value in values]
    )
    def test_what_it_may_not_be(self, desk: Caller, field: str, value: Any) -> None:
        with nothing_changes():
            response = desk.send("POST", ORDERS, raw=json.dumps(body(**{field: value})).encode(), idempotency_key="k")
            assert response.status_code == 400, response.content


class TestOneOrder:
    def test_a_change_needs_the_version_that_is_there(self, desk: Caller, client: Client) -> None:
        order = a_book_order(client)
        path = f"{ORDERS}{order.ref}/"
        with nothing_changes():
            problem(desk.patch(path, {"amount": 1}), 428, "if_match_missing")
            problem(desk.patch(path, {"amount": 1}, if_match='"v9"'), 412, "stale_version")
            problem(desk.patch(path, {"amount": 1}, if_match='W/"v1"'), 412, "stale_version")
            problem(desk.send("DELETE", path), 428, "if_match_missing")
            problem(desk.send("DELETE", path, if_match='"v2"'), 412, "stale_version")
        changed = desk.patch(path, {"amount": 1, "price": 30}, if_match='"v1"')
        assert (read(changed)["amount"], read(changed)["price"], changed.headers["ETag"]) == (1, 30, '"v2"')

    @pytest.mark.parametrize(
        "changes", [{"amount": 0}, {"price": 0}, {"side": "Sell"}, {"id": "other"}, {"amount": None}, {"x": 1}, []]
    )
    def test_what_a_change_may_not_be(self, desk: Caller, client: Client, changes: Any) -> None:
        order = a_book_order(client)
        with nothing_changes():
            response = desk.patch(f"{ORDERS}{order.ref}/", changes, if_match='"v1"')
            assert response.status_code == 400, response.content

    def test_it_is_removed_and_still_shown(self, desk: Caller, client: Client) -> None:
        order = a_book_order(client)
        path = f"{ORDERS}{order.ref}/"
        assert desk.send("DELETE", path, if_match='"v1"').status_code == 204
        told = read(desk.get(path))
        assert (told["status"], told["version"], told["amount"]) == ("removed", 2, 10)
        assert told["closed_at"] is not None
        with nothing_changes():
            assert desk.send("DELETE", path, if_match='"v2"').status_code == 204
            problem(desk.patch(path, {"amount": 1}, if_match='"v2"'), 409, "operation_refused")

    def test_once_filled_it_is_not_removed(self, desk: Caller, client: Client) -> None:
        order = a_book_order(client, status="filled")
        with nothing_changes():
            told = problem(desk.send("DELETE", f"{ORDERS}{order.ref}/", if_match='"v2"'), 409, "operation_refused")
        assert told["state"] == "filled"

    def test_its_history_names_who_when_and_from_what_to_what(self, desk: Caller, client: Client) -> None:
        desk.post(ORDERS, body())
        desk.patch(f"{ORDERS}X-1/", {"amount": 9}, if_match='"v1"')
        a_trade(client, amount=9)
        told = read(desk.get(f"{ORDERS}X-1/history/?ordering=sequence"))["results"]
        assert [(each["sequence"], each["type"], each["actor"]) for each in told] == [
            (1, "book_order.added", f"client:{client.pk}"),
            (2, "book_order.changed", f"client:{client.pk}"),
            (3, "book_order.filled", "system:test"),
        ]
        assert told[1]["data"] == {"changes": {"amount": [20, 9]}, "requeued": False}
        assert told[2]["data"]["changes"] == {"amount": [9, 0], "status": ["open", "filled"]}

    def test_its_operations_say_why_not(self, desk: Caller, client: Client) -> None:
        order = a_book_order(client, status="removed")
        told = read(desk.get(f"{ORDERS}{order.ref}/operations/"))
        assert told["status"] == "removed"
        assert [(each["name"], each["allowed"]) for each in told["operations"]] == [
            ("change", False), ("remove", False), ("fill_partly", False), ("fill", False),
        ]  # fmt: skip
        assert all(each["reason"] and each["unblock"] for each in told["operations"])


class TestLists:
    def test_orders_are_narrowed_and_come_newest_first(self, desk: Caller, client: Client) -> None:
        a = a_book_order(client, symbol="A", source="north")
        b = a_book_order(client, symbol="B", side="Sell")
        c = a_book_order(client, symbol="A", status="removed")

        def refs(query: str) -> list[str]:
            return [each["id"] for each in read(desk.get(f"{ORDERS}{query}"))["results"]]

        assert refs("") == [c.ref, b.ref, a.ref]
        assert refs("?ordering=created_at") == [a.ref, b.ref, c.ref]
        assert refs("?symbol=A") == [c.ref, a.ref]
        assert refs("?symbol=B&side=Sell") == [b.ref]
        assert refs("?symbol=NONE") == refs("?side=Buy&symbol=B") == []
        assert refs("?status=removed") == [c.ref]
        assert refs("?status=open&status=filled") == [b.ref, a.ref]
        assert refs("?source=north") == [a.ref]

    def test_pages_have_every_order_once(self, desk: Caller, client: Client) -> None:
        made = [a_book_order(client).ref for _ in range(7)]
        path, seen = f"{ORDERS}?limit=3&symbol=JPM&side=Buy", []
        while path:
            page = read(desk.get(path))
            seen += [each["id"] for each in page["results"]]
            path = page["next"]
        assert seen == made[::-1]

    @pytest.mark.parametrize(
        "query",
        ["?side=buy", "?status=gone", "?colour=red", "?limit=0", "?cursor=x", "?ordering=price", "?import_id=x"],
    )
    def test_what_a_list_cannot_be_asked(self, desk: Caller, query: str) -> None:
        assert desk.get(f"{ORDERS}{query}").status_code == 400

    def test_trades_are_narrowed_and_show_fills_on_demand(self, desk: Caller, client: Client) -> None:
        a_book()
        one, two = a_trade(client, amount=22, client_ref="R-1"), a_trade(client, side="Sell")
        trades = f"{BOOK}trades/"
        assert [each["id"] for each in read(desk.get(trades))["results"]] == [str(two.pk), str(one.pk)]
        assert [each["id"] for each in read(desk.get(f"{trades}?side=Buy&symbol=JPM"))["results"]] == [str(one.pk)]
        (told,) = read(desk.get(f"{trades}?client_ref=R-1&expand=fills"))["results"]
        assert [(each["amount"], each["price"]) for each in told["fills"]] == [(20, 20), (2, 21)]
        assert told == read(desk.get(f"{trades}{one.pk}/"))
        assert desk.get(f"{trades}?expand=orders").status_code == 400


class TestTheBook:
    def test_both_sides_by_level(self, desk: Caller) -> None:
        a_book()
        a_book_order(amount=1, price=21)
        assert read(desk.get(JPM)) == {
            "symbol": "JPM", "currency": "USD",
            "buy": [{"price": 20, "amount": 20, "orders": 1}, {"price": 21, "amount": 11, "orders": 2}],
            "sell": [{"price": 25, "amount": 12, "orders": 1}, {"price": 20, "amount": 5, "orders": 1}],
        }  # fmt: skip
        assert [len(read(desk.get(f"{JPM}?depth=1"))[side]) for side in ("buy", "sell")] == [1, 1]

    @pytest.mark.parametrize("depth", ["0", "-1", "1001", "x", "1.5", "٣", "99999"])
    def test_what_depth_may_not_be(self, desk: Caller, depth: str) -> None:
        a_book()
        body = problem(desk.get(f"{JPM}?depth={quote(depth)}"), 400, "bad_request")
        assert (pointers(body), body["detail"]) == (
            {("?depth", "invalid")},
            "depth is a whole number from 1 to 1000.",
        )

    @pytest.mark.parametrize(
        ("side", "amount", "comes_to", "average"),
        [
            ("Buy", 20, 400, {"price": 20, "remainder": 0, "exact": "20"}),
            ("Buy", 10, 200, {"price": 20, "remainder": 0, "exact": "20"}),
            ("Buy", 22, 442, {"price": 20, "remainder": 2, "exact": "221/11"}),
            ("Sell", 14, 340, {"price": 24, "remainder": 4, "exact": "170/7"}),
        ],
    )
    def test_the_price_is_told_and_nothing_changes(
        self, desk: Caller, side: str, amount: int, comes_to: int, average: dict[str, Any]
    ) -> None:
        a_book()
        with nothing_changes():
            told = read(desk.post(f"{JPM}price/", {"side": side, "amount": amount}, idempotency_key=""))
        assert (told["total"], told["average"]) == (comes_to, average)
        assert sum(each["amount"] * each["price"] for each in told["fills"]) == comes_to
        assert told["available"] == {"Buy": 30, "Sell": 17}[side]

    def test_too_thin_a_book_says_what_is_available(self, desk: Caller) -> None:
        a_book()
        asked = {"side": "Buy", "amount": 31}
        with nothing_changes():
            told = problem(desk.post(f"{JPM}price/", asked), 409, "book_too_thin")
            refused = problem(desk.post(f"{JPM}trades/", {**asked, "client_ref": "R"}), 409, "book_too_thin")
        assert told["available"] == refused["available"] == 30


class TestTrading:
    def test_it_costs_what_was_quoted(self, desk: Caller) -> None:
        a_book()
        quoted = read(desk.post(f"{JPM}price/", {"side": "Buy", "amount": 22}))
        response = desk.post(f"{JPM}trades/", trade_body(limit_total=442))
        told = read(response, 201)
        assert {name: told[name] for name in ("total", "average", "fills")} == {
            name: quoted[name] for name in ("total", "average", "fills")
        }
        assert (told["client_ref"], told["limit_total"], told["customer_id"], told["order_id"]) == (
            "R-1",
            442,
            None,
            None,
        )
        assert response.headers["Location"] == f"{BOOK}trades/{told['id']}/"
        assert read(desk.get(response.headers["Location"])) == told
        assert_the_book_adds_up()

    def test_the_same_again_has_the_same_answer_under_any_key(self, desk: Caller) -> None:
        a_book()
        first = desk.post(f"{JPM}trades/", trade_body())
        with_key = desk.post(f"{JPM}trades/", trade_body())
        assert (with_key.status_code, with_key.content) == (201, first.content)
        assert (Trade.objects.count(), total()) == (1, 8)
        problem(desk.post(f"{JPM}trades/", trade_body(amount=1)), 409, "trade_ref_reused")

    def test_over_its_limit_it_is_refused(self, desk: Caller) -> None:
        a_book()
        with nothing_changes():
            told = problem(desk.post(f"{JPM}trades/", trade_body(limit_total=441)), 409, "limit_exceeded")
        assert (told["total"], told["limit_total"]) == (442, 441)

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("side", "buy"), ("amount", 0), ("amount", 1_000_001), ("client_ref", ""), ("client_ref", "x" * 101),
            ("limit_total", -1), ("limit_total", "5"), ("customer_id", "x"), ("colour", "red"),
        ],
    )  # fmt: skip
    def test_what_it_may_not_be(self, desk: Caller, field: str, value: Any) -> None:
        a_book()
        with nothing_changes():
            assert desk.post(f"{JPM}trades/", trade_body(**{field: value})).status_code == 400

    def test_it_is_settled_as_a_customers_order(self, client: Client) -> None:
        stock_up({"MUG": 30}, currency="USD")
        an_instrument(sku="MUG")
        a_book()
        ann = a_customer(client)
        sent = trade_body(customer_id=str(ann.pk))
        trader = a_trader(client)
        with nothing_changes():
            told = problem(trader.post(f"{JPM}trades/", sent), 403, "scope_missing")
        assert told["missing_scope"] == "orders:write"
        told = read(a_trader(client, [*SCOPES, "orders:write"]).post(f"{JPM}trades/", sent), 201)
        assert (told["order_id"], told["customer_id"]) == (str(Order.objects.get().pk), str(ann.pk))
        assert of_orders.stock() == {"MUG": (30, 22)}


class TestInstruments:
    def test_they_are_listed_shown_and_changed(self, desk: Caller) -> None:
        path = f"{BOOK}instruments/"
        response = desk.post(path, {"symbol": "AAPL", "currency": "EUR"})
        told = read(response, 201)
        assert (told["symbol"], told["currency"], told["sku"], told["version"]) == ("AAPL", "EUR", "", 1)
        assert response.headers["Location"] == f"{path}AAPL/"
        changed = desk.patch(f"{path}AAPL/", {"sku": "MUG"}, if_match=response.headers["ETag"])
        assert (read(changed)["sku"], changed.headers["ETag"]) == ("MUG", '"v2"')
        assert [each["symbol"] for each in read(desk.get(path))["results"]] == ["AAPL"]
        with nothing_changes():
            problem(desk.post(path, {"symbol": "AAPL", "currency": "EUR"}), 409, "instrument_exists")
            problem(desk.patch(f"{path}AAPL/", {"sku": ""}), 428, "if_match_missing")
            problem(desk.patch(f"{path}AAPL/", {"sku": ""}, if_match='"v1"'), 412, "stale_version")

    def test_a_currency_is_fixed_by_the_first_order(self, desk: Caller) -> None:
        a_book_order()
        with nothing_changes():
            response = desk.patch(f"{BOOK}instruments/JPM/", {"currency": "EUR"}, if_match='"v1"')
            problem(response, 409, "currency_fixed")


quick = hypothesis_settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], database=None
)
scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
any_json = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip


def near(**known: Any) -> st.SearchStrategy[bytes]:
    """Bodies that are nearly right."""
    fields = {name: st.sampled_from([value]) | any_json for name, value in known.items()}
    return st.fixed_dictionaries({}, optional=fields).map(lambda value: json.dumps(value).encode())


def check(response: HttpResponse) -> None:
    assert response.status_code < 500, response.content
    if response.status_code >= 400:
        assert response.headers["Content-Type"] == "application/problem+json"


class TestAnyInput:
    @quick
    @given(new=near(**body(source="")), trade=near(**trade_body(limit_total=1)), change=near(amount=1, price=1))
    def test_any_body(self, desk: Caller, new: bytes, trade: bytes, change: bytes) -> None:
        check(desk.post(ORDERS, raw=new))
        check(desk.post(f"{JPM}price/", raw=trade))
        check(desk.post(f"{JPM}trades/", raw=trade))
        check(desk.post(f"{BOOK}instruments/", raw=new))
        check(desk.patch(f"{ORDERS}X-1/", raw=change, if_match='"v1"'))

    @quick
    @given(path=st.binary(max_size=12), name=st.sampled_from(["depth", "symbol", "status", "import_id", "cursor"]))
    def test_any_path_and_query(self, desk: Caller, path: bytes, name: str) -> None:
        raw = quote_from_bytes(path, safe="")
        for address in (f"{BOOK}{raw}/", f"{ORDERS}{raw}/", f"{ORDERS}{raw}/history/", f"{BOOK}instruments/{raw}/"):
            check(desk.get(address))
        check(desk.post(f"{BOOK}{raw}/price/", {"side": "Buy", "amount": 1}))
        for address in (f"{JPM}?{name}={raw}", f"{ORDERS}?{name}={raw}", f"{BOOK}trades/?{name}={raw}"):
            check(desk.get(address))


def test_the_walk_through_of_the_issue_over_http(desk: Caller, client: Client) -> None:
    for n, (side, amount, price) in enumerate([("Buy", 20, 20), ("Buy", 10, 21), ("Sell", 12, 25), ("Sell", 5, 20)]):
        read(desk.post(ORDERS, body(id=n, side=side, amount=amount, price=price)), 201)
    assert read(desk.post(f"{JPM}trades/", trade_body()), 201)["total"] == 442
    assert read(desk.post(f"{JPM}trades/", trade_body(side="Sell", amount=14, client_ref="R-2")), 201)["total"] == 340
    assert (queue("Buy"), queue("Sell")) == ([("1", 8, 21)], [("3", 3, 20)])
    assert {reload(order).status for order in BookOrder.objects.filter(client=client)} == {
        "filled", "partially_filled",
    }  # fmt: skip
    assert Instrument.objects.get().version == 3
    assert_the_book_adds_up()
