"""Every operation, done and asked for once more under a new key: it is answered as done, or adds because it says so."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from django.db.models import Model
from django.http import HttpResponse

from core.authority import scopes
from core.models import Client, IdempotencyRecord
from core.operations import models_with_operations, operations
from customers.models import CreditAccount, Customer, CustomerGroup
from inventory.models import Location, Product, StockLevel, Variant
from orders.actions import cancel_order, place_hold
from orders.models import Order
from pricing.delivery.models import DeliveryMethod
from pricing.lists.models import PriceList
from pricing.offers.models import Offer
from shipping.actions import pack_shipment
from shipping.models import Shipment
from shipping.statuses import ShipmentStatus
from stored_value.actions import disable
from stored_value.models import StoredValue
from storefronts.models import Storefront
from taxes.models import TaxClass, TaxCountry, TaxRate
from tests.core.api.conftest import Caller
from tests.factories.core import a_client, read
from tests.factories.documents import an_invoice
from tests.factories.offers import an_offer
from tests.factories.orders import (
    ACTOR,
    a_draft,
    a_placed_order,
    a_waiting_order,
    a_waiting_refund,
    an_order,
    pay,
)
from tests.factories.shipping import a_shipment
from tests.factories.stored_value import a_gift_card
from tests.factories.taxes import a_tax_rate
from tests.factories.trading import a_book_order
from tests.factories.watching import everything
from tests.factories.webhooks import an_endpoint
from trading.models import BookOrder, Instrument
from webhooks.actions import pause_endpoint
from webhooks.models import Endpoint

pytestmark = pytest.mark.django_db

ADDING: dict[type[Model], set[str]] = {
    Order: {
        "record_payment",
        "pay_by_card",
        "capture_payment",
        "void_payment",
        "redeem_gift_card",
        "redeem_store_credit",
        "refund",
        "refund_items",
        "add_note",
        "renew_reservation",
        "issue_slip",
    },
    StoredValue: {"adjust"},
    Customer: {"add_address", "open_credit"},
    Product: {"add_variant"},
    Variant: {"receive"},
    StockLevel: {"adjust", "transfer", "scrap"},
    TaxCountry: {"add_rate"},
    Shipment: {"split"},
    Offer: {"add_codes", "generate_codes"},
    Endpoint: {"send_test", "replay", "rotate_secret"},
}
"""What adds something each time. What it adds has an identity, where it has one, that is refused a second time."""

CHANGING = {
    (model, each.name)
    for model in (
        Order,
        Customer,
        CustomerGroup,
        CreditAccount,
        PriceList,
        Product,
        Variant,
        Location,
        Shipment,
        Instrument,
        BookOrder,
        Storefront,
        DeliveryMethod,
        Endpoint,
        Offer,
        TaxClass,
        TaxCountry,
        TaxRate,
    )
    for each in operations(model)
    if each.route and each.route.method in {"PATCH", "PUT"}
} | {(Order, "change_promise")}
"""A PATCH or PUT, or a promise, with the values that there are changes nothing, which the tests of the apps' actions
show."""

GONE = {
    (Order, "delete"),
    (Customer, "remove_address"),
    (PriceList, "remove_prices"),
    (Endpoint, "remove"),
}
"""What isn't there any more is not found: a second DELETE is 404, as of what never was."""


@dataclass(frozen=True)
class Case:
    """A row on which the operation can be done, and how it is asked for."""

    row: Callable[[Client], Any]
    body: dict[str, Any] | None = None
    other: dict[str, Any] | None = None
    """The same operation with other words: refused once it is done."""


def paid(client: Client) -> Order:
    order = a_placed_order(client)
    pay(order)
    return order


def paid_in_part_there(client: Client) -> Order:
    order = a_waiting_order({"C": 2}, {"C": 1}, client=client)
    pay(order)
    return order


def packed(client: Client) -> Shipment:
    return pack_shipment(a_shipment(client).pk, actor=ACTOR)


def dispatched(client: Client) -> Shipment:
    return a_shipment(client, ShipmentStatus.DISPATCHED)


def disabled(client: Client) -> StoredValue:
    return disable(a_gift_card(client).pk, reason="Stolen", actor=ACTOR)


def cancelled_and_invoiced(client: Client) -> Order:
    order = an_invoice(client).order
    return cancel_order(order.pk, reason="Enough", actor=ACTOR)


DISPATCH = {"carrier": "DHL", "tracking_number": "D1", "notes": "Fragile"}

