"""The routes of orders: what each does, what each refuses, and what each costs."""

from __future__ import annotations

import datetime as dt
from importlib import import_module
from typing import Any

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from core.ids import new_id
from core.models import Client
from core.transactions import StartOver
from inventory.actions import update_variant
from orders.actions import place_hold, place_order, release_order
from orders.actions.reserve import reserve_lines
from orders.api.views.orders import OneOrder
from orders.models import Hold, Order
from orders.statuses import OrderStatus
from orders.tasks import serve_waiting
from tests.core.api.conftest import Caller
from tests.core.api.problem_checks import pointers, problem
from tests.factories.core import a_client, read, timeline
from tests.factories.customers import a_customer
from tests.factories.inventory import stock_up
from tests.factories.orders import (
    ACTOR,
    TOTAL,
    a_placed_order,
    a_waiting_order,
    an_order,
    assert_everything_adds_up,
    new_order,
    pay,
    reload,
    stock,
)
from tests.factories.storefronts import a_storefront
from tests.factories.watching import nothing_changes

pytestmark = pytest.mark.django_db

SCOPES = ("orders:read", "orders:write", "payments:read", "payments:write", "shipments:read")
ORDERS = "/api/v1/orders/"
LINES = [{"sku": "A", "quantity": 3}, {"sku": "B", "quantity": 2}]
ADDRESS = {"name": "Ann", "line1": "1 High St", "city": "Leeds", "postal_code": "LS1 1AA", "country": "GB"}


@pytest.fixture(autouse=True)
def no_limits(settings: Settings) -> None:
    settings.RATE_LIMITS = None


@pytest.fixture
def storefront(db: None) -> Client:
    return a_client("North")


@pytest.fixture
def shop(storefront: Client) -> Caller:
    caller = Caller(storefront, SCOPES)
    caller.get(ORDERS)  # Notes the first use of its key, so that no test counts it.
    return caller


def at(order: Order, rest: str = "") -> str:
    return f"{ORDERS}{order.pk}/{rest}"


def body(**fields: Any) -> dict[str, Any]:
    return {"currency": "EUR", "lines": LINES, **fields}


def ids(response: HttpResponse) -> list[str]:
    return [each["id"] for each in read(response)["results"]]


def etag(order: Order) -> str:
    return reload(order).etag


