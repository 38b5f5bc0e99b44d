"""Nothing that anybody types, through the API or in the console, stands in an event: events are for ever.

Every text field of every route and form is filled in by real requests through an order's whole life. A field that comes
later is found and filled in by itself; a new route or button with a text field has to be used here first.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar
from uuid import uuid4

import pytest
from django.contrib import admin
from django.db.models import Model
from django.test import Client as Browser
from django.test import RequestFactory
from pytest_django import Settings

from core.actors import Actor
from core.console import Button, ConsoleAdmin
from core.console.forms import ActionForm
from core.events import DomainEvent
from core.models import ClientKind, Versioned
from core.outbox import record
from core.relay import run_relay
from core.tasks import run_jobs
from core.transactions import action
from orders.models import Order
from tests.core.api.conftest import Caller
from tests.factories.core import a_client, read
from tests.factories.customers import a_customer, an_address
from tests.factories.orders import a_draft, an_order, stock_up
from tests.factories.shipping import a_shipment
from tests.factories.staff import a_superuser, a_token, browser_of, button, list_button
from tests.factories.trading import SCOPES as TRADING
from tests.factories.trading import a_book, an_instrument
from tests.flows.planting import filled, filled_form, found_in, operations, takes_text, texts_in, texts_of, word

pytestmark = pytest.mark.django_db

BUYING = ("customers:read", "customers:write", "orders:read", "orders:write", "shipments:read")
STOCKING = ("products:read", "products:write", "stock:read", "stock:write")
COUNTING = ("orders:read", "orders:write", "payments:read", "payments:write")
PACKING = ("orders:read", "shipments:read", "shipments:write")

NOT_SENT = {
    ("POST", "book/imports/notifications/"): "What an object store says of its files: nothing of it is kept.",
}
DJANGO_S_OWN = {"auth.user", "auth.group", "axes.accessattempt", "axes.accesslog"}
"""Pages whose forms aren't ours: writing there records no event."""


@pytest.fixture(autouse=True)
def _folder_without_limits(settings: Settings, tmp_path: Any) -> None:
    settings.DATA_DIR, settings.RATE_LIMITS = tmp_path, None


# The API


class Desk:
    """Everybody who calls the API, and what they filled in so far: (method, route) → paths of texts."""

    def __init__(self) -> None:
        self.storefront = Caller(a_client("Harbour"), (*BUYING, *TRADING))
        self.office = Caller(a_client("Office", ClientKind.BACK_OFFICE), (*STOCKING, *COUNTING))
        self.warehouse = Caller(a_client("Warehouse", ClientKind.WAREHOUSE), PACKING)
        self.planted: dict[tuple[str, str], set[tuple[str, ...]]] = {}

    def post(self, caller: Caller, route: str, given: Any = None, **path: Any) -> Any:
        return self._send(caller, "POST", route, given, path, {"idempotency_key": str(uuid4())})

    def patch(self, caller: Caller, route: str, given: Any = None, **path: Any) -> Any:
        etag = caller.get(_address(route, path)).headers["ETag"]
        return self._send(caller, "PATCH", route, given, path, {"if_match": etag})

    def _send(
        self, caller: Caller, method: str, route: str, given: Any, path: dict[str, Any], headers: dict[str, Any]
    ) -> Any:
        body = operations().get((method, route))
        sent = None if body is None else filled(body(), given)
        response = caller.send(method, _address(route, path), sent, **headers)
        assert response.status_code in {200, 201}, (method, route, sent, response.content)
        self.planted.setdefault((method, route), set()).update(texts_in(sent))
        return read(response, response.status_code)


def _address(route: str, path: dict[str, Any]) -> str:
    """ "orders/<uuid:order_id>/" → the path of one."""
    for name, value in path.items():
        for kind in ("uuid", "str"):
            route = route.replace(f"<{kind}:{name}>", str(value))
    return f"/api/v1/{route}"


