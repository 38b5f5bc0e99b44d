"""Orders of a storefront whose taxes a service outside says, asked over real HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from pytest_django import Settings

from orders.models import Order
from storefronts.queries import tax_providers
from taxes import service as module
from tests.core.api.conftest import Caller
from tests.core.api.problem_checks import problem
from tests.factories.core import a_client, read
from tests.factories.inventory import stock_up
from tests.factories.storefronts import a_storefront
from tests.factories.watching import nothing_changes
from tests.orders.pricing.test_quotes import BODY, ORDERS, QUOTES
from tests.taxes.tax_service import TaxService, always, ten_per_cent

pytestmark = pytest.mark.django_db

SCOPES = ("orders:read", "orders:write", "orders:price")
FAR = {"name": "Ann Lee", "line1": "1 Road", "city": "Reno", "region": "NV", "postal_code": "89501", "country": "US"}


@pytest.fixture
def service(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[TaxService]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    settings.RATE_LIMITS = None
    with TaxService().running() as running:
        settings.TAX_SERVICE_URL, settings.TAX_SERVICE_SECONDS = running.url, 2.0
        yield running
    module._service.cache_clear()


@pytest.fixture
def shop(service: TaxService) -> Caller:
    stock_up({"A": 50, "B": 10})
    return Caller(a_storefront("North", tax_provider="http", country="US"), SCOPES)


def test_a_quote_has_the_taxes_that_the_service_says(shop: Caller, service: TaxService) -> None:
    told = read(shop.post(QUOTES, {**BODY, "shipping_address": FAR}, idempotency_key=""))
    assert (told["subtotal"], told["tax"], told["total"]) == (2_750, 275, 3_025)
    assert [each["amount"] for each in told["taxes"]] == [275]
    (asked,) = service.asked
    assert asked["destination"] == {"country": "US", "region": "NV", "postal_code": "89501"}


def test_an_order_is_placed_and_drafted_at_the_taxes_that_the_service_says(shop: Caller, service: TaxService) -> None:
    told = read(shop.post(QUOTES, BODY, idempotency_key=""))
    placed = read(shop.post(ORDERS, {**BODY, "quote": told["quote"]}), 201)
    draft = read(shop.post(ORDERS, {**BODY, "draft": True}), 201)
    assert [each["total"] for each in (told, placed, draft)] == [3_025, 3_025, 3_025]
    assert len(service.asked) == 3


def test_what_was_placed_is_told_again_without_asking_again(shop: Caller, service: TaxService) -> None:
    first = shop.post(ORDERS, BODY, idempotency_key="once")
    again = shop.post(ORDERS, BODY, idempotency_key="once")
    assert (first.status_code, again.status_code, again.content) == (201, 201, first.content)
    assert (len(service.asked), Order.objects.count()) == (1, 1)


@pytest.mark.parametrize("status", [500, 422])
def test_without_its_answer_nothing_is_placed_and_nothing_is_quoted(
    shop: Caller, service: TaxService, status: int
) -> None:
    service.answer = always(status, {})
    with nothing_changes():
        for path in (QUOTES, ORDERS):
            key = "" if path == QUOTES else "again"
            assert problem(shop.post(path, BODY, idempotency_key=key), 503, "tax_service_unavailable")["unblock"]
    service.answer = ten_per_cent
    assert shop.post(ORDERS, BODY, idempotency_key="again").status_code == 201


def test_lines_that_come_with_their_tax_are_asked_nobody_about(shop: Caller, service: TaxService) -> None:
    lines: list[Any] = [{"sku": "A", "quantity": 1, "unit_price": 100, "tax": 7}]
    assert read(shop.post(ORDERS, {"currency": "EUR", "lines": lines}), 201)["total"] == 107
    assert service.asked == []


def test_storefronts_of_the_table_ask_nobody(service: TaxService) -> None:
    stock_up({"A": 50, "B": 10})
    shop = Caller(a_client("South"), SCOPES)
    assert read(shop.post(ORDERS, BODY), 201)["total"] == 2_750
    assert service.asked == []


def test_a_storefront_may_name_what_is_registered() -> None:
    assert tax_providers() == ["http", "table"]