class TestCreating:
    def test_an_order_is_placed_and_answered_whole(self, shop: Caller, storefront: Client) -> None:
        stock_up({"A": 5, "B": 5})
        response = shop.post(ORDERS, body(email="ann@example.com", external_ref="W-1", shipping_address=ADDRESS))
        told = read(response, 201)
        order = Order.objects.get()
        assert response.headers["Location"] == f"{ORDERS}{order.pk}/"
        assert response.headers["ETag"] == '"v2"'
        assert (told["id"], told["number"], told["version"]) == (str(order.pk), order.number, 2)
        assert (told["client_id"], told["customer_id"], told["external_ref"]) == (str(storefront.pk), None, "W-1")
        assert (told["status"], told["payment_status"], told["total"], told["due"]) == (
            "placed",
            "unpaid",
            TOTAL,
            TOTAL,
        )
        assert [(line["sku"], line["quantity"], line["reserved"]) for line in told["lines"]] == [
            ("A", 3, 3),
            ("B", 2, 2),
        ]
        assert told["shipping_address"] == ADDRESS
        assert read(shop.get(response.headers["Location"])) == told
        assert stock() == {"A": (5, 3), "B": (5, 2)}
        assert_everything_adds_up()

    def test_a_draft_is_reserved_for_a_while_and_placed_by_a_call(self, shop: Caller) -> None:
        stock_up({"A": 3, "B": 2})
        told = read(shop.post(ORDERS, body(draft=True)), 201)
        assert (told["status"], told["placed_at"]) == ("draft", None)
        assert told["reserved_until"] is not None
        placed = read(shop.post(f"{ORDERS}{told['id']}/place/"))
        assert (placed["status"], placed["reserved_until"], placed["version"]) == ("placed", None, 3)

    def test_a_shortage_is_409_with_every_sku_that_falls_short(self, shop: Caller) -> None:
        stock_up({"A": 1, "B": 2})
        with nothing_changes():
            told = problem(shop.post(ORDERS, body()), 409, "out_of_stock")
        assert told["shortages"] == [{"sku": "A", "requested": 3, "available": 1}]
        assert told["unblock"] == "Ask for fewer units, or receive stock first."

    @pytest.mark.parametrize("draft", [False, True])
    def test_an_order_that_has_to_start_over_is_placed_once(
        self, shop: Caller, monkeypatch: pytest.MonkeyPatch, draft: bool
    ) -> None:
        stock_up({"A": 5, "B": 5})
        _start_over(monkeypatch, times=2)
        told = read(shop.post(ORDERS, body(draft=draft)), 201)
        assert (told["status"], Order.objects.count()) == ("draft" if draft else "placed", 1)
        assert stock() == {"A": (5, 3), "B": (5, 2)}
        assert_everything_adds_up()

    def test_an_order_that_always_has_to_start_over_is_503(self, shop: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
        stock_up({"A": 5, "B": 5})
        _start_over(monkeypatch, times=99)
        with nothing_changes():
            assert problem(shop.post(ORDERS, body()), 503, "busy")["unblock"] == "Send the request again."

    def test_what_a_variant_lets_wait_is_backordered(self, shop: Caller) -> None:
        mug = stock_up({"A": 1, "B": 2})["A"]
        update_variant(mug.pk, {"stock_policy": "backorder"}, actor=ACTOR)
        told = read(shop.post(ORDERS, body()), 201)
        assert [(line["reserved"], line["backordered"]) for line in told["lines"]] == [(1, 2), (2, 0)]
        assert read(shop.get(f"{ORDERS}{told['id']}/")) == told

    def test_a_reference_that_is_taken_is_409_and_names_the_order(self, shop: Caller, storefront: Client) -> None:
        first = a_placed_order(storefront, external_ref="W-1")
        stock_up({"A": 3, "B": 2})
        with nothing_changes():
            told = problem(shop.post(ORDERS, body(external_ref="W-1")), 409, "duplicate_external_ref")
        assert told["order_id"] == str(first.pk)

    @pytest.mark.parametrize(
        ("wrong", "expected"),
        [
            ({"lines": []}, {("/lines", "min_length")}),
            ({"lines": [{"sku": "A", "quantity": 0}]}, {("/lines/0/quantity", "min_value")}),
            ({"lines": [{"sku": "A", "quantity": 1_000_001}]}, {("/lines/0/quantity", "max_value")}),
            ({"lines": [{"sku": "A", "quantity": "1"}]}, {("/lines/0/quantity", "invalid")}),
            ({"lines": [{"sku": "A", "quantity": True}]}, {("/lines/0/quantity", "invalid")}),
            ({"lines": [{"sku": "X", "quantity": 1}]}, {("/lines/0/sku", "unknown_sku")}),
            ({"lines": [{"sku": "A", "quantity": 1, "colour": "red"}]}, {("/lines/0/colour", "unknown_field")}),
            ({"lines": [{"quantity": 1}]}, {("/lines/0/sku", "required")}),
            ({"currency": "XXX"}, None),
            ({"customer_id": str(new_id())}, {("/customer_id", "unknown_customer")}),
            ({"customer_id": "42"}, None),
            ({"shipping": -1}, {("/shipping", "min_value")}),
            ({"shipping": 1.5}, {("/shipping", "invalid")}),
            ({"email": "nobody"}, {("/email", "invalid")}),
            ({"status": "shipped"}, {("/status", "unknown_field")}),
            ({"payment_terms": "never"}, {("/payment_terms", "invalid_choice")}),
            ({"shipping_address": {**ADDRESS, "country": "XX"}}, {("/shipping_address/country", "invalid_choice")}),
            ({"metadata": {str(n): "" for n in range(51)}}, {("/metadata", "too_large")}),
            ({"tags": [str(n) for n in range(21)]}, None),
        ],
    )
    def test_wrong_input_is_400_by_its_place(
        self, shop: Caller, wrong: dict[str, Any], expected: set[tuple[str, str]] | None
    ) -> None:
        stock_up({"A": 5, "B": 5})
        with nothing_changes():
            told = problem(shop.post(ORDERS, body(**wrong)), 400, "invalid_input")
        if expected is None:
            assert [error["pointer"] for error in told["errors"]] == [f"/{next(iter(wrong))}"]
        else:
            assert pointers(told) == expected

    @pytest.mark.parametrize(("own", "total"), [({"unit_price": 1}, 1), ({"discount": 50}, 200)])
    def test_a_price_or_discount_of_ones_own_needs_its_scope(
        self, shop: Caller, storefront: Client, own: dict[str, int], total: int
    ) -> None:
        stock_up({"A": 5, "B": 5})
        cheap = body(lines=[{"sku": "A", "quantity": 1, **own}])
        with nothing_changes():
            told = problem(shop.post(ORDERS, cheap), 403, "scope_missing")
        assert told["missing_scope"] == "orders:price"
        back_office = Caller(storefront, (*SCOPES, "orders:price"))
        assert read(back_office.post(ORDERS, cheap), 201)["total"] == total

    def test_letting_an_order_go_unpaid_needs_its_scope(self, shop: Caller, storefront: Client) -> None:
        stock_up({"A": 5, "B": 5})
        with nothing_changes():
            told = problem(shop.post(ORDERS, body(payment_terms="on_account")), 403, "scope_missing")
        assert told["missing_scope"] == "orders:terms"
        order = a_placed_order(storefront)
        with nothing_changes():
            response = shop.patch(at(order), {"payment_terms": "on_account"}, if_match='"v2"')
            assert problem(response, 403, "scope_missing")["missing_scope"] == "orders:terms"
        trusted = Caller(storefront, (*SCOPES, "orders:terms"))
        told = read(trusted.post(ORDERS, body(payment_terms="on_account")), 201)
        assert told["payment_terms"] == "on_account"

    def test_a_storefront_orders_for_itself_only(self, shop: Caller, storefront: Client) -> None:
        stock_up({"A": 5, "B": 5})
        other = a_client()
        with nothing_changes():
            problem(shop.post(ORDERS, body(client_id=str(other.pk))), 403, "permission_denied")
        assert read(shop.post(ORDERS, body(client_id=str(storefront.pk))), 201)["client_id"] == str(storefront.pk)

    def test_a_back_office_names_a_storefront_that_exists(self, storefront: Client) -> None:
        stock_up({"A": 5, "B": 5})
        office = Caller(a_client(kind="back_office"), SCOPES)
        with nothing_changes():
            for client, code in (
                (None, "required"),
                (new_id(), "unknown_client"),
                (office.client.pk, "unknown_client"),
            ):
                asked = body() if client is None else body(client_id=str(client))
                told = problem(office.post(ORDERS, asked), 400, "invalid_input")
                assert pointers(told) == {("/client_id", code)}
        assert read(office.post(ORDERS, body(client_id=str(storefront.pk))), 201)["client_id"] == str(storefront.pk)

    def test_another_storefronts_customer_is_unknown(self, shop: Caller) -> None:
        stock_up({"A": 5, "B": 5})
        customer = a_customer(a_client())
        told = problem(shop.post(ORDERS, body(customer_id=str(customer.pk))), 400, "invalid_input")
        assert pointers(told) == {("/customer_id", "unknown_customer")}

    def test_a_repeat_gets_the_same_bytes_and_acts_once(self, shop: Caller) -> None:
        stock_up({"A": 5, "B": 5})
        first = shop.post(ORDERS, body(), idempotency_key="k1")
        again = shop.post(ORDERS, body(), idempotency_key="k1")
        assert (first.status_code, again.status_code) == (201, 201)
        assert first.content == again.content
        assert again.headers["Idempotent-Replayed"] == "true"
        assert first.headers["ETag"] == again.headers["ETag"]
        assert first.headers["Location"] == again.headers["Location"]
        assert Order.objects.count() == 1

    def test_a_refusal_is_not_remembered(self, shop: Caller) -> None:
        stock_up({"A": 1, "B": 2})
        problem(shop.post(ORDERS, body(), idempotency_key="k1"), 409, "out_of_stock")
        stock_up({"A": 2})
        assert shop.post(ORDERS, body(), idempotency_key="k1").status_code == 201


class TestReading:
    def test_an_order_has_its_version_as_etag_and_304_for_who_knows_it(self, shop: Caller, storefront: Client) -> None:
        order = a_placed_order(storefront)
        response = shop.get(at(order))
        assert response.headers["ETag"] == '"v2"'
        assert shop.get(at(order), if_none_match='"v2"').status_code == 304
        assert shop.get(at(order), if_none_match='"v1"').status_code == 200

    def test_expansions_add_payments_and_shipments(self, shop: Caller, storefront: Client) -> None:
        order = an_order(OrderStatus.SHIPPED, storefront)
        plain = read(shop.get(at(order)))
        assert {"payments", "shipments"}.isdisjoint(plain)
        told = read(shop.get(at(order, "?expand=payments,shipments")))
        assert [payment["captured"] for payment in told["payments"]] == [TOTAL]
        assert [shipment["status"] for shipment in told["shipments"]] == ["dispatched"]
        problem(shop.get(at(order, "?expand=secrets")), 400, "bad_request")

    @pytest.mark.parametrize(
        ("name", "scope"),
        [("instalments", "payments:read"), ("payments", "payments:read"), ("shipments", "shipments:read")],
    )
    def test_an_expansion_needs_the_scope_of_what_it_shows(self, storefront: Client, name: str, scope: str) -> None:
        order = an_order(OrderStatus.SHIPPED, storefront)
        without = Caller(storefront, tuple(each for each in SCOPES if each != scope))
        for path in (at(order, f"?expand={name}"), f"{ORDERS}?expand=lines,{name}"):
            told = problem(without.get(path), 403, "scope_missing")
            assert told["missing_scope"] == scope
            assert Caller(storefront, ("orders:read", scope)).get(path).status_code == 200

    def test_every_expansion_is_in_the_matrix_of_scopes(self) -> None:
        assert set(OneOrder.expansions) == {"instalments", "lines", "payments", "prices", "shipments", "sourcing"}

    def test_a_list_is_newest_first_and_its_pages_meet(self, shop: Caller, storefront: Client) -> None:
        orders = [str(a_placed_order(storefront, {"A": 1}).pk) for _ in range(5)]
        seen: list[str] = []
        url: str | None = f"{ORDERS}?limit=2"
        while url:
            page = read(shop.get(url))
            seen += [each["id"] for each in page["results"]]
            url = page["next"]
        assert seen == orders[::-1]
        assert ids(shop.get(f"{ORDERS}?ordering=number")) == orders
        problem(shop.get(f"{ORDERS}?ordering=email"), 400, "bad_request")
        problem(shop.get(f"{ORDERS}?cursor=forged"), 400, "bad_request")
        problem(shop.get(f"{ORDERS}?limit=101"), 400, "bad_request")

    def test_each_filter_finds_its_order_and_no_other(self, shop: Caller, storefront: Client) -> None:
        customer = a_customer(storefront)
        a_placed_order(storefront, {"C": 1}, email="other@example.com")
        wanted = a_placed_order(
            storefront,
            {"A": 1},
            email="Bea@example.com",
            external_ref="W-7",
            tags=["gift"],
            customer_id=customer.pk,
        )
        pay(wanted)
        release_order(wanted.pk, actor=ACTOR)
        place_hold(wanted.pk, reason="other", actor=ACTOR)
        for query in (
            "status=processing",
            "status=processing&status=shipped",
            "payment_status=paid",
            f"customer_id={customer.pk}",
            "email=bea@EXAMPLE.com",
            "sku=A",
            f"number={wanted.number}",
            "external_ref=W-7",
            "tag=gift",
            "on_hold=true",
            f"search={wanted.number}",
            f"search=%23{wanted.number}",
            "search=W-7",
            "search=bea@example.com",
            "search=A",
            "fulfilment_status=unfulfilled&sku=A",
            "return_status=none&sku=A",
        ):
            assert ids(shop.get(f"{ORDERS}?{query}")) == [str(wanted.pk)], query
        for query in ("status=draft", "sku=X", "tag=x", "search=nothing", "number=999999999", "external_ref=w-7"):
            assert ids(shop.get(f"{ORDERS}?{query}")) == [], query
        assert str(wanted.pk) not in ids(shop.get(f"{ORDERS}?on_hold=false"))

    def test_orders_that_wait_and_those_with_a_promise_before_a_day_are_found(
        self, shop: Caller, storefront: Client
    ) -> None:
        a_placed_order(storefront)
        undated = a_waiting_order({"C": 1}, {}, client=storefront, restock_days=None)
        dated = a_waiting_order({"D": 2, "E": 1}, {}, client=storefront, restock_days=3)
        served = a_waiting_order({"F": 1}, {}, client=storefront, restock_days=3)
        stock_up({"F": 1})
        serve_waiting()
        day = timezone.localdate() + dt.timedelta(days=3)
        before, after = (f"{ORDERS}?promised_before={day + dt.timedelta(days=more)}" for more in (0, 1))
        assert ids(shop.get(f"{ORDERS}?waiting=true")) == [str(dated.pk), str(undated.pk)]
        assert ids(shop.get(f"{ORDERS}?waiting=false&sku=F")) == [str(served.pk)]
        assert ids(shop.get(f"{ORDERS}?waiting=false&sku=D")) == []
        assert (ids(shop.get(before)), ids(shop.get(after))) == ([], [str(dated.pk)])

    def test_an_order_is_found_and_told_by_the_number_that_its_customer_knows(self) -> None:
        shop = Caller(a_storefront(number_prefix="HF-"), SCOPES)
        stock_up({"A": 9, "B": 9})
        made = read(shop.post(ORDERS, body()), 201)
        called, order_id = f"HF-{made['number']}", made["id"]
        assert made["display_number"] == called
        assert read(shop.get(f"{ORDERS}{order_id}/"))["display_number"] == called
        assert [each["display_number"] for each in read(shop.get(ORDERS))["results"]] == [called]
        for term in (called, f"%23{called}", called.lower(), str(made["number"])):
            assert ids(shop.get(f"{ORDERS}?search={term}")) == [order_id], term
        for other in (f"HX-{made['number']}", f"HF{made['number']}", "HF-", f"HF-{made['number']}1"):
            assert ids(shop.get(f"{ORDERS}?search={other}")) == [], other

    def test_the_range_of_creation_includes_its_start_and_not_its_end(self, shop: Caller, storefront: Client) -> None:
        order = a_placed_order(storefront)
        at_ = order.created_at.isoformat().replace("+00:00", "Z")
        assert ids(shop.get(f"{ORDERS}?created_after={at_}")) == [str(order.pk)]
        assert ids(shop.get(f"{ORDERS}?created_before={at_}")) == []

    def test_a_hold_past_its_expiry_does_not_count_as_on_hold(self, shop: Caller, storefront: Client) -> None:
        order = a_placed_order(storefront)
        place_hold(order.pk, reason="other", expires_at=timezone.now() + dt.timedelta(hours=1), actor=ACTOR)
        assert ids(shop.get(f"{ORDERS}?on_hold=true")) == [str(order.pk)]
        Hold.objects.update(expires_at=timezone.now() - dt.timedelta(seconds=1))
        assert ids(shop.get(f"{ORDERS}?on_hold=true")) == []

    @pytest.mark.parametrize(
        "query",
        ["colour=red", "status=lost", "number=x", "number=0", "customer_id=42", "created_after=noon",
         "on_hold=maybe", "waiting=1", "promised_before=soon", "promised_before=2026-02-30",
         "number=99999999999999999999", "search=%00"],
    )  # fmt: skip
    def test_unknown_filters_and_values_are_400(self, shop: Caller, query: str) -> None:
        problem(shop.get(f"{ORDERS}?{query}"), 400, "bad_request")

    def test_a_list_costs_the_same_however_many_orders_it_has(self, shop: Caller, storefront: Client) -> None:
        def statements() -> int:
            with CaptureQueriesContext(connection) as counted:
                read(shop.get(f"{ORDERS}?expand=lines,payments,shipments"))
            assert not any("COUNT(" in query["sql"].upper() for query in counted)
            return len(counted)

        an_order(OrderStatus.SHIPPED, storefront)
        with_one = statements()
        for _ in range(4):
            an_order(OrderStatus.SHIPPED, storefront)
        assert statements() == with_one
        with CaptureQueriesContext(connection) as plain:
            read(shop.get(ORDERS))
        assert len(plain) == 2

    def test_an_order_costs_two_statements(self, shop: Caller, storefront: Client) -> None:
        order = a_placed_order(storefront)
        with CaptureQueriesContext(connection) as counted:
            read(shop.get(at(order)))
        assert len(counted) == 2

    def test_operations_are_told_with_reasons(self, shop: Caller, storefront: Client) -> None:
        order = a_placed_order(storefront)
        told = read(shop.get(at(order, "operations/")))
        by_name = {each["name"]: each for each in told["operations"]}
        assert told["status"] == "placed"
        assert by_name["cancel"]["allowed"] is True
        assert by_name["cancel"]["reason"] == by_name["cancel"]["unblock"] == ""
        assert by_name["release"]["allowed"] is False
        assert by_name["release"]["reason"].startswith("27.50 EUR of 27.50 EUR is unpaid")
        refusal = problem(shop.post(at(order, "release/")), 409, "operation_refused")
        assert (refusal["detail"], refusal["unblock"]) == (by_name["release"]["reason"], by_name["release"]["unblock"])
        assert (refusal["state"], refusal["operation"]) == ("placed", "release")
        assert refusal["unblock_by"] == by_name["release"]["unblock_by"] == ["record_payment", "edit_contact"]

    def test_operations_are_never_taken_from_a_cache(self, shop: Caller, storefront: Client) -> None:
        order = an_order(OrderStatus.CANCELLED, storefront)
        told = shop.get(at(order, "operations/"), if_none_match=f'{etag(order)}, "v0"')
        assert told.status_code == 200
        assert told.headers["Cache-Control"] == "no-store"
        assert "ETag" not in told.headers
        reopen = next(each for each in read(told)["operations"] if each["name"] == "reopen")
        assert reopen["allowed"]
        place_order(new_order(), client_id=storefront.pk, actor=ACTOR)
        again = read(shop.get(at(order, "operations/"), if_none_match=etag(order)))
        reopen = next(each for each in again["operations"] if each["name"] == "reopen")
        assert reopen["reason"] == "Not enough stock (A: 3 requested, 0 available, B: 2 requested, 0 available)."
        assert (reopen["unblock_by"], reopen["route"]) == (["variant.receive"], f"POST {at(order, 'reopen/')}")

    def test_operations_tell_what_the_key_may_do(self, storefront: Client) -> None:
        order = an_order(OrderStatus.CANCELLED, storefront)
        reader = Caller(storefront, ("orders:read",))
        told = {each["name"]: each for each in read(reader.get(at(order, "operations/")))["operations"]}
        assert {each["missing_scope"] for each in told.values() if each["route"]} == {
            "documents:write", "orders:terms", "orders:write", "payments:write", "shipments:write",
        }  # fmt: skip
        assert not any(each["permitted"] for each in told.values())
        assert told["reopen"]["allowed"]
        assert told["lift_hold"]["route"] == f"POST {at(order, 'holds/{hold_id}/lift/')}"
        assert (told["ship"]["route"], told["cancel"]["done"]) == (None, True)

    @pytest.mark.parametrize("names", ["instalments", "payments", "shipments", "lines,shipments"])
    def test_what_tells_of_other_rows_is_never_304(self, shop: Caller, storefront: Client, names: str) -> None:
        order = a_placed_order(storefront)
        path = at(order, f"?expand={names}")
        answer = shop.get(path, if_none_match='"v2"')
        assert (answer.status_code, answer.headers["ETag"]) == (200, '"v2"')
        assert shop.get(at(order, "?expand=lines"), if_none_match='"v2"').status_code == 304

    def test_events_are_cloudevents_whose_sequence_has_no_gap(self, shop: Caller, storefront: Client) -> None:
        order = an_order(OrderStatus.COMPLETED, storefront)
        told = read(shop.get(at(order, "events/")))["results"]
        assert [event["sequence"] for event in told] == [str(n) for n in range(1, order.version + 1)]
        assert [event["type"] for event in told] == timeline(order.pk)
        assert {event["specversion"] for event in told} == {"1.0"}
        assert {event["subject"] for event in told} == {str(order.pk)}
        assert read(shop.get(at(order, "events/?ordering=-sequence&limit=1")))["results"] == [told[-1]]

    def test_the_request_id_is_in_the_events_of_the_request(self, shop: Caller, storefront: Client) -> None:
        stock_up({"A": 3, "B": 2})
        response = shop.post(ORDERS, body(), x_request_id="abc-123")
        assert response.headers["X-Request-ID"] == "abc-123"
        events = read(shop.get(f"{response.headers['Location']}events/"))["results"]
        assert {event["requestid"] for event in events} == {"abc-123"}
        assert {event["actor"] for event in events} == {f"client:{storefront.pk}"}
        assert {event["clientid"] for event in events} == {str(storefront.pk)}


class TestChanging:
    def test_a_patch_changes_what_it_names(self, shop: Caller, storefront: Client) -> None:
        order = a_placed_order(storefront)
        response = shop.patch(at(order), {"tags": ["vip"], "shipping_address": ADDRESS}, if_match='"v2"')
        told = read(response)
        assert response.headers["ETag"] == '"v3"'
        assert (told["tags"], told["shipping_address"], told["version"]) == (["vip"], ADDRESS, 3)
        assert told["email"] == "ann@example.com"

    def test_a_patch_that_changes_nothing_keeps_the_version(self, shop: Caller, storefront: Client) -> None:
        order = a_placed_order(storefront)
        with nothing_changes():
            for nothing in ({}, {"email": "ann@example.com", "tags": []}):
                response = shop.patch(at(order), nothing, if_match='"v2"')
                assert (read(response)["version"], response.headers["ETag"]) == (2, '"v2"')

    def test_a_patch_with_a_key_acts_once_and_its_repeat_gets_the_first_answer(
        self, shop: Caller, storefront: Client
    ) -> None:
        order = a_placed_order(storefront)
        change = {"tags": ["vip"]}
        first = shop.patch(at(order), change, if_match='"v2"', idempotency_key="k1")
        assert read(first)["version"] == 3
        assert "Idempotent-Replayed" not in first.headers
        shop.patch(at(order), {"tags": ["another"]}, if_match='"v3"')
        with nothing_changes():
            repeat = shop.patch(at(order), change, if_match='"v2"', idempotency_key="k1")
        assert (repeat.status_code, repeat.content, repeat.headers["ETag"]) == (200, first.content, '"v3"')
        assert repeat.headers["Idempotent-Replayed"] == "true"

    @pytest.mark.parametrize(
        ("change", "if_match"), [({"tags": ["other"]}, '"v2"'), ({"tags": ["vip"]}, '"v3"'), ({"tags": ["vip"]}, "*")]
    )
    def test_the_key_of_a_patch_stands_for_its_change_and_the_version_it_was_made_for(
        self, shop: Caller, storefront: Client, change: dict[str, Any], if_match: str
    ) -> None:
        order = a_placed_order(storefront)
        read(shop.patch(at(order), {"tags": ["vip"]}, if_match='"v2"', idempotency_key="k1"))
        with nothing_changes():
            problem(
                shop.patch(at(order), change, if_match=if_match, idempotency_key="k1"), 422, "idempotency_key_reused"
            )

    def test_a_refused_patch_is_not_remembered_under_its_key(self, shop: Caller, storefront: Client) -> None:
        order = a_placed_order(storefront)
        with nothing_changes():
            problem(
                shop.patch(at(order), {"tags": ["vip"]}, if_match='"v1"', idempotency_key="k1"), 412, "stale_version"
            )
        assert read(shop.patch(at(order), {"tags": ["vip"]}, if_match='"v2"', idempotency_key="k1"))["version"] == 3

    @pytest.mark.parametrize("method", ["PATCH", "DELETE"])
    @pytest.mark.parametrize(
        ("if_match", "status", "code"),
        [
            ("", 428, "if_match_missing"),
            ('"v1"', 412, "stale_version"),
            ('"v3"', 412, "stale_version"),
            ('W/"v2"', 412, "stale_version"),
            ('"v1", "v3"', 412, "stale_version"),
            ("v2", 400, "bad_request"),
        ],
    )
    def test_a_write_needs_the_version_it_was_made_for(
        self, shop: Caller, storefront: Client, method: str, if_match: str, status: int, code: str
    ) -> None:
        order = a_placed_order(storefront)
        change = {"tags": ["x"]} if method == "PATCH" else None
        with nothing_changes():
            told = problem(shop.send(method, at(order), change, if_match=if_match), status, code)
        if status == 412:
            assert told["current_etag"] == '"v2"'

    def test_wrong_fields_come_before_a_missing_version(self, shop: Caller, storefront: Client) -> None:
        order = a_placed_order(storefront)
        told = problem(shop.patch(at(order), {"status": "shipped"}), 400, "invalid_input")
        assert pointers(told) == {("/status", "unknown_field")}

    def test_what_is_settled_is_409_with_the_state(self, shop: Caller, storefront: Client) -> None:
        order = an_order(OrderStatus.SHIPPED, storefront)
        with nothing_changes():
            told = problem(
                shop.patch(at(order), {"email": "x@example.com"}, if_match=order.etag), 409, "operation_refused"
            )
        assert (told["state"], told["operation"]) == ("shipped", "edit_contact")

    def test_a_deleted_order_is_gone_from_everywhere(self, shop: Caller, storefront: Client) -> None:
        order = a_placed_order(storefront)
        response = shop.send("DELETE", at(order), if_match='"v2"')
        assert (response.status_code, response.content) == (204, b"")
        for path in ("", "events/", "operations/", "notes/", "holds/", "payments/"):
            problem(shop.get(at(order, path)), 404, "not_found")
        problem(shop.send("DELETE", at(order), if_match=etag(order)), 404, "not_found")
        problem(shop.post(at(order, "reopen/")), 404, "not_found")
        assert ids(shop.get(ORDERS)) == []
        assert stock() == {"A": (3, 0), "B": (2, 0)}

    def test_what_is_under_way_is_not_deleted(self, shop: Caller, storefront: Client) -> None:
        order = an_order(OrderStatus.SHIPPED, storefront)
        with nothing_changes():
            problem(shop.send("DELETE", at(order), if_match=order.etag), 409, "operation_refused")


class TestActing:
    def test_each_action_answers_with_the_order_as_it_is_then(self, shop: Caller, storefront: Client) -> None:
        order = a_placed_order(storefront)
        pay(order)
        assert read(shop.post(at(order, "release/")))["status"] == "processing"
        told = read(shop.post(at(order, "cancel/"), {"reason": "Sold out"}))
        assert (told["status"], told["cancel_reason"], told["due"]) == ("cancelled", "Sold out", -TOTAL)
        response = shop.post(at(order, "reopen/"))
        assert read(response)["status"] == "placed"
        assert response.headers["ETag"] == etag(order)
        assert read(shop.get(at(order))) == read(response)

    def test_completing_over_http(self, shop: Caller, storefront: Client) -> None:
        order = an_order(OrderStatus.DELIVERED, storefront)
        assert read(shop.post(at(order, "complete/")))["status"] == "completed"

    def test_cancelling_needs_a_reason(self, shop: Caller, storefront: Client) -> None:
        order = a_placed_order(storefront)
        with nothing_changes():
            for wrong in ({}, {"reason": " "}, {"reason": "x" * 201}):
                assert shop.post(at(order, "cancel/"), wrong).status_code == 400

    def test_a_repeated_cancel_is_a_replay_and_one_for_another_reason_is_409(
        self, shop: Caller, storefront: Client
    ) -> None:
        order = a_placed_order(storefront)
        cancel = at(order, "cancel/")
        first = shop.post(cancel, {"reason": "Sold out"}, idempotency_key="k1")
        with nothing_changes():
            again = shop.post(cancel, {"reason": "Sold out"}, idempotency_key="k1")
            other = shop.post(cancel, {"reason": "Mistake"}, idempotency_key="k2")
        assert first.content == again.content
        assert problem(other, 409, "operation_refused")["state"] == "cancelled"

    def test_holds_are_placed_listed_and_lifted(self, shop: Caller, storefront: Client) -> None:
        order = a_placed_order(storefront)
        hold = read(shop.post(at(order, "holds/"), {"reason": "fraud_review", "note": "Odd"}), 201)
        north = {"kind": "client", "id": str(storefront.pk), "name": "North"}
        assert (hold["reason"], hold["actor"], hold["lifted_by"]) == ("fraud_review", north, None)
        assert read(shop.get(at(order, "holds/")))["results"] == [hold]
        lifted = read(shop.post(at(order, f"holds/{hold['id']}/lift/")))
        assert lifted["lifted_by"] == north
        assert read(shop.post(at(order, f"holds/{hold['id']}/lift/"))) == lifted
        problem(shop.post(at(order, f"holds/{new_id()}/lift/")), 404, "not_found")
        told = problem(
            shop.post(at(order, "holds/"), {"reason": "other", "expires_at": "2020-01-01T00:00:00Z"}),
            400,
            "invalid_input",
        )
        assert pointers(told) == {("/expires_at", "in_the_past")}

    def test_notes_are_added_and_listed_newest_first(self, shop: Caller, storefront: Client) -> None:
        order = a_placed_order(storefront)
        for text in ("First", "Second"):
            read(shop.post(at(order, "notes/"), {"body": text}), 201)
        assert [note["body"] for note in read(shop.get(at(order, "notes/")))["results"]] == ["Second", "First"]

    def test_payments_are_recorded_refunded_and_written_off(self, shop: Caller, storefront: Client) -> None:
        order = a_placed_order(storefront)
        paid = {"method": "bank_transfer", "amount": 2_000, "reference": "T1"}
        payment = read(shop.post(at(order, "payments/"), paid), 201)
        assert (payment["status"], payment["captured"], payment["currency"]) == ("captured", 2_000, "EUR")
        refunded = read(shop.post(at(order, f"payments/{payment['id']}/refund/"), {"amount": 500}))
        assert refunded["refunded"] == 500
        with nothing_changes():
            problem(
                shop.post(at(order, f"payments/{payment['id']}/refund/"), {"amount": 1_501}), 409, "refund_too_large"
            )
            problem(shop.post(at(order, f"payments/{new_id()}/refund/"), {"amount": 1}), 404, "not_found")
            problem(shop.post(at(order, "payments/"), paid), 409, "payment_refused")
            large = {"method": "cash", "amount": TOTAL - 1_499}
            told = problem(shop.post(at(order, "payments/"), large), 409, "payment_too_large")
            assert (told["due"], told["detail"]) == (1_250, "12.51 EUR is more than is due. 12.50 EUR is due.")
            large = {"method": "cash", "amount": 100 * TOTAL, "allow_overpayment": True}
            problem(shop.post(at(order, "payments/"), large), 409, "payment_too_large")
            assert shop.post(at(order, "payments/"), {"method": "cash", "amount": 0}).status_code == 400
        assert read(shop.post(at(order, "write-off/"), {"note": "Goodwill"}))["due"] == 0
        assert read(shop.get(at(order, "payments/")))["results"] == [refunded]
        assert_everything_adds_up()


def test_the_price_of_a_line_is_the_variants_own(shop: Caller) -> None:
    stock_up({"A": 1})
    told = read(shop.post(ORDERS, body(lines=[{"sku": "A", "quantity": 1, "discount": 0}])), 201)
    assert [line["unit_price"] for line in told["lines"]] == [250]
    assert told["total"] == 250


def _start_over(monkeypatch: pytest.MonkeyPatch, *, times: int) -> None:
    """Reserving finds that it has to start over, so many times."""
    left = [times]

    def reserve(*args: Any, **options: Any) -> Any:
        if left[0]:
            left[0] -= 1
            raise StartOver
        return reserve_lines(*args, **options)

    monkeypatch.setattr(import_module("orders.actions.place.storing"), "reserve_lines", reserve)


class TestWaiting:
    def test_another_day_is_promised_for_a_line_that_waits(self, shop: Caller, storefront: Client) -> None:
        order = a_waiting_order({"C": 2}, {"C": 1}, client=storefront)
        line_id = str(order.lines.get().pk)
        at = f"{ORDERS}{order.pk}/change-promise/"
        wanted = {"line_id": line_id, "promised_on": "2999-12-31"}
        changed = read(shop.post(at, wanted, if_match=f'"v{order.version}"'))
        assert [line["promised_on"] for line in changed["lines"]] == ["2999-12-31"]
        assert changed["version"] == order.version + 1
        with nothing_changes():
            problem(shop.post(at, {**wanted, "promised_on": "2999-01-01"}, if_match='"v1"'), 412, "stale_version")
            for day in ("2020-01-01", "tomorrow", None):
                refusal = problem(shop.post(at, {**wanted, "promised_on": day}), 400, "invalid_input")
                assert {pointer for pointer, _ in pointers(refusal)} == {"/promised_on"}
            refusal = problem(shop.post(at, {**wanted, "line_id": str(new_id())}), 400, "invalid_input")
            assert pointers(refusal) == {("/line_id", "unknown_line")}

    def test_what_is_there_is_released_once_however_often_it_is_asked(self, shop: Caller, storefront: Client) -> None:
        order = a_waiting_order({"C": 2}, {"C": 1}, client=storefront)
        pay(order)
        at = f"{ORDERS}{order.pk}/release-part/"
        first = read(shop.post(at))
        with_another_key = read(shop.post(at))
        assert (first["status"], with_another_key["version"]) == ("processing", first["version"])
        assert timeline(order.pk).count("order.released") == 1
