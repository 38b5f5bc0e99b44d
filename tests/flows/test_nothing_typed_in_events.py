"""Nothing that anybody types, through the API or in the console, stands in an event: events are for ever.

Every text field of every route and form is filled in by real requests through an order's whole life. A field that comes
later is found and filled in by itself; a new route or button with a text field has to be used here first.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar
from uuid import uuid4

import pytest
from django.contrib import admin
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import Model
from django.test import Client as Browser
from django.test import RequestFactory
from pytest_django import Settings

from core.actors import Actor
from core.console import Button, ConsoleAdmin
from core.console.forms import ActionForm
from core.events import DomainEvent
from core.models import ClientKind
from core.outbox import record
from core.relay import run_relay
from core.tasks import run_jobs
from core.transactions import action
from orders.actions import settle_attempt
from orders.models import Order
from orders.payments.gateways import Answer, Outcome
from orders.payments.models import PaymentAttempt
from pricing.delivery.admin.forms import TryForm
from tests.core.api.conftest import Caller
from tests.factories.core import a_client, read
from tests.factories.customers import a_customer, a_group, an_address
from tests.factories.delivery import a_method
from tests.factories.inventory import stock_up
from tests.factories.offers import an_offer
from tests.factories.orders import a_draft, a_waiting_refund, an_order
from tests.factories.pricing import a_price_list
from tests.factories.settlement import a_difference
from tests.factories.shipping import a_shipment
from tests.factories.staff import a_superuser, as_opened, browser_of, button, list_button
from tests.factories.stored_value import a_gift_card
from tests.factories.taxes import a_tax_rate
from tests.factories.trading import SCOPES as TRADING
from tests.factories.trading import a_book, an_instrument
from tests.flows.planting import filled, filled_form, found_in, operations, takes_text, texts_in, texts_of, word
from trading.imports.reading import LAYOUT

pytestmark = pytest.mark.django_db

BUYING = (
    "customers:read", "customers:write", "customers:credit", "gift_cards:read", "gift_cards:write", "orders:read",
    "orders:write",
    "orders:price", "shipments:read",
)  # fmt: skip
PRICING = ("prices:read", "prices:write")
OFFERING = ("offers:read", "offers:write")
TOLD = ("webhooks:read", "webhooks:write")
DELIVERING = ("delivery:read", "delivery:write")
STOCKING = ("products:read", "products:write", "stock:read", "stock:write")
TAXING = ("taxes:read", "taxes:write")
COUNTING = ("orders:read", "orders:write", "payments:read", "payments:write")
SELLING = ("storefront:read", "storefront:write")
PACKING = ("orders:read", "shipments:read", "shipments:write")

NOT_SENT = {
    ("POST", "events/tickets/"): "A ticket is signed and written nowhere.",
    ("POST", "book/imports/notifications/"): "What an object store says of its files: nothing of it is kept.",
}
NOT_PRESSED = {TryForm: "It asks what delivery would cost, and writes nothing."}
DJANGO_S_OWN = {"auth.user", "auth.group", "axes.accessattempt", "axes.accesslog"}
"""Pages whose forms aren't ours: writing there records no event."""


@pytest.fixture(autouse=True)
def _folder_without_limits(settings: Settings, tmp_path: Any) -> None:
    settings.DATA_DIR, settings.RATE_LIMITS = tmp_path, None


# The API


class Desk:
    """Everybody who calls the API, and what they filled in so far: (method, route) → paths of texts."""

    def __init__(self) -> None:
        self.storefront = Caller(
            a_client("Harbour"), (*BUYING, *TRADING, *SELLING, *PRICING, *OFFERING, *DELIVERING, *TOLD)
        )
        self.office = Caller(a_client("Office", ClientKind.BACK_OFFICE), (*STOCKING, *COUNTING, *SELLING, *TAXING))
        self.warehouse = Caller(a_client("Warehouse", ClientKind.WAREHOUSE), PACKING)
        self.planted: dict[tuple[str, str], set[tuple[str, ...]]] = {}

    def post(self, caller: Caller, route: str, given: Any = None, **path: Any) -> Any:
        return self._send(caller, "POST", route, given, path, {"idempotency_key": str(uuid4())})

    def patch(self, caller: Caller, route: str, given: Any = None, **path: Any) -> Any:
        etag = caller.get(_address(route, path)).headers["ETag"]
        return self._send(caller, "PATCH", route, given, path, {"if_match": etag})

    def put(self, caller: Caller, route: str, given: Any = None, **path: Any) -> Any:
        return self._send(caller, "PUT", route, given, path, {"if_match": "*"})

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
    """ "orders/<id:order_id>/" → the path of one."""
    for name, value in path.items():
        for kind in ("id", "str"):
            route = route.replace(f"<{kind}:{name}>", str(value))
    return f"/api/v1/{route}"


