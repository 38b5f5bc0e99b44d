"""Gift cards and store credit over HTTP, and paying orders with them."""

from __future__ import annotations

from typing import Any

import pytest
import redis
from django.conf import settings as django_settings
from pytest_django import Settings

from core.models import Client, IdempotencyRecord
from stored_value.codes import bare
from stored_value.models import StoredValue
from tests.core.api.conftest import Caller
from tests.core.api.problem_checks import pointers, problem
from tests.factories.core import a_client, read
from tests.factories.customers import a_customer
from tests.factories.orders import TOTAL, a_placed_order
from tests.factories.stored_value import a_gift_card, a_gift_card_and_code, a_store_credit
from tests.factories.watching import everything, nothing_changes

pytestmark = pytest.mark.django_db

CARDS = "/api/v1/gift-cards/"
CHECK = f"{CARDS}check/"
SCOPES = ("gift_cards:read", "gift_cards:write", "payments:write")


@pytest.fixture(autouse=True)
def no_limits(settings: Settings) -> None:
    settings.RATE_LIMITS = None


@pytest.fixture
def shop() -> Client:
    return a_client("North storefront")


@pytest.fixture
def caller(shop: Client) -> Caller:
    return Caller(shop, SCOPES)


class TestIssuing:
    BODY = {"currency": "EUR", "amount": 5_000, "expires_on": "2999-12-31", "note": "Birthday"}

    def test_shows_the_code_in_the_first_answer_alone(self, caller: Caller) -> None:
        response = caller.post(CARDS, self.BODY, idempotency_key="k")
        card = read(response, 201)
        stored = StoredValue.objects.get()
        code = card.pop("code")
        assert stored.last4 == card["last4"] == bare(code)[-4:]
        assert (card["kind"], card["status"], card["balance"]) == ("gift_card", "active", 5_000)
        assert (card["expires_on"], card["customer_id"], card["version"]) == ("2999-12-31", None, 1)
        assert response.headers["Location"] == f"/api/v1/stored-value/{stored.pk}/"
        assert response.headers["ETag"] == '"v1"'
        with nothing_changes():
            again = caller.post(CARDS, self.BODY, idempotency_key="k")
        assert again.headers["Idempotent-Replayed"] == "true"
        assert read(again, 201) == {**card, "code": None}
        assert read(caller.post(CHECK, {"code": code}))["balance"] == 5_000

    def test_the_code_is_kept_nowhere(self, caller: Caller) -> None:
        code = read(caller.post(CARDS, self.BODY), 201)["code"]
        assert code not in str(everything())
        assert bare(code) not in str(everything())
        kept = bytes(IdempotencyRecord.objects.get().body).decode()
        assert '"code":null' in kept

    @pytest.mark.parametrize(
        ("change", "pointer"),
        [
            ({"amount": 0}, ("/amount", "min_value")),
            ({"currency": "XXZ"}, ("/currency", "invalid_choice")),
            ({"expires_on": "2020-01-01"}, ("/expires_on", "past")),
            ({"code": "MINE"}, ("/code", "unknown_field")),
        ],
    )
    def test_what_is_no_card_is_refused(self, caller: Caller, change: dict[str, Any], pointer: tuple[str, str]) -> None:
        with nothing_changes():
            assert pointers(problem(caller.post(CARDS, {**self.BODY, **change}), 400, "invalid_input")) == {pointer}


class TestReading:
    def test_cards_are_listed_and_found_by_their_last_four_characters(self, shop: Client, caller: Caller) -> None:
        first, second = a_gift_card(shop), a_gift_card(shop, currency="GBP")
        a_gift_card()
        a_store_credit(a_customer(shop))
        assert [each["id"] for each in read(caller.get(CARDS))["results"]] == [str(second.pk), str(first.pk)]
        found = read(caller.get(f"{CARDS}?last4={first.last4.lower()}"))["results"]
        assert [each["id"] for each in found] == [str(first.pk)]
        assert "code" not in found[0]
        assert [each["currency"] for each in read(caller.get(f"{CARDS}?currency=GBP"))["results"]] == ["GBP"]

    def test_a_check_tells_what_is_left(self, shop: Client, caller: Caller) -> None:
        card, code = a_gift_card_and_code(shop)
        response = caller.post(CHECK, {"code": f" {code.lower()} "})
        assert read(response) == {
            "last4": card.last4, "status": "active", "currency": "EUR", "balance": 5_000, "expires_on": None,
        }  # fmt: skip
        assert response.headers["Cache-Control"] == "no-store"
        assert not IdempotencyRecord.objects.exists()

    def test_an_unknown_code_and_another_storefront_s_are_refused_alike(self, caller: Caller) -> None:
        _, code = a_gift_card_and_code(a_client())
        for typed in (code, "0000-0000"):
            told = problem(caller.post(CHECK, {"code": typed}), 400, "invalid_input")
            assert pointers(told) == {("/code", "unknown_gift_card")}
            assert typed not in str(told)

    def test_guessing_is_limited(self, shop: Client, caller: Caller, settings: Settings) -> None:
        settings.RATE_LIMITS = {"gift_card": "3/min"}
        order = a_placed_order(shop)
        for _ in range(2):
            problem(caller.post(CHECK, {"code": "x"}), 400, "invalid_input")
        path = f"/api/v1/orders/{order.pk}/redeem-gift-card/"
        problem(caller.post(path, {"code": "x"}), 400, "invalid_input")
        _, code = a_gift_card_and_code(shop)
        for address in (path, CHECK):
            with nothing_changes():
                response = caller.post(address, {"code": code})
            problem(response, 429, "too_many_requests")
            assert response.headers["RateLimit-Policy"] == '"gift_card";q=3;w=60'
        assert caller.get(CARDS).status_code == 200
        store = redis.Redis.from_url(django_settings.REDIS_URL)
        for key in store.scan_iter("limit:*"):
            store.delete(key)

    def test_entries_tell_every_change(self, shop: Client, caller: Caller) -> None:
        card, code = a_gift_card_and_code(shop)
        order = a_placed_order(shop)
        caller.post(f"/api/v1/orders/{order.pk}/redeem-gift-card/", {"code": code, "amount": 700})
        newest, oldest = read(caller.get(f"/api/v1/stored-value/{card.pk}/entries/"))["results"]
        assert (oldest["kind"], oldest["amount"], oldest["order_id"]) == ("issue", 5_000, None)
        assert (newest["kind"], newest["amount"], newest["order_id"]) == ("redeem", -700, str(order.pk))
        assert newest["actor"] == {"kind": "client", "id": str(shop.pk), "name": "North storefront"}


