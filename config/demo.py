"""A demo shop.

Two storefronts, three locations, 200 orders in every state and one that waits for stock, and books with trades, all
made through the product's own actions.
"""

from __future__ import annotations

import datetime as dt
import random
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from django.utils import timezone

import customers.actions
import customers.queries
import inventory.actions
import inventory.queries
import orders.actions
import orders.queries
import shipping.actions
import shipping.queries
from config.demo_books import load_books
from config.demo_prices import EXPRESS, STANDARD, set_taxes, set_up_prices
from config.demo_waiting import place_waiting_order
from core.actors import Actor
from core.clients import ensure_storefront
from customers.actions import NewAddress
from inventory.actions import NewVariant, StockItem
from orders.actions import NewLine, NewOrder

ACTOR = Actor.system("demo")
STOREFRONTS = ("Harbour & Finch", "Northlight Outdoors")
PREFIXES = ("HF-", "NL-")
ORDERS = 200

_LOCATIONS = (
    ("LEEDS", "Leeds warehouse", "LS10 1AB", 10, 0),
    ("BRISTOL", "Bristol warehouse", "BS2 0PT", 20, 0),
    ("STORE", "London store", "WC2H 9JA", 90, 3),
)
_SOURCING = ((), ("nearest", "fewest_parcels", "reserve_for_shop_floor"))
"""Rules of each storefront, the first first."""
_GOODS = (
    ("MUG", "Stoneware mug", ("sand", "slate", "moss"), 1450),
    ("THROW", "Wool throw", ("oat", "ink"), 8900),
    ("LAMP", "Desk lamp", ("brass", "black"), 6400),
    ("CANDLE", "Beeswax candle", ("small", "large"), 1800),
    ("TENT", "Two-person tent", ("green",), 24900),
    ("FLASK", "Steel flask", ("500ml", "1l"), 2600),
    ("BOOT", "Walking boots", ("38", "40", "42", "44"), 13900),
    ("JACKET", "Rain jacket", ("s", "m", "l", "xl"), 11900),
    ("MAP", "Folding map", ("lakes", "peaks"), 950),
    ("STOVE", "Camping stove", ("single",), 5400),
)
_PEOPLE = (
    "Amara Okafor", "Ben Whitfield", "Chloe Martin", "Dev Patel", "Elena Rossi", "Farid Haddad", "Grace Kim",
    "Hugo Lind", "Isla Murray", "Jonas Weber", "Keiko Tanaka", "Liam Byrne", "Maya Cohen", "Noah Fischer",
    "Olga Petrova", "Priya Nair", "Quentin Roy", "Rosa Alvarez", "Sam Adeyemi", "Tara Quinn",
)  # fmt: skip
_STREETS = ("Mill Lane", "Harbour Road", "Church Street", "Station Road", "Orchard Way")
_CITIES = (
    ("Leeds", "LS1 4AP"),
    ("Bristol", "BS1 5TR"),
    ("Glasgow", "G1 1XQ"),
    ("Cardiff", "CF10 1EP"),
    ("Norwich", "NR2 1AW"),
)
_CARRIERS = ("Royal Mail", "DPD", "Evri")


class Placed(NamedTuple):
    """A placed order, as its journey names it; `total` is in minor units."""

    pk: uuid.UUID
    number: int
    total: int


@dataclass(frozen=True)
class Shop:
    """What the demo's orders draw upon."""

    client_id: uuid.UUID
    customer_ids: Sequence[uuid.UUID]
    skus: Sequence[str]


def load_demo() -> Iterator[tuple[int, int]]:
    """Make what is missing of the demo shop; yields (orders done, orders in all) as it goes.

    Running it again adds nothing.
    """
    skus = _stock_up()
    set_taxes()
    shops = [_shop(name, skus) for name in STOREFRONTS]
    for shop, prefix, rules in zip(shops, PREFIXES, _SOURCING, strict=True):
        set_up_prices(shop.client_id, shop.customer_ids, shop.skus, prefix, rules)
    known = orders.queries.taken_refs([shop.client_id for shop in shops], prefix="DEMO-")
    for index in range(ORDERS):
        ref = f"DEMO-{index + 1:04d}"
        if ref not in known:
            _order(shops[index % len(shops)], index, ref)
        yield index + 1, ORDERS
    place_waiting_order(shops[0].client_id, shops[0].customer_ids[1])
    load_books(shops[0].client_id, shops[0].customer_ids)


def _stock_up() -> list[str]:
    variants = [
        NewVariant(f"{code}-{option.upper()}", f"{name}, {option}", {"GBP": price, "EUR": round(price * 1.17)})
        for code, name, options, price in _GOODS
        for option in options
    ]
    ids = inventory.actions.ensure_catalogue(variants, actor=ACTOR)
    places = _locations()
    empty = [pk for pk, free in inventory.queries.available(list(ids.values())).items() if free == 0]
    items = [
        StockItem(variant, place, 40 + 60 * (position == 0))
        for variant in empty
        for position, place in enumerate(places)
    ]
    if items:
        inventory.actions.receive(items, note="Opening stock", actor=ACTOR)
    return sorted(ids)


def _locations() -> list[uuid.UUID]:
    known = inventory.queries.location_ids([code for code, *_ in _LOCATIONS])
    for code, name, postal_code, priority, shop_floor_units in _LOCATIONS:
        if code not in known:
            made = inventory.actions.create_location(
                code=code,
                name=name,
                country="GB",
                postal_code=postal_code,
                priority=priority,
                shop_floor_units=shop_floor_units,
                actor=ACTOR,
            )
            known[code] = made.pk
    return [known[code] for code, *_ in _LOCATIONS]