def set_up_a_storefront(desk: Desk) -> None:
    desk.patch(desk.storefront, "storefront/", {"country": "GB"})
    desk.patch(desk.office, "storefronts/<id:client_id>/", {"country": "GB"}, client_id=desk.storefront.client.pk)


def keep_a_shop(desk: Desk) -> None:
    """The catalogue, its stock, and a customer with an address."""
    main = desk.post(desk.office, "locations/", {"code": "MAIN"})["id"]
    other = desk.post(desk.office, "locations/", {"code": "EAST"})
    desk.patch(desk.office, "locations/<id:location_id>/", location_id=other["id"])
    price = [{"currency": "EUR", "amount": 250}]
    product = desk.post(desk.office, "products/", {"variants": [{"sku": "A", "prices": price}]})
    desk.patch(desk.office, "products/<id:product_id>/", product_id=product["id"])
    variant = desk.post(desk.office, "variants/", {"product_id": product["id"], "sku": "B", "prices": price})
    desk.patch(desk.office, "variants/<id:variant_id>/", variant_id=variant["id"])
    items = [{"sku": "A", "location_id": main, "quantity": 100}]
    desk.post(desk.office, "stock/receipts/", {"items": items})
    desk.post(desk.office, "stock/adjustments/", {"sku": "A", "location_id": main, "change": -1})
    desk.post(desk.office, "stock/sourcing-plan/", {"items": [{"sku": "A", "quantity": 1}]})
    moved = {"sku": "A", "from_location_id": main, "to_location_id": other["id"], "quantity": 1}
    desk.post(desk.office, "stock/transfers/", {"items": [moved]})
    scrapped = {"sku": "A", "location_id": other["id"], "quantity": 1}
    desk.post(desk.office, "stock/scraps/", {"items": [scrapped]})


def set_taxes(desk: Desk) -> None:
    made = desk.post(desk.office, "tax-classes/", {"code": "food"})
    desk.patch(desk.office, "tax-classes/<id:tax_class_id>/", tax_class_id=made["id"])
    rate = {"country": "DE", "tax_class_code": "food", "rate": "0.07", "valid_from": "2999-01-01", "postal_prefix": "8"}
    coming = desk.post(desk.office, "tax-rates/", rate)
    given = {**rate, "rate": "0.19", "valid_until": "2999-12-31"}
    del given["country"]
    desk.patch(desk.office, "tax-rates/<id:tax_rate_id>/", given, tax_rate_id=coming["id"])
    ended = {"valid_until": "2999-06-30"}
    desk.post(desk.office, "tax-rates/<id:tax_rate_id>/end/", ended, tax_rate_id=coming["id"])


def serve_a_customer(desk: Desk) -> str:
    customer = desk.post(desk.storefront, "customers/")
    desk.patch(desk.storefront, "customers/<id:customer_id>/", customer_id=customer["id"])
    addresses = "customers/<id:customer_id>/addresses/"
    address = desk.post(desk.storefront, addresses, {"country": "GB"}, customer_id=customer["id"])
    route = f"{addresses}<id:address_id>/"
    etag = desk.storefront.get(f"/api/v1/customers/{customer['id']}/").headers["ETag"]
    path = {"customer_id": customer["id"], "address_id": address["id"]}
    desk._send(desk.storefront, "PATCH", route, {"country": "GB"}, path, {"if_match": etag})
    accounts = "customers/<id:customer_id>/credit-accounts/"
    credit = desk.post(desk.storefront, accounts, {"currency": "EUR", "limit": 10**9}, customer_id=customer["id"])
    changed = {"limit": 2 * 10**9}
    desk.patch(desk.storefront, "credit-accounts/<id:credit_account_id>/", changed, credit_account_id=credit["id"])
    return str(customer["id"])