def keep_a_shop(desk: Desk) -> None:
    """The catalogue, its stock, and a customer with an address."""
    main = desk.post(desk.office, "locations/", {"code": "MAIN"})["id"]
    other = desk.post(desk.office, "locations/", {"code": "EAST"})
    desk.patch(desk.office, "locations/<uuid:location_id>/", location_id=other["id"])
    price = [{"currency": "EUR", "amount": 250}]
    product = desk.post(desk.office, "products/", {"variants": [{"sku": "A", "prices": price}]})
    desk.patch(desk.office, "products/<uuid:product_id>/", product_id=product["id"])
    variant = desk.post(desk.office, "variants/", {"product_id": product["id"], "sku": "B", "prices": price})
    desk.patch(desk.office, "variants/<uuid:variant_id>/", variant_id=variant["id"])
    items = [{"sku": "A", "location_id": main, "quantity": 100}]
    desk.post(desk.office, "stock/receipts/", {"items": items})
    desk.post(desk.office, "stock/adjustments/", {"sku": "A", "location_id": main, "change": -1})
    moved = {"sku": "A", "from_location_id": main, "to_location_id": other["id"], "quantity": 1}
    desk.post(desk.office, "stock/transfers/", {"items": [moved]})
    scrapped = {"sku": "A", "location_id": other["id"], "quantity": 1}
    desk.post(desk.office, "stock/scraps/", {"items": [scrapped]})


def serve_a_customer(desk: Desk) -> str:
    customer = desk.post(desk.storefront, "customers/")
    desk.patch(desk.storefront, "customers/<uuid:customer_id>/", customer_id=customer["id"])
    addresses = "customers/<uuid:customer_id>/addresses/"
    address = desk.post(desk.storefront, addresses, {"country": "GB"}, customer_id=customer["id"])
    route = f"{addresses}<uuid:address_id>/"
    etag = desk.storefront.get(f"/api/v1/customers/{customer['id']}/").headers["ETag"]
    path = {"customer_id": customer["id"], "address_id": address["id"]}
    desk._send(desk.storefront, "PATCH", route, {"country": "GB"}, path, {"if_match": etag})
    return str(customer["id"])


def an_order_of(desk: Desk, customer: str, **fields: Any) -> str:
    given = {"currency": "EUR", "lines": [{"sku": "A", "quantity": 3}], "customer_id": customer, **fields}
    return str(desk.post(desk.storefront, "orders/", given)["id"])


def live_an_order_s_life(desk: Desk, customer: str) -> None:
    """Placed, changed, cancelled, reopened, held, paid, shipped in two, failed, delivered, returned, refunded."""
    order = an_order_of(desk, customer, draft=True)
    of_order: dict[str, Any] = {"order_id": order}
    desk.post(desk.storefront, "orders/<uuid:order_id>/place/", **of_order)
    desk.patch(desk.storefront, "orders/<uuid:order_id>/", **of_order)
    desk.post(desk.office, "orders/<uuid:order_id>/cancel/", **of_order)
    desk.post(desk.office, "orders/<uuid:order_id>/reopen/", **of_order)
    hold = desk.post(desk.office, "orders/<uuid:order_id>/holds/", **of_order)
    desk.post(desk.office, "orders/<uuid:order_id>/holds/<uuid:hold_id>/lift/", hold_id=hold["id"], **of_order)
    desk.post(desk.office, "orders/<uuid:order_id>/notes/", **of_order)
    payment = desk.post(desk.office, "orders/<uuid:order_id>/payments/", {"amount": 700}, **of_order)
    desk.post(desk.office, "orders/<uuid:order_id>/write-off/", **of_order)
    desk.post(desk.office, "orders/<uuid:order_id>/release/", **of_order)
    run_relay()
    ship(desk, order)
    refund = "orders/<uuid:order_id>/payments/<uuid:payment_id>/refund/"
    desk.post(desk.office, refund, {"amount": 100}, payment_id=payment["id"], **of_order)
    run_relay()


