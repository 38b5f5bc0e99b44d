"""An outside tax service, asked over real HTTP."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from pytest_django import Settings

from core.transactions import ATTEMPTS, AskFirst, UnitOfWorkError, starting_over, unit_of_work
from taxes import service as module
from taxes.calculation import Tax, TaxBuyer, Taxed, TaxTable
from taxes.destinations import Destination
from taxes.errors import TaxServiceUnavailable
from taxes.providers import HTTP, TABLE, OutsideTaxes, TaxProvider, ask_provider, provider_names
from taxes.service import FAILURES, HttpTaxService
from tests.factories.taxes import a_request, a_rule
from tests.taxes.tax_service import TaxService, always, taxes_of, ten_per_cent

SECONDS = 0.5
SOON = 3.0
"""More than any question may take whose deadline is SECONDS, on a busy machine."""


@pytest.fixture
def service(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[TaxService]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with TaxService().running() as running:
        settings.TAX_SERVICE_URL, settings.TAX_SERVICE_KEY = running.url, "secret"
        settings.TAX_SERVICE_SECONDS = SECONDS
        yield running
    module._service.cache_clear()


def request(*amounts: int, **fields: Any) -> Any:
    place = Destination("US", "CA", "94105")
    return a_request(*amounts, to=place, seller="US", currency="USD", included=False, **fields)


def ask(*amounts: int) -> Taxed:
    return ask_provider(HTTP, request(*(amounts or (1000,))))


def refusal() -> str:
    with pytest.raises(TaxServiceUnavailable) as caught:
        ask()
    assert (caught.value.status, caught.value.code) == (503, "tax_service_unavailable")
    assert caught.value.unblock
    return caught.value.detail


def test_it_is_asked_all_that_decides_a_tax_and_nothing_else(service: TaxService) -> None:
    ask_provider(HTTP, request(1000, buyer=TaxBuyer("DE1", "Embassy")))
    assert service.asked == [
        {
            "currency": "USD",
            "on": "2026-05-01",
            "seller": {"country": "US", "region": "", "postal_code": ""},
            "destination": {"country": "US", "region": "CA", "postal_code": "94105"},
            "buyer": {"vat_id": "DE1", "exempt_reason": "Embassy"},
            "items": [{"key": "1", "amount": 1000, "tax_class": "standard", "included": False}],
        }
    ]
    assert service.headers[0]["Authorization"] == "Bearer secret"


def test_its_answer_is_the_taxes_of_the_items_and_their_sums(service: TaxService) -> None:
    taxed = ask(1000, 2000)
    assert taxed.by_item["2"] == [Tax("Sales tax", Decimal("0.1"), 2000, 200, included=False)]
    assert taxed.totals == [Tax("Sales tax", Decimal("0.1"), 3000, 300, included=False)]


@pytest.mark.django_db(transaction=True)
def test_it_is_asked_once_between_two_tries_of_a_transaction_and_again_for_another_question(
    service: TaxService,
) -> None:
    amounts = iter([1000, 1000, 1001, 1001])
    found = []

    def run() -> None:
        with unit_of_work():
            found.append(OutsideTaxes(HTTP).taxes_of(request(next(amounts))).totals[0].amount)

    starting_over(run)
    assert (found, [each["items"][0]["amount"] for each in service.asked]) == ([100], [1000])
    starting_over(run)
    assert [each["items"][0]["amount"] for each in service.asked] == [1000, 1001]


def test_a_question_that_is_another_one_each_time_is_given_up(service: TaxService) -> None:
    amounts = itertools.count(1)
    with pytest.raises(AskFirst) as caught:
        starting_over(lambda: OutsideTaxes(HTTP).taxes_of(request(next(amounts))))
    assert (caught.value.status, caught.value.code, len(service.asked)) == (503, "busy", ATTEMPTS - 1)


@pytest.mark.django_db
def test_it_is_not_asked_within_a_transaction(service: TaxService) -> None:
    with unit_of_work(), pytest.raises(UnitOfWorkError):
        ask()
    assert service.asked == []


def test_the_table_is_asked_nowhere() -> None:
    providers: list[TaxProvider] = [TaxTable([a_rule("US", "0.1")], {})]
    assert [each.taxes_of(request(1000)).totals[0].amount for each in providers] == [100]
    assert provider_names() == [TABLE, HTTP]


def test_a_service_that_nobody_set_up_is_told(settings: Settings) -> None:
    settings.TAX_SERVICE_URL = ""
    assert refusal() == "No tax service is set up."
    with pytest.raises(TaxServiceUnavailable, match="There is no tax service elsewhere"):
        ask_provider("elsewhere", request(1000))


# When it fails


def test_one_that_is_slow_is_waited_for_no_longer_than_the_deadline(service: TaxService) -> None:
    service.delay = SOON + 1
    began = time.monotonic()
    told = refusal()  # by the deadline of the socket or of the whole question, whichever is heard first
    assert "not within 0.5 s" in told or "ReadTimeout" in told
    assert time.monotonic() - began < SOON


def test_nor_is_one_that_answers_byte_by_byte(service: TaxService) -> None:
    service.drip = SECONDS / 5
    began = time.monotonic()
    refusal()
    assert time.monotonic() - began < SOON


def test_a_connection_that_breaks_is_tried_once_more(service: TaxService) -> None:
    service.breaks = 1
    assert ask().totals[0].amount == 100
    assert len(service.asked) == 2
    service.breaks = 2
    assert refusal().startswith("The tax service doesn't answer: RemoteProtocolError")
    assert len(service.asked) == 4


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("http://127.0.0.1:1/taxes", "ConnectError"),
        ("ftp://127.0.0.1/taxes", "UnsupportedProtocol"),
        ("http://127.0.0.1:port/taxes", "InvalidURL"),
    ],
)
def test_an_address_where_nobody_is_is_told(settings: Settings, service: TaxService, url: str, told: str) -> None:
    settings.TAX_SERVICE_URL = url
    assert refusal().startswith(f"The tax service doesn't answer: {told}")


@pytest.mark.parametrize("status", [500, 502, 503, 429, 302, 204])
def test_a_failure_of_its_own_is_told(service: TaxService, status: int) -> None:
    service.answer = always(status, b"" if status == 204 else {"items": []})
    assert refusal() == f"The tax service doesn't answer: HTTP {status}."


def test_what_it_refuses_is_no_failure_of_its_own(service: TaxService) -> None:
    service.answer = always(422, {"error": "no such state"})
    for _ in range(2 * FAILURES):
        assert refusal() == "The tax service refuses the request (HTTP 422)."
    assert len(service.asked) == 2 * FAILURES


def item(**changes: Any) -> Any:
    return {"items": [{"key": "1", "taxes": [{**taxes_of(1000)[0], **changes}]}]}


@pytest.mark.parametrize(
    "answer",
    [
        b"", b"<html>", b"[]", b"null", {}, {"items": []}, {"items": [{"key": "2", "taxes": []}]},
        {"items": [{"key": "1"}]}, {"items": [{"key": ["1"], "taxes": []}]}, {"items": [{"key": "1", "taxes": [1]}]},
        item(rate=0.1), item(rate="1.1"), item(rate="-0.1"), item(rate="ten"), item(amount=10.5), item(amount="100"),
        item(amount=True), item(amount=10**16), item(taxable=None), item(name=""), item(name="x" * 61),
        item(reason="Because!"), item(reason=None), b'{"items": "' + b"x" * 2**20 + b'"}',
    ],
)  # fmt: skip
def test_what_is_no_answer_is_told(service: TaxService, answer: Any) -> None:
    service.answer = always(200, answer)
    told = refusal()
    assert "what it answers can't be read" in told or "too long" in told


def test_no_more_tax_is_taken_than_a_price_includes(service: TaxService) -> None:
    service.answer = always(200, item(amount=1001))
    with pytest.raises(TaxServiceUnavailable):
        ask_provider(HTTP, a_request(1000, included=True))


def test_one_that_fails_again_and_again_is_left_alone_for_a_while(
    service: TaxService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LEFT_ALONE", 0.3)
    service.answer = always(500, {})
    for _ in range(FAILURES):
        refusal()
    assert refusal() == "The tax service has not answered for a while."
    assert len(service.asked) == FAILURES
    service.answer = ten_per_cent
    time.sleep(0.4)
    assert ask().totals[0].amount == 100
    assert ask().totals[0].amount == 100


def test_failures_that_come_singly_don_t_count_together(service: TaxService) -> None:
    for _ in range(FAILURES):
        service.answer = always(500, {})
        assert refusal() == "The tax service doesn't answer: HTTP 500."
        service.answer = ten_per_cent
        ask()


def test_a_question_behind_questions_that_hang_has_its_deadline_too(service: TaxService) -> None:
    """Their threads are left behind, not waited for."""
    service.delay = SOON
    asked = HttpTaxService(service.url, seconds=0.1)
    began = time.monotonic()
    for _ in range(FAILURES + 3):
        with pytest.raises(TaxServiceUnavailable):
            asked.taxes_of(request(1000))
    assert time.monotonic() - began < SOON