def set_prices(desk: Desk) -> None:
    group = desk.post(desk.storefront, "customer-groups/", {"code": "TRADE"})
    desk.patch(desk.storefront, "customer-groups/<id:group_id>/", group_id=group["id"])
    made = desk.post(desk.storefront, "price-lists/", {"code": "TRADE", "currency": "EUR", "group_ids": [group["id"]]})
    desk.patch(
        desk.storefront, "price-lists/<id:price_list_id>/", {"group_ids": [group["id"]]}, price_list_id=made["id"]
    )


def an_order_of(desk: Desk, customer: str, **fields: Any) -> str:
    given = {
        "currency": "EUR", "lines": [{"sku": "A", "quantity": 3}], "customer_id": customer,
        "discounts": [{"amount": 1}], "surcharges": [{"amount": 1}],
    }  # fmt: skip
    for code in ("QUOTED", "ORDERED"):
        offer = an_offer(desk.storefront.client, code, codes=(word(),))
        given["codes"] = [offer.codes.get().code]
    desk.post(desk.storefront, "quotes/", given)
    return str(desk.post(desk.storefront, "orders/", {**given, **fields})["id"])


def live_an_order_s_life(desk: Desk, customer: str) -> None:
    """Placed, changed, cancelled, reopened, held, paid, shipped in two, failed, delivered, returned, refunded."""
    order = an_order_of(desk, customer, draft=True)
    of_order: dict[str, Any] = {"order_id": order}
    desk.post(desk.storefront, "orders/<id:order_id>/place/", **of_order)
    desk.patch(desk.storefront, "orders/<id:order_id>/", **of_order)
    desk.post(desk.office, "orders/<id:order_id>/cancel/", **of_order)
    desk.post(desk.office, "orders/<id:order_id>/reopen/", **of_order)
    hold = desk.post(desk.office, "orders/<id:order_id>/holds/", **of_order)
    desk.post(desk.office, "orders/<id:order_id>/holds/<id:hold_id>/lift/", hold_id=hold["id"], **of_order)
    desk.post(desk.office, "orders/<id:order_id>/notes/", **of_order)
    payment = desk.post(desk.office, "orders/<id:order_id>/payments/", {"amount": 600}, **of_order)
    by_card(desk, of_order)
    desk.post(desk.office, "orders/<id:order_id>/write-off/", **of_order)
    desk.post(desk.office, "orders/<id:order_id>/release/", **of_order)
    run_relay()
    ship(desk, order)
    refund = "orders/<id:order_id>/payments/<id:payment_id>/refund/"
    desk.post(desk.office, refund, {"amount": 100}, payment_id=payment["id"], **of_order)
    give_back(desk, of_order)
    run_relay()


def by_card(desk: Desk, of_order: dict[str, Any]) -> None:
    desk.post(desk.office, "orders/<id:order_id>/pay-by-card/", {"gateway": "fake", "amount": 1}, **of_order)
    attempt = PaymentAttempt.objects.latest("id")
    settle_attempt(attempt.pk, Answer(Outcome.DECLINED, code=word()), actor=Actor.system("test"))


def give_back(desk: Desk, of_order: dict[str, Any]) -> None:
    """At once; and what waits for a second person, who rejects it."""
    desk.post(desk.office, "orders/<id:order_id>/refunds/", {"goodwill": 1}, **of_order)
    waiting = a_waiting_refund(Order.objects.get(pk=of_order["order_id"]))
    reject = "orders/<id:order_id>/refunds/<id:refund_id>/reject/"
    desk.post(desk.office, reject, refund_id=str(waiting.pk), **of_order)


def ship(desk: Desk, order: str) -> None:
    def do(what: str, shipment: str, given: Any = None) -> Any:
        return desk.post(desk.warehouse, f"shipments/<id:shipment_id>/{what}/", given, shipment_id=shipment)

    (opened,) = read(desk.warehouse.get(f"/api/v1/orders/{order}/shipments/"))["results"]
    first, line = opened["id"], opened["lines"][0]["line_id"]
    second = do("split", first, {"lines": [{"line_id": line, "quantity": 1}]})["id"]
    desk.patch(desk.warehouse, "shipments/<id:shipment_id>/", shipment_id=first)
    do("cancel", second)
    third = desk.post(desk.warehouse, "orders/<id:order_id>/shipments/", order_id=order)
    for shipment in (first, third["results"][0]["id"]):
        do("pack", shipment)
        do("dispatch", shipment)
        do("mark-failed", shipment)
    do("mark-in-transit", first)
    do("deliver", first)
    do("return-to-sender", third["results"][0]["id"], {"restock": True})


