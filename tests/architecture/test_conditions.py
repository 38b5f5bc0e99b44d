"""If-Match on every route that changes something with a version, and the ETag that each answers with. The routes are
those of the URL conf, so that a new one is among them by itself."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.db.models import Model
from pytest_django import Settings

from core.models import Client
from customers.models import CreditAccount, Customer, CustomerGroup
from inventory.models import Location, Product, Variant
from orders.models import Order, OrderLine
from pricing.delivery.models import DeliveryMethod
from pricing.lists.models import PriceList
from pricing.offers.models import Offer
from shipping.actions import pack_shipment
from shipping.models import Shipment, ShipmentLine
from stored_value.models import StoredValue
from storefronts.models import Storefront
from taxes.models import TaxClass, TaxCountry, TaxRate
from tests.architecture.conftest import World
from tests.core.api.conftest import Caller
from tests.core.api.problem_checks import pointers, problem
from tests.factories.customers import a_customer
from tests.factories.orders import a_placed_order, a_waiting_order, an_order, pay
from tests.factories.shipping import ACTOR, a_released_order, a_shipment, an_order_on_account
from tests.factories.stored_value import a_store_credit, code_of
from tests.factories.taxes import a_tax_country, a_tax_rate
from tests.factories.watching import nothing_changes
from tests.factories.webhooks import an_endpoint
from tests.routes import Route, routes, sample
from trading.models import BookOrder, Instrument
from webhooks.actions import pause_endpoint
from webhooks.models import Endpoint

pytestmark = pytest.mark.django_db

WRITES = [route for route in routes() if route.method != "GET"]
VERSIONED = [route for route in WRITES if route.view.version_of]
OTHERS = [route for route in WRITES if not route.view.version_of]
STALE = ['"v9999"', 'W/"v1"', '"x"', '"v9998", "v9999"']
MALFORMED = ["v1", "", '"v1', '"v1" "v2"', "*, *"]


@pytest.fixture(autouse=True)
def no_limits(settings: Settings) -> None:
    settings.RATE_LIMITS = None


BODIES: dict[str, Any] = {
    "shipment-dispatch": {"carrier": "Royal Mail", "tracking_number": "RM1"},
    "order-refunds": {"goodwill": 1, "reason": "other"},
    "offer-codes": {"codes": [{"code": "NEW-CODE"}]},
    "webhook-endpoint-replay": {"since": "2020-01-01T00:00:00Z"},
}


def body_of(route: Route) -> Any:
    """What the route takes; where the smallest body that fits is not enough, what is."""
    if route.name in BODIES:
        return BODIES[route.name]
    if str(route) == "PATCH tax-rate":
        return {"rate": "0.5"}
    if route.name == "order-redeem-gift-card":
        return {"code": code_of(StoredValue.objects.filter(kind="gift_card").earliest("pk"))}
    if route.name == "shipment-split":
        line = ShipmentLine.objects.latest("pk")
        return {"lines": [{"line_id": str(line.order_line_id), "quantity": 1}]}
    if route.name == "order-change-promise":
        lines = OrderLine.objects.order_by("-backordered", "-pk")
        return {"line_id": str(lines[0].pk), "promised_on": "2999-12-31"}
    if route.name == "order-instalments":
        order = Order.objects.order_by("payment_terms", "-pk")[0]
        return {"instalments": [{"due_on": "2999-12-31", "amount": order.total}]}
    if route.name == "price-list-prices":
        return {"prices": [{"sku": Variant.objects.latest("pk").sku, "amount": 700}]}
    return sample(route.body()) if route.body else None


def send(caller: Caller, route: Route, path: str, **headers: Any) -> Any:
    headers = {"idempotency_key": "k", **headers} if route.method == "POST" else headers
    return caller.send(route.method, path, body_of(route), **headers)


@pytest.mark.parametrize("route", VERSIONED, ids=str)
def test_a_version_that_is_not_the_current_one_is_412_and_a_malformed_one_400(route: Route, world: World) -> None:
    caller, path = world.caller, world.address(route)
    with nothing_changes():
        for header in STALE:
            told = problem(send(caller, route, path, if_match=header), 412, "stale_version")
            assert "version -" not in told["detail"]
        for header in MALFORMED:
            told = problem(send(caller, route, path, if_match=header or " "), 400, "bad_request")
            assert pointers(told) == {("If-Match", "malformed")}
        if route.method != "POST":
            problem(send(caller, route, path), 428, "if_match_missing")


def _kept(response: Any) -> dict[str, Any]:
    """Without what the first answer alone shows."""
    return {**response.json(), "secret": None}


@pytest.mark.parametrize("route", OTHERS, ids=str)
def test_an_if_match_that_nothing_could_be_compared_with_is_400(route: Route, world: World) -> None:
    caller, path = world.caller, world.address(route)
    with nothing_changes():
        for header in ('"v1"', "*"):
            told = problem(send(caller, route, path, if_match=header), 400, "bad_request")
            assert pointers(told) == {("If-Match", "no_version")}


def an_order_with_credit(owner: Client) -> Order:
    customer = a_customer(owner, "credit@example.com")
    a_store_credit(customer)
    return a_placed_order(owner, customer_id=customer.pk)


PREPARED: dict[str, Callable[[Client], Any]] = {
    "DELETE order": lambda owner: an_order("draft", owner),
    "POST order-place": lambda owner: an_order("draft", owner),
    "POST order-renew-reservation": lambda owner: an_order("draft", owner),
    "PUT order-instalments": an_order_on_account,
    "POST order-release": lambda owner: pay(an_order("placed", owner)).order,
    "POST order-release-part": lambda owner: pay(a_waiting_order({"C": 2}, {"C": 1}, client=owner)).order,
    "POST order-change-promise": lambda owner: a_waiting_order({"C": 2}, {"C": 1}, client=owner),
    "POST order-reopen": lambda owner: an_order("cancelled", owner),
    "POST order-complete": lambda owner: an_order("delivered", owner),
    "POST order-shipments": a_released_order,
    "POST order-redeem-store-credit": an_order_with_credit,
    "POST shipment-pack": a_shipment,
    "POST shipment-unpack": lambda owner: pack_shipment(a_shipment(owner).pk, actor=ACTOR),
    "POST shipment-dispatch": a_shipment,
    "POST shipment-mark-in-transit": lambda owner: a_shipment(owner, "dispatched"),
    "POST shipment-mark-failed": lambda owner: a_shipment(owner, "dispatched"),
    "POST shipment-deliver": lambda owner: a_shipment(owner, "dispatched"),
    "POST shipment-return-to-sender": lambda owner: a_shipment(owner, "failed"),
    "POST webhook-endpoint-resume": lambda owner: pause_endpoint(an_endpoint(owner).pk, actor=ACTOR),
    "PATCH tax-country": lambda _: a_tax_country("SE"),
    "PATCH tax-rate": lambda _: a_tax_rate("SE", valid_from=dt.date(2999, 1, 1)),
}
"""What the route's operation is possible with, where that isn't what the world has."""
GIVES = {
    "DELETE order": "a draft that is deleted has no version",
    "DELETE webhook-endpoint": "one that is removed is shown no more",
    "POST shipment-split": "the new shipment's",
}
"""Routes whose answer has another ETag than the subject's new one, or none, and why."""
SUBJECTS: dict[str, tuple[type[Model], str]] = {
    "shipment_id": (Shipment, "pk"), "order_id": (Order, "pk"), "customer_id": (Customer, "pk"),
    "product_id": (Product, "pk"), "variant_id": (Variant, "pk"), "location_id": (Location, "pk"),
    "ref": (BookOrder, "ref"), "symbol": (Instrument, "symbol"), "method_id": (DeliveryMethod, "pk"),
    "tax_class_id": (TaxClass, "pk"), "tax_country_id": (TaxCountry, "pk"), "tax_rate_id": (TaxRate, "pk"),
    "price_list_id": (PriceList, "pk"), "group_id": (CustomerGroup, "pk"),
    "credit_account_id": (CreditAccount, "pk"), "endpoint_id": (Endpoint, "pk"),
    "stored_value_id": (StoredValue, "pk"), "offer_id": (Offer, "pk"), "client_id": (Storefront, "pk"),
}  # fmt: skip