def ship(desk: Desk, order: str) -> None:
    def do(what: str, shipment: str, given: Any = None) -> Any:
        return desk.post(desk.warehouse, f"shipments/<uuid:shipment_id>/{what}/", given, shipment_id=shipment)

    (opened,) = read(desk.warehouse.get(f"/api/v1/orders/{order}/shipments/"))["results"]
    first, line = opened["id"], opened["lines"][0]["line_id"]
    second = do("split", first, {"lines": [{"line_id": line, "quantity": 1}]})["id"]
    desk.patch(desk.warehouse, "shipments/<uuid:shipment_id>/", shipment_id=first)
    do("cancel", second)
    third = desk.post(desk.warehouse, "orders/<uuid:order_id>/shipments/", order_id=order)
    for shipment in (first, third["results"][0]["id"]):
        do("pack", shipment)
        do("dispatch", shipment)
        do("mark-failed", shipment)
    do("mark-in-transit", first)
    do("deliver", first)
    do("return-to-sender", third["results"][0]["id"], {"restock": True})


def trade(desk: Desk, customer: str) -> None:
    desk.post(desk.storefront, "book/instruments/", {"symbol": "JPM", "currency": "EUR", "sku": "A"})
    desk.patch(desk.storefront, "book/instruments/<str:symbol>/", {"sku": "A"}, symbol="JPM")
    offer = {"symbol": "JPM", "side": "Buy", "amount": 5, "price": 20}
    order = desk.post(desk.storefront, "book/orders/", offer)
    desk.patch(desk.storefront, "book/orders/<str:ref>/", {"amount": 4}, ref=order["id"])
    desk.post(desk.storefront, "book/<str:symbol>/price/", {"side": "Buy", "amount": 1}, symbol="JPM")
    taken = {"side": "Buy", "amount": 1, "customer_id": customer}
    desk.post(desk.storefront, "book/<str:symbol>/trades/", taken, symbol="JPM")
    desk.post(desk.storefront, "book/imports/")


def test_nothing_typed_into_the_api_stands_in_an_event() -> None:
    desk = Desk()
    keep_a_shop(desk)
    customer = serve_a_customer(desk)
    live_an_order_s_life(desk, customer)
    trade(desk, customer)
    texts = {operation: set(texts_of(body())) for operation, body in operations().items()}
    missing = {
        operation: paths - desk.planted.get(operation, set())
        for operation, paths in texts.items()
        if operation not in NOT_SENT
    }
    assert {operation: paths for operation, paths in missing.items() if paths} == {}
    assert found_in("core_event") == []
    assert len(found_in("core_versiondocument")) > 10
    assert found_in("orders_hold")
    assert found_in("trading_trade")


# The console

Place = tuple[str, str]
"""A model's label and the name of a button."""


def some_of_everything() -> dict[str, Any]:
    """Objects in every state, so that each button can be pressed on one. Returns what forms ask for beside texts."""
    storefront = a_client("Harbour")
    a_customer(storefront, word(email=True)).addresses.create(**an_address())
    customer = a_customer(storefront, word(email=True))
    for status in ("draft", "placed", "placed", "placed", "processing", "completed"):
        an_order(status, storefront)
    for status in ("pending", "pending", "dispatched", "failed"):
        a_shipment(storefront, status)
    stock_up({"A": 50}, location="EAST")
    an_instrument(currency="EUR", sku="A")
    a_book(storefront)
    return {"client": storefront.pk, "customer": str(customer.email), "sku": "A", "symbol": "JPM", "currency": "EUR"}