def give_value(desk: Desk, customer: str) -> None:
    """A gift card, store credit, and what is done to one of them."""
    value = {"currency": "EUR", "amount": 500}
    desk.post(desk.storefront, "customers/<id:customer_id>/store-credit/", value, customer_id=customer)
    card = desk.post(desk.storefront, "gift-cards/", value)["id"]
    for what in ("adjust", "disable"):
        desk.post(desk.storefront, f"stored-value/<id:stored_value_id>/{what}/", stored_value_id=card)


def make_offers(desk: Desk) -> None:
    offer = desk.post(desk.storefront, "offers/", {"code": "SPRING", "percentage": "10"})["id"]
    desk.patch(desk.storefront, "offers/<id:offer_id>/", offer_id=offer)
    codes = desk.post(desk.storefront, "offers/<id:offer_id>/codes/", {"codes": [{"code": "HELLO"}]}, offer_id=offer)
    path = {"offer_id": offer, "code_id": codes["codes"][0]["id"]}
    desk.patch(desk.storefront, "offers/<id:offer_id>/codes/<id:code_id>/", {"active": False}, **path)
    desk.post(desk.storefront, "offers/<id:offer_id>/codes/generate/", {"count": 2}, offer_id=offer)
    desk.post(desk.storefront, "offers/<id:offer_id>/end/", offer_id=offer)


def offer_delivery(desk: Desk) -> None:
    method = desk.post(desk.storefront, "delivery-methods/", {"code": "NEXT-DAY", "kind": "parcel"})["id"]
    desk.patch(desk.storefront, "delivery-methods/<id:method_id>/", method_id=method)
    rate = {"currency": "EUR", "price": 500, "countries": ["GB"]}
    desk.put(desk.storefront, "delivery-methods/<id:method_id>/rates/", {"rates": [rate]}, method_id=method)


def be_told(desk: Desk) -> None:
    def named(what: str) -> dict[str, Any]:
        return {"url": f"https://{what}.example.com/{word()}", "event_types": ["order.*"]}

    endpoint = desk.post(desk.storefront, "webhook-endpoints/", named("hooks"))["id"]
    desk.patch(desk.storefront, "webhook-endpoints/<id:endpoint_id>/", named("ears"), endpoint_id=endpoint)
    one = "webhook-endpoints/<id:endpoint_id>"
    desk.post(desk.storefront, f"{one}/replay/", {"since": "2020-01-01T00:00:00Z"}, endpoint_id=endpoint)
    for what in ("send-test", "rotate-secret", "pause", "resume"):
        desk.post(desk.storefront, f"{one}/{what}/", endpoint_id=endpoint)


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
    set_up_a_storefront(desk)
    keep_a_shop(desk)
    set_taxes(desk)
    customer = serve_a_customer(desk)
    set_prices(desk)
    live_an_order_s_life(desk, customer)
    give_value(desk, customer)
    make_offers(desk)
    offer_delivery(desk)
    be_told(desk)
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
    assert found_in("stored_value_storedvalueentry")
    assert found_in("trading_trade")
    assert found_in("pricing_offer")
    assert found_in("pricing_deliveryrate")


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
    a_waiting_refund(an_order("placed", storefront))
    for _ in range(2):
        a_difference()
    for status in ("pending", "pending", "dispatched", "failed"):
        shipment = a_shipment(storefront, status)
    stock_up({"A": 50}, location="EAST")
    a_tax_rate(valid_from=dt.date(2999, 1, 1))
    a_group(storefront)
    a_price_list(storefront)
    an_instrument(currency="EUR", sku="A")
    a_book(storefront)
    a_gift_card(storefront)
    an_offer(storefront, codes=("HELLO",))
    a_method(storefront)
    return {"client": storefront.pk, "customer": str(customer.email), "sku": "A", "symbol": "JPM", "currency": "EUR",
            "skus": "A", "product_skus": "A", "order": shipment.order.display_number,
            "shipment": f"{shipment.order.display_number}/{shipment.sequence}"}  # fmt: skip


def a_file_of_orders() -> SimpleUploadedFile:
    """With a word in its name and in every cell that takes one, of a row that is good and of one that isn't."""
    rows = [LAYOUT.names, (word(), "JPM", "Buy", "20", "20", word()), (word(), "JPM", "Hold", "1", "1", word())]
    return SimpleUploadedFile(f"{word()}.csv", "".join(f"{','.join(row)}\n" for row in rows).encode())