class TestStoreCredit:
    def test_is_given_and_listed(self, shop: Client, caller: Caller) -> None:
        customer = a_customer(shop)
        path = f"/api/v1/customers/{customer.pk}/store-credit/"
        first = read(caller.post(path, {"currency": "EUR", "amount": 300}), 201)
        second = read(caller.post(path, {"currency": "EUR", "amount": 200, "note": "Late"}), 201)
        assert (first["id"], first["customer_id"], first["kind"]) == (second["id"], str(customer.pk), "store_credit")
        assert [each["balance"] for each in read(caller.get(path))["results"]] == [500]

    def test_another_storefront_s_customer_is_not_found(self, caller: Caller) -> None:
        path = f"/api/v1/customers/{a_customer(a_client()).pk}/store-credit/"
        with nothing_changes():
            problem(caller.post(path, {"currency": "EUR", "amount": 300}), 404, "not_found")
            problem(caller.get(path), 404, "not_found")


class TestOperations:
    def test_adjusting_disabling_and_enabling(self, shop: Client, caller: Caller) -> None:
        card = a_gift_card(shop)
        path = f"/api/v1/stored-value/{card.pk}/"
        adjusted = caller.post(f"{path}adjust/", {"amount": -1_000, "note": "Oops"}, if_match='"v1"')
        assert (read(adjusted)["balance"], adjusted.headers["ETag"]) == (4_000, '"v2"')
        problem(caller.post(f"{path}adjust/", {"amount": -1, "note": "Oops"}, if_match='"v1"'), 412, "stale_version")
        told = problem(caller.post(f"{path}adjust/", {"amount": -4_001, "note": "Oops"}), 409, "balance_too_low")
        assert told["balance"] == 4_000
        assert read(caller.post(f"{path}disable/", {"reason": "Lost"}))["status"] == "disabled"
        offered = read(caller.get(f"{path}operations/"))
        assert offered["status"] == "disabled"
        assert {each["name"]: each["allowed"] for each in offered["operations"]} == {
            "adjust": True, "disable": False, "enable": True,
        }  # fmt: skip
        assert read(caller.post(f"{path}enable/"))["status"] == "active"
        assert read(caller.get(path))["version"] == 4


class TestPaying:
    def test_with_a_gift_card_answers_with_the_payment(self, shop: Client, caller: Caller) -> None:
        card, code = a_gift_card_and_code(shop)
        order = a_placed_order(shop)
        response = caller.post(f"/api/v1/orders/{order.pk}/redeem-gift-card/", {"code": code})
        payment = read(response, 201)
        assert (payment["method"], payment["amount"], payment["status"]) == ("gift_card", TOTAL, "captured")
        assert payment["stored_value_id"] == str(card.pk)
        refund = f"/api/v1/orders/{order.pk}/payments/{payment['id']}/refund/"
        assert read(caller.post(refund, {"amount": 100}))["refunded"] == 100
        assert StoredValue.objects.get().balance == 5_000 - TOTAL + 100
        told = problem(caller.post(refund, {"amount": 100, "as_store_credit": True}), 400, "invalid_input")
        assert pointers(told) == {("/as_store_credit", "no_customer")}

    def test_with_store_credit_and_back_to_it(self, shop: Client, caller: Caller) -> None:
        customer = a_customer(shop)
        a_store_credit(customer, amount=600)
        order = a_placed_order(shop, customer_id=customer.pk)
        payment = read(caller.post(f"/api/v1/orders/{order.pk}/redeem-store-credit/", {}), 201)
        assert (payment["method"], payment["amount"]) == ("store_credit", 600)
        told = problem(caller.post(f"/api/v1/orders/{order.pk}/redeem-store-credit/", {}), 409, "balance_too_low")
        assert told["balance"] == 0

    def test_is_not_recorded_by_hand(self, shop: Client, caller: Caller) -> None:
        order = a_placed_order(shop)
        body = {"method": "gift_card", "amount": 5}
        with nothing_changes():
            told = problem(caller.post(f"/api/v1/orders/{order.pk}/payments/", body), 400, "invalid_input")
        assert pointers(told) == {("/method", "invalid_choice")}