DOING: dict[tuple[type[Model], str], Case] = {
    (Endpoint, "pause"): Case(an_endpoint),
    (Endpoint, "resume"): Case(lambda client: pause_endpoint(an_endpoint(client).pk, actor=ACTOR)),
    (Order, "place"): Case(a_draft),
    (Order, "release"): Case(paid),
    (Order, "release_part"): Case(paid_in_part_there),
    (Order, "complete"): Case(lambda client: an_order("delivered", client)),
    (Order, "cancel"): Case(a_placed_order, {"reason": "Mistake"}, {"reason": "Fraud"}),
    (Order, "reopen"): Case(lambda client: an_order("cancelled", client)),
    (Order, "write_off"): Case(a_placed_order, {"note": "Goodwill"}, {"note": "Lost"}),
    (Order, "place_hold"): Case(
        a_placed_order, {"reason": "fraud_review", "note": "Odd"}, {"reason": "fraud_review", "note": "Even"}
    ),
    (Order, "lift_hold"): Case(a_placed_order),
    (Order, "approve_refund"): Case(paid),
    (Order, "reject_refund"): Case(paid, {"reason": "Worn"}, {"reason": "Late"}),
    (Order, "issue_invoice"): Case(a_placed_order, {"kind": "invoice"}),
    (Order, "issue_credit_note"): Case(cancelled_and_invoiced, {"kind": "credit_note"}),
    (Order, "open_shipments"): Case(lambda client: an_order("processing", client)),
    (Shipment, "pack"): Case(a_shipment),
    (Shipment, "unpack"): Case(packed),
    (Shipment, "dispatch"): Case(a_shipment, DISPATCH, {**DISPATCH, "carrier": "UPS"}),
    (Shipment, "mark_in_transit"): Case(dispatched),
    (Shipment, "deliver"): Case(dispatched),
    (Shipment, "mark_failed"): Case(dispatched, {"reason": "Rain"}, {"reason": "Snow"}),
    (Shipment, "return_to_sender"): Case(dispatched, {"restock": True}, {"restock": False}),
    (Shipment, "cancel"): Case(a_shipment, {"reason": "Mistake"}, {"reason": "Fraud"}),
    (BookOrder, "remove"): Case(a_book_order),
    (TaxRate, "end"): Case(lambda _: a_tax_rate(), {"valid_until": "2999-12-31"}),
    (Offer, "end"): Case(an_offer),
    (StoredValue, "disable"): Case(a_gift_card, {"reason": "Stolen"}, {"reason": "Lost"}),
    (StoredValue, "enable"): Case(disabled),
}


def test_every_operation_says_what_its_repeat_does() -> None:
    every = {(model, each.name) for model in models_with_operations() for each in operations(model) if each.route}
    adding = {(model, name) for model, names in ADDING.items() for name in names}
    assert every == DOING.keys() | adding | CHANGING | GONE


@pytest.fixture
def client() -> Client:
    return a_client()


@pytest.fixture
def caller(client: Client) -> Caller:
    return Caller(client, tuple(each.name for each in scopes()))


def asking(caller: Caller, row: Any, name: str) -> Callable[[dict[str, Any] | None], HttpResponse]:
    """How the operation is asked for of the row, under a new key each time."""
    operation = next(each for each in operations(type(row)) if each.name == name)
    assert operation.route is not None
    key = row.ref if isinstance(row, BookOrder) else row.pk
    method, _, path = operation.route.address(key).partition(" ")
    if name == "lift_hold":
        path = path.format(hold_id=place_hold(row.pk, reason="fraud_review", actor=ACTOR).pk)
    if name in {"approve_refund", "reject_refund"}:
        path = path.format(refund_id=a_waiting_refund(row).pk)
    if method == "POST":
        return lambda body: caller.post(path, body)
    return lambda _: caller.send(method, path, if_match=type(row).objects.get(pk=row.pk).etag)


@contextmanager
def nothing_but_answers() -> Iterator[None]:
    """Every row stays as it was, beside the answers that are remembered for their keys."""
    remembered = IdempotencyRecord._meta.db_table
    before = {**everything(), remembered: []}
    yield
    assert {**everything(), remembered: []} == before


@pytest.mark.parametrize(("model", "name"), DOING, ids=lambda each: getattr(each, "__name__", each))
def test_what_is_done_already_is_answered_as_it_is(
    model: type[Model], name: str, client: Client, caller: Caller
) -> None:
    case = DOING[model, name]
    ask = asking(caller, case.row(client), name)
    first = ask(case.body)
    assert first.status_code in {200, 201, 204}, first.content
    with nothing_but_answers():
        again = ask(case.body)
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert again.headers.get("ETag") == first.headers.get("ETag")


@pytest.mark.parametrize(
    ("model", "name"), [each for each, case in DOING.items() if case.other], ids=lambda e: getattr(e, "__name__", e)
)
def test_what_is_done_already_in_other_words_is_refused_and_says_which(
    model: type[Model], name: str, client: Client, caller: Caller
) -> None:
    case = DOING[model, name]
    ask = asking(caller, case.row(client), name)
    ask(case.body)
    with nothing_but_answers():
        refusal = read(ask(case.other), 409)
    if name == "place_hold":
        assert (refusal["code"], refusal["hold_id"]) == ("hold_exists", str(Order.objects.get().holds.get().pk))
        return
    differing = next(key for key, value in (case.other or {}).items() if value != (case.body or {})[key])
    assert (refusal["code"], refusal["done"], refusal["operation"]) == ("operation_refused", True, name)
    assert refusal["detail"].endswith(f"It was done with another {differing}.")


def test_a_placed_order_that_was_cancelled_is_not_placed_and_says_how_to(client: Client, caller: Caller) -> None:
    order = an_order("cancelled", client)
    refusal = read(caller.post(f"/api/v1/orders/{order.pk}/place/"), 409)
    assert (refusal["done"], refusal["unblock"], refusal["unblock_by"]) == (False, "First: reopen.", ["reopen"])
    assert refusal["detail"] == "The order is cancelled; place needs it to be draft."


def test_what_was_deleted_is_not_found(client: Client, caller: Caller) -> None:
    order = an_order("cancelled", client)
    etag = order.etag
    assert caller.send("DELETE", f"/api/v1/orders/{order.pk}/", if_match=etag).status_code == 204
    assert caller.send("DELETE", f"/api/v1/orders/{order.pk}/", if_match=etag).status_code == 404