def a_file_of_prices() -> SimpleUploadedFile:
    """With a word in its name and in a row that is no good."""
    return SimpleUploadedFile(f"{word()}.csv", f"sku,price\nA,1\n{word()},{word()}\n".encode())


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
        address = list_button(label, pressed.name) if fresh is None else button(label, fresh.pk, pressed.name)
        sent = {**filled_form(form, self._given(place)), **as_opened(self.browser, address)}
        response: Any = self.browser.post(address, sent)
        # What is refused is 400; a secret that is shown once is a page of its own.
        if response.status_code in {200, 302}:
            self.pressed.add(place)
            self.forms.add(pressed.form)

    def _given(self, place: Place) -> dict[str, Any]:
        repeated = dict.fromkeys(("password", "repeated"), f"{word()}-long-enough")
        parcels = {"min_days": "1", "max_days": "2", "location": ""}
        bounds = ("weight_over", "weight_up_to", "amount_from", "amount_below", "free_from")
        endpoint = {"url": f"https://hooks.example.com/{word()}", "nouns": "order.*", "event_types": ""}
        new: dict[Place, dict[str, Any]] = {
            ("inventory.product", "add"): {"sku": "NEW-1"},
            ("inventory.product", "add-variant"): {"sku": "NEW-2"},
            ("inventory.variant", "edit"): {"stock_policy": "preorder"},
            ("inventory.stocklevel", "adjust"): {"to": "500"},
            ("orders.order", "refund"): {"as_store_credit": ""},
            ("orders.order", "refund-items"): {
                "everything": "",
                "delivery": "",
                "amount": "",
                "goodwill": "0.01",
                "gift_card": "",
                "units_1": "",
                "units_2": "",
            },
            ("orders.order", "pay-by-card"): {"gateway": "fake", "amount": "0.01"},
            ("inventory.location", "add"): {"code": "NEW"},
            ("taxes.taxclass", "add"): {"code": "new"},
            ("trading.instrument", "add"): {"symbol": "NEW"},
            ("pricing.offer", "add-percentage"): {"code": "NEW-1"},
            ("pricing.offer", "add-amount"): {"code": "NEW-2"},
            ("pricing.offer", "add-free-delivery"): {"code": "NEW-3"},
            ("pricing.offer", "add-buy-x-get-y"): {"code": "NEW-4"},
            ("pricing.offer", "edit-code"): {"code": "HELLO"},
            ("core.user", "add"): {"username": "newcomer", **repeated},
            ("core.user", "password"): repeated,
            ("storefronts.storefront", "edit-markets"): {"currencies": "", "countries": "", "country": "GB"},
            ("storefronts.storefront", "edit-taxes"): {"cash_rounding": "CHF 0.05"},
            ("storefronts.storefront", "edit-sourcing"): {"sourcing": "nearest"},
            ("customers.customergroup", "add"): {"code": "NEW"},
            ("webhooks.endpoint", "add"): endpoint,
            ("webhooks.endpoint", "edit"): endpoint,
            ("webhooks.endpoint", "replay"): {"event_id": "", "since": "2020-01-01T00:00", "until": ""},
            ("pricing.deliverymethod", "add"): {"code": "NEW", **parcels},
            ("pricing.deliverymethod", "edit"): parcels,
            ("pricing.deliverymethod", "set-rates"): {"countries": "GB", **dict.fromkeys(bounds, "")},
            ("pricing.pricelist", "add"): {"code": "NEW", "starts_at": ""},
            ("pricing.pricelist", "edit"): {"starts_at": ""},
            ("pricing.pricelist", "set-prices"): {"compare_at": "2"},
            ("pricing.pricelist", "import-prices"): {"file": a_file_of_prices()},
            ("trading.bookimport", "upload"): {"file": a_file_of_orders()},
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
    unused = {form for form in product - NOT_PRESSED.keys() if not any(issubclass(used, form) for used in person.forms)}
    assert unused == set(), "a form with a text field is on no button that was seen"
    assert found_in("core_event") == []
    assert len(found_in("core_versiondocument")) > 10
    assert found_in("orders_ordernote")
    assert found_in("orders_paymentdifference")
    assert found_in("trading_bookorder")
    assert found_in("inventory_stockmovement")
    assert found_in("pricing_offer")
    assert found_in("pricing_deliveryrate")


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