def prepared(route: Route, world: World) -> dict[str, str]:
    if str(route) not in PREPARED:
        return world.ids
    made = PREPARED[str(route)](world.owner)
    name = next(name for name, (model, _) in SUBJECTS.items() if isinstance(made, model))
    return {**world.ids, name: str(made.pk)}


def version_in(ids: dict[str, str], route: Route) -> Any:
    if route.name == "own-storefront":
        return Storefront.objects.get(pk=ids["client_id"]).version
    name = next(name for name in SUBJECTS if name in route.parameters)
    model, column = SUBJECTS[name]
    return model._default_manager.filter(**{column: ids[name]}).values_list("version", flat=True).get()


@pytest.mark.parametrize("route", VERSIONED, ids=str)
def test_the_current_version_among_others_is_taken_and_the_new_etag_given(route: Route, world: World) -> None:
    ids = prepared(route, world)
    listed = f'"v9999", "v{version_in(ids, route)}"'
    response = send(world.caller, route, route.address(ids), if_match=listed)
    assert response.status_code in {200, 201, 204}, response.content
    if str(route) not in GIVES:
        assert response.headers["ETag"] == f'"v{version_in(ids, route)}"'
    if route.method == "POST":
        again = send(world.caller, route, route.address(ids), if_match=listed)
        assert (_kept(again), again.headers["Idempotent-Replayed"]) == (_kept(response), "true")
