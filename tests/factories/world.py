"""One storefront with something of everything, so that any route of the API has something to show."""

from __future__ import annotations

from core.models import Client, Delivery
from customers.actions import add_address
from inventory.models import Location, Product, Variant
from orders.actions import add_note, place_hold
from pricing.lists.actions import NewPrice
from taxes.models import TaxCountry
from tests.factories.core import ACTOR
from tests.factories.customers import a_credit_account, a_customer, a_group, an_address
from tests.factories.delivery import a_method, a_rate
from tests.factories.documents import a_slip
from tests.factories.offers import an_offer
from tests.factories.orders import a_waiting_refund, an_authorised_payment
from tests.factories.pricing import a_price_list
from tests.factories.shipping import a_shipment
from tests.factories.stored_value import a_gift_card, a_store_credit
from tests.factories.taxes import a_tax_rate
from tests.factories.trading import a_book, a_book_order, a_trade, an_import
from tests.factories.webhooks import an_attempt, an_endpoint

SHARED = (
    "product_id", "variant_id", "location_id", "symbol", "tax_class_id", "tax_country_id", "tax_rate_id",
    "event_type",
)  # fmt: skip
"""Parameters of paths that name what all clients share."""


def a_world(owner: Client) -> dict[str, str]:
    """What each parameter of a path may be: the ids of one thing of each kind, the storefront's own where it isn't
    shared."""
    group = a_group(owner)
    customer = a_customer(owner, "ann.private@example.com", name="Ann Private", group_ids=[group.pk])
    address = add_address(customer.pk, an_address(), client_id=owner.pk, actor=ACTOR)
    shipment = a_shipment(owner)
    order_id = shipment.order_id
    payment = an_authorised_payment(shipment.order, 100, captured=50)
    refund = a_waiting_refund(shipment.order)
    hold = place_hold(order_id, reason="other", note="private", actor=ACTOR)
    add_note(order_id, body="private", actor=ACTOR)
    a_store_credit(customer)
    credit = a_credit_account(customer)
    a_book()
    tax_rate = a_tax_rate()
    price_list = a_price_list(owner, "TRADE", NewPrice(Variant.objects.latest("pk").sku, 500), group_ids=[group.pk])
    offer = an_offer(owner, codes=("PRIVATE",))
    endpoint = an_endpoint(owner)
    attempt = an_attempt(endpoint)
    Delivery.objects.create(
        event=attempt.event, lane="webhooks", target=endpoint.key, subject_id=attempt.event.subject_id, version=1
    )
    found = {
        "client_id": owner.pk, "customer_id": customer.pk, "group_id": group.pk, "address_id": address.pk,
        "credit_account_id": credit.pk,
        "order_id": order_id, "hold_id": hold.pk, "payment_id": payment.pk,
        "refund_id": refund.pk, "shipment_id": shipment.pk,
        "ref": a_book_order(owner, price=500).ref,
        "stored_value_id": a_gift_card(owner).pk,
        "symbol": "JPM", "trade_id": a_trade(owner).pk, "import_id": an_import(owner).pk,
        "product_id": Product.objects.latest("pk").pk, "variant_id": Variant.objects.latest("pk").pk,
        "price_list_id": price_list.pk, "price_id": price_list.entries.get().pk,
        "location_id": Location.objects.latest("pk").pk, "tax_rate_id": tax_rate.pk,
        "tax_class_id": tax_rate.tax_class_id, "tax_country_id": TaxCountry.objects.get(country=tax_rate.country).pk,
        "endpoint_id": endpoint.pk,
        "method_id": a_method(owner, "PRIVATE", a_rate(), name="Private").pk,
        "document_id": a_slip(shipment).pk,
        "event_type": "order.created",
        "offer_id": offer.pk, "code_id": offer.codes.get().pk,
    }  # fmt: skip
    return {name: str(value) for name, value in found.items()}
