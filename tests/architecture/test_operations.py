"""Every operation has a route or says why not; every route that acts on a row, and every button, is an operation's."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.db.models import Model
from django.urls import get_resolver

from core.api.permissions import declared_scope
from core.authority import StandardRole
from core.console import Button, ConsoleAdmin
from core.operations import Operation, action_of, models_with_operations, operations
from customers.models import CreditAccount, Customer, CustomerGroup
from inventory.models import Location, Product, StockLevel, Variant
from orders.models import Order
from pricing.delivery.models import DeliveryMethod
from pricing.lists.models import PriceList
from pricing.offers.models import Offer
from shipping.models import Shipment
from stored_value.models import StoredValue
from tests.architecture.test_routes import PREFIX
from tests.factories.core import a_client
from tests.factories.customers import a_credit_account, a_customer, a_group
from tests.factories.delivery import a_method
from tests.factories.offers import an_offer
from tests.factories.pricing import a_price_list
from tests.factories.shipping import a_shipment
from tests.factories.staff import a_person, browser_of, button
from tests.factories.stored_value import a_gift_card
from tests.factories.trading import a_book_order
from tests.factories.watching import nothing_changes
from tests.rooms import APPS
from trading.models import BookOrder, Instrument

WRITES = ("post", "put", "patch", "delete")
OF_NO_ROW = {
    "orders", "products", "locations", "customers", "customer-groups", "price-lists", "instruments", "book-orders",
    "book-trades", "delivery-methods", "offers", "tax-classes", "tax-countries", "gift-cards",
    "customer-store-credit", "webhook-endpoints",
}  # fmt: skip
"""Routes that make a row. Before it there is nothing of which an operation could be told."""
NOT_DECLARED = {"customer-address", "book-imports", "book-import-notifications", "own-storefront"}
"""Addresses, which are told of with their customer; files, of which there is nothing to do but send them; and the
storefront that asks, which has an address by its id too."""
ROOMS = tuple(app for app in APPS if app not in {"core", "trading"})

EVERY = [(model, each) for model in models_with_operations() for each in operations(model)]
named = pytest.mark.parametrize(("model", "operation"), EVERY, ids=[f"{m.__name__}.{o.name}" for m, o in EVERY])


def api_routes() -> Iterator[tuple[str, str, Any]]:
    """Each (name, method, view) of the API that writes."""
    for path, pattern in _patterns(get_resolver("config.urls").url_patterns):
        view = getattr(pattern.callback, "cls", None)
        if path.startswith(PREFIX) and view is not None and view.acts:
            yield from ((pattern.name, method.upper(), view) for method in WRITES if hasattr(view, method))


def _patterns(patterns: list[Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for pattern in patterns:
        path = prefix + str(pattern.pattern)
        if hasattr(pattern, "url_patterns"):
            yield from _patterns(pattern.url_patterns, path)
        else:
            yield path, pattern


@named
def test_an_operation_has_a_route_of_its_scope_or_happens_by_itself(model: type[Model], operation: Operation) -> None:
    if operation.route is None:
        assert operation.by_itself or operation.unrouted
        return
    assert operation.authority is not None
    views = {(name, method): view for name, method, view in api_routes()}
    view = views[operation.route.name, operation.route.method]
    assert declared_scope(view, operation.route.method) == operation.scope


def test_every_route_that_acts_on_a_row_is_an_operation_s() -> None:
    declared = {(each.route.name, each.route.method) for _, each in EVERY if each.route}
    acting = {(name, method) for name, method, _ in api_routes() if name not in OF_NO_ROW | NOT_DECLARED}
    assert acting - declared == set()


def buttons() -> Iterator[tuple[type[Model], Button]]:
    """Every button on a row in the console of the rooms."""
    for model, shown in admin.site._registry.items():
        if isinstance(shown, ConsoleAdmin) and model._meta.app_label in ROOMS:
            yield from ((model, each) for each in shown.buttons)


def test_every_button_on_a_row_is_an_operation_s_and_has_its_name() -> None:
    found = list(buttons())
    assert len(found) > 30
    for model, shown in found:
        assert shown.operation in operations(model), shown.name
        assert shown.operation is not None
        assert shown.name == shown.operation.name.replace("_", "-")
        assert (shown.label, shown.authority) == (shown.operation.label, shown.operation.authority)


def test_every_operation_of_an_order_and_a_shipment_is_done_by_one_action() -> None:
    grouped = {"edit_tags", "edit_contact", "edit_billing_address", "open_shipments"}
    for model in (Order, Shipment):
        for operation in operations(model):
            if not operation.by_itself and operation.name not in grouped:
                assert callable(action_of(operation))


# Who may


def one_of(model: type[Model]) -> Model:
    """A row of the model."""
    if model in {Customer, CreditAccount}:
        customer = a_customer(a_client())
        return customer if model is Customer else a_credit_account(customer)
    if model is DeliveryMethod:
        return a_method(a_client())
    if model is CustomerGroup:
        return a_group(a_client())
    if model is PriceList:
        return a_price_list(a_client())
    if model is Offer:
        return an_offer(codes=("HELLO",))
    if model is StoredValue:
        return a_gift_card()
    if model in {BookOrder, Instrument}:
        order = a_book_order(a_client())
        return order if model is BookOrder else order.instrument
    shipment = a_shipment()
    if model is Shipment:
        return shipment
    if model is Order:
        return Order.objects.get(pk=shipment.order_id)
    return model._default_manager.all()[:1].get()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "model",
    [
        Order,
        Shipment,
        Customer,
        CustomerGroup,
        CreditAccount,
        PriceList,
        Product,
        Variant,
        Location,
        StockLevel,
        BookOrder,
        DeliveryMethod,
        Offer,
        StoredValue,
    ],
)
def test_nobody_presses_a_button_without_the_authority(model: type[Model]) -> None:
    row = one_of(model)
    label = model._meta.label_lower
    shown = admin.site.get_model_admin(apps.get_model(label))
    assert isinstance(shown, ConsoleAdmin)
    refused = 0
    for role in StandardRole:
        person = a_person(role.value)
        browser = browser_of(person)
        lacking = [each for each in shown.buttons if each.authority and not each.authority.held_by(person)]
        for each in lacking:
            with nothing_changes():
                assert browser.post(button(label, row.pk, each.name)).status_code == 403, (role, each.name)
        refused += len(lacking)
    assert refused