class Person:
    """Presses buttons with everything filled in."""

    def __init__(self, known: dict[str, Any]) -> None:
        self.user = a_superuser()
        self.browser: Browser = browser_of(self.user)
        self.known = known
        self.request = RequestFactory().get("/admin/")
        self.request.user = self.user
        self.seen: set[Place] = set()
        self.pressed: set[Place] = set()
        self.forms: set[type[ActionForm]] = set()

    def press_all(self) -> None:
        """Every button that takes text, on the first object that it can be pressed on."""
        for model, page in admin.site._registry.items():
            if isinstance(page, ConsoleAdmin):
                for each in page.list_buttons:
                    self._press(model, None, each)
                for obj in page.page_queryset(self.request).order_by("pk")[:40]:
                    for each in page.get_buttons(self.request, obj):
                        self._press(model, obj, each)

    def _press(self, model: type[Model], obj: Any, pressed: Button) -> None:
        label = model._meta.label_lower
        place = (label, pressed.name)
        if pressed.form is None or not takes_text(pressed.form):
            return
        self.seen.add(place)
        fresh = obj if obj is None else type(obj)._default_manager.get(pk=obj.pk)
        if place in self.pressed or pressed.blocked(fresh) is not None:
            return
        form = pressed.form(subject=fresh, person=self.user, initial=pressed.initial(fresh))
        sent = {**filled_form(form, self._given(place)), "token": a_token()}
        if isinstance(fresh, Versioned):
            sent["version"] = fresh.version
        address = list_button(label, pressed.name) if fresh is None else button(label, fresh.pk, pressed.name)
        response: Any = self.browser.post(address, sent)
        if response.status_code == 302:
            self.pressed.add(place)
            self.forms.add(pressed.form)

    def _given(self, place: Place) -> dict[str, Any]:
        repeated = dict.fromkeys(("password", "repeated"), f"{word()}-long-enough")
        new: dict[Place, dict[str, Any]] = {
            ("inventory.product", "add"): {"sku": "NEW-1"},
            ("inventory.product", "add-variant"): {"sku": "NEW-2"},
            ("inventory.variant", "edit"): {"stock_policy": "preorder"},
            ("inventory.location", "add"): {"code": "NEW"},
            ("trading.instrument", "add"): {"symbol": "NEW"},
            ("core.user", "add"): {"username": "newcomer", **repeated},
            ("core.user", "password"): repeated,
        }
        return {**self.known, **new.get(place, {})}


def all_forms(base: type[ActionForm] = ActionForm) -> Iterator[type[ActionForm]]:
    for form in base.__subclasses__():
        yield form
        yield from all_forms(form)


def test_nothing_typed_into_the_console_stands_in_an_event() -> None:
    person = Person(some_of_everything())
    person.press_all()
    run_jobs()
    run_relay()
    assert person.seen - person.pressed == set()
    product = {form for form in all_forms() if takes_text(form) and not form.__module__.startswith("tests.")}
    unused = {form for form in product if not any(issubclass(used, form) for used in person.forms)}
    assert unused == set(), "a form with a text field is on no button that was seen"
    assert found_in("core_event") == []
    assert len(found_in("core_versiondocument")) > 10
    assert found_in("orders_ordernote")
    assert found_in("inventory_stockmovement")


def test_the_pages_of_others_are_known() -> None:
    others = {m._meta.label_lower for m, page in admin.site._registry.items() if not isinstance(page, ConsoleAdmin)}
    assert others <= DJANGO_S_OWN


# The controls


@dataclass(frozen=True)
class Leaking(DomainEvent):
    type: ClassVar[str] = "test.leaking"
    note: str


@pytest.mark.parametrize("actor", [Actor.system("test"), Actor("staff", "1", word())])
def test_a_text_in_any_column_of_an_event_would_be_found(actor: Actor) -> None:
    order = a_draft()

    @action
    def leak(note: str) -> None:
        record(Leaking(note), subject=Order.objects.locked().get(pk=order.pk), actor=actor)

    leak(word().upper() if actor.kind == "system" else "")
    assert len(found_in("core_event")) == 1