def _shop(name: str, skus: Sequence[str]) -> Shop:
    client_id = ensure_storefront(name).pk
    people = [_customer(client_id, person, index) for index, person in enumerate(_PEOPLE)]
    return Shop(client_id, people, skus)


def _customer(client_id: uuid.UUID, name: str, index: int) -> uuid.UUID:
    email = f"{name.lower().replace(' ', '.')}@example.com"
    known = customers.queries.customer_id_of(client_id, email)
    if known is not None:
        return known
    made = customers.actions.create_customer(client_id=client_id, email=email, name=name, actor=ACTOR)
    city, postal_code = _CITIES[index % len(_CITIES)]
    address = NewAddress(
        name=name,
        line1=f"{index + 1} {_STREETS[index % len(_STREETS)]}",
        city=city,
        postal_code=postal_code,
        country="GB",
    )
    customers.actions.add_address(made.pk, address, actor=ACTOR)
    return made.pk


def _order(shop: Shop, index: int, ref: str) -> None:
    """Order `index` of the demo: the same one each time, taken as far as its turn in the list of journeys says."""
    chance = random.Random(index)  # noqa: S311 - the same demo each time, not a secret
    journey = _JOURNEYS[index // len(STOREFRONTS) % len(_JOURNEYS)]
    lines = [NewLine(sku, chance.randint(1, 3)) for sku in chance.sample(shop.skus, chance.randint(1, 4))]
    new = NewOrder(
        currency="GBP",
        lines=lines,
        customer_id=chance.choice(shop.customer_ids),
        external_ref=ref,
        delivery_method=chance.choice((STANDARD, STANDARD, EXPRESS)),
        tags=chance.choice(((), (), ("gift",), ("vip",))),
        placed_at=timezone.now() - dt.timedelta(hours=chance.randint(1, 30 * 24)),
    )
    if journey is _draft:
        orders.actions.create_draft(new, client_id=shop.client_id, actor=ACTOR)
    else:
        order = orders.actions.place_order(new, client_id=shop.client_id, actor=ACTOR)
        journey(Placed(order.pk, order.number, order.total))


def _draft(_order: Placed) -> None:
    """A checkout under way: made by create_draft, with nothing to do after."""


def _placed(_order: Placed) -> None:
    """Waits for its payment."""


def _paid(order: Placed) -> None:
    orders.actions.record_payment(
        order.pk, method="bank_transfer", amount=order.total, reference=f"BT-{order.number}", actor=ACTOR
    )


def _held(order: Placed) -> None:
    _paid(order)
    orders.actions.place_hold(order.pk, reason="fraud_review", note="Two cards from one address.", actor=ACTOR)


def _released(order: Placed) -> None:
    _paid(order)
    orders.actions.release_order(order.pk, actor=ACTOR)
    shipping.actions.open_shipments(order.pk, actor=ACTOR)


def _packed(order: Placed) -> None:
    _released(order)
    for shipment in shipping.queries.shipments_of(order.pk):
        shipping.actions.pack_shipment(shipment.pk, actor=ACTOR)


def _part_shipped(order: Placed) -> None:
    _released(order)
    shipment = shipping.queries.shipments_of(order.pk)[0]
    units = {line.order_line_id: line.quantity for line in shipment.lines.all()}
    if len(units) > 1:
        first = next(iter(units))
        shipping.actions.split_shipment(shipment.pk, {first: units[first]}, actor=ACTOR)
    _dispatch(order, shipment.pk)


def _shipped(order: Placed) -> None:
    _released(order)
    for shipment in shipping.queries.shipments_of(order.pk):
        _dispatch(order, shipment.pk)


def _in_transit(order: Placed) -> None:
    _shipped(order)
    for shipment in shipping.queries.shipments_of(order.pk):
        shipping.actions.mark_in_transit(shipment.pk, actor=ACTOR)


def _failed(order: Placed) -> None:
    _in_transit(order)
    for shipment in shipping.queries.shipments_of(order.pk):
        shipping.actions.mark_failed(shipment.pk, reason="Nobody at home", actor=ACTOR)


def _returned(order: Placed) -> None:
    _failed(order)
    for shipment in shipping.queries.shipments_of(order.pk):
        shipping.actions.return_to_sender(shipment.pk, restock=True, actor=ACTOR)


def _delivered(order: Placed) -> None:
    _shipped(order)
    for shipment in shipping.queries.shipments_of(order.pk):
        shipping.actions.deliver_shipment(shipment.pk, actor=ACTOR)


def _completed(order: Placed) -> None:
    _delivered(order)
    orders.actions.complete_order(order.pk, actor=ACTOR)


def _cancelled(order: Placed) -> None:
    orders.actions.cancel_order(order.pk, reason="Changed their mind", actor=ACTOR)


def _refunded(order: Placed) -> None:
    _paid(order)
    _cancelled(order)
    payment = orders.queries.payments_of([order.pk]).get()
    orders.actions.refund_payment(order.pk, payment.pk, amount=order.total, note="Cancelled", actor=ACTOR)


def _deleted(order: Placed) -> None:
    orders.actions.delete_order(order.pk, actor=ACTOR)


def _dispatch(order: Placed, shipment_id: uuid.UUID) -> None:
    shipping.actions.dispatch_shipment(
        shipment_id,
        carrier=_CARRIERS[order.number % len(_CARRIERS)],
        tracking_number=f"QM{order.number}GB",
        estimated_delivery=timezone.now().date() + dt.timedelta(days=3),
        actor=ACTOR,
    )


_JOURNEYS: tuple[Callable[[Placed], None], ...] = (
    _placed, _paid, _released, _delivered, _completed, _shipped, _cancelled, _packed, _draft, _held, _in_transit,
    _completed, _part_shipped, _delivered, _placed, _failed, _refunded, _completed, _returned, _deleted,
)  # fmt: skip
