"""What is offered and where it is kept: products, variants with their prices, locations."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypedDict

from django.db import IntegrityError, transaction

from core.actors import Actor
from core.changes import apply_changes
from core.errors import FieldProblem, InvalidInput
from core.outbox import record
from core.transactions import action
from core.versions import keep_version
from inventory.actions.locking import get_locked
from inventory.errors import LocationCodeTaken, SkuTaken
from inventory.events import (
    LocationCreated,
    LocationUpdated,
    ProductCreated,
    ProductUpdated,
    VariantCreated,
    VariantUpdated,
)
from inventory.models import Location, Price, Product, Variant
from inventory.statuses import StockPolicy
from inventory.versions import location_content, product_content, variant_content


@dataclass(frozen=True)
class NewVariant:
    """A variant to be made; `prices` are minor units by currency. Only a preorder has a date `available_from`."""

    sku: str
    name: str
    prices: Mapping[str, int] = field(default_factory=dict)
    stock_policy: str = StockPolicy.REFUSE
    available_from: dt.date | None = None


class ProductChanges(TypedDict, total=False):
    name: str
    description: str
    active: bool


class VariantChanges(TypedDict, total=False):
    """`prices` replaces all prices of the variant: minor units by currency."""

    name: str
    active: bool
    stock_policy: str
    available_from: dt.date | None
    prices: Mapping[str, int]


class LocationChanges(TypedDict, total=False):
    name: str
    country: str
    priority: int
    active: bool


@action
def create_product(*, name: str, description: str = "", variants: Sequence[NewVariant] = (), actor: Actor) -> Product:
    """Raises SkuTaken when a variant with one of the SKUs exists, InvalidInput when a SKU is given twice."""
    _refuse_repeated(variants)
    for position, new in enumerate(variants):
        _require_fitting_date(new.stock_policy, new.available_from, f"/variants/{position}/available_from")
    product = Product(name=name, description=description)
    record(ProductCreated(), subject=product, actor=actor)
    keep_version(product_content(product), subject=product)
    product.save(force_insert=True)
    _insert_variants([product] * len(variants), variants, actor)
    return product


@action
def update_product(
    product_id: uuid.UUID, changes: ProductChanges, *, actor: Actor, expected_version: int | None = None
) -> Product:
    """Raises NotFound, StaleVersion."""
    product = get_locked(Product.objects.locked(), product_id, expected_version=expected_version)
    changed = list(apply_changes(product, changes, ProductChanges))
    if changed:
        record(ProductUpdated(changed=changed), subject=product, actor=actor)
        keep_version(product_content(product), subject=product)
        product.save(update_fields=[*changed, "updated_at"])
    return product


@action
def add_variant(product_id: uuid.UUID, variant: NewVariant, *, actor: Actor) -> Variant:
    """Raises NotFound for the product, SkuTaken, InvalidInput as update_variant."""
    _require_fitting_date(variant.stock_policy, variant.available_from, "/available_from")
    product = get_locked(Product.objects.locked(), product_id)
    return _insert_variants([product], [variant], actor)[0]


@action
def update_variant(
    variant_id: uuid.UUID, changes: VariantChanges, *, actor: Actor, expected_version: int | None = None
) -> Variant:
    """Orders keep the price and name that they were placed with, and wait if they wait.

    Raises NotFound, StaleVersion, InvalidInput when a variant that is no preorder would have a date `available_from`.
    """
    variant = get_locked(Variant.objects.locked(), variant_id, expected_version=expected_version)
    own: dict[str, Any] = {**changes}
    prices: Mapping[str, int] | None = own.pop("prices", None)
    changed = list(apply_changes(variant, own, VariantChanges))
    _require_fitting_date(variant.stock_policy, variant.available_from, "/available_from")
    if prices is not None and _replace_prices(variant, prices):
        changed.append("prices")
    if changed:
        record(VariantUpdated(sku=variant.sku, changed=changed), subject=variant, actor=actor)
        keep_version(variant_content(variant, _prices_of(variant)), subject=variant)
        variant.save(update_fields=[*(name for name in changed if name != "prices"), "updated_at"])
    return variant


@action
def create_location(
    *, code: str, name: str, country: str = "", priority: int = 100, active: bool = True, actor: Actor
) -> Location:
    """Lower priority numbers are drawn from first. Raises LocationCodeTaken."""
    location = Location(code=code, name=name, country=country, priority=priority, active=active)
    record(LocationCreated(code=code), subject=location, actor=actor)
    keep_version(location_content(location), subject=location)
    try:
        with transaction.atomic():
            location.save(force_insert=True)
    except IntegrityError:
        raise LocationCodeTaken(code, Location.objects.get(code=code).pk) from None
    return location


@action
def update_location(
    location_id: uuid.UUID, changes: LocationChanges, *, actor: Actor, expected_version: int | None = None
) -> Location:
    """Raises NotFound, StaleVersion."""
    location = get_locked(Location.objects.locked(), location_id, expected_version=expected_version)
    changed = list(apply_changes(location, changes, LocationChanges))
    if changed:
        record(LocationUpdated(code=location.code, changed=changed), subject=location, actor=actor)
        keep_version(location_content(location), subject=location)
        location.save(update_fields=changed)
    return location


@action
def ensure_catalogue(items: Sequence[NewVariant], *, actor: Actor) -> dict[str, uuid.UUID]:
    """Make the SKUs that aren't known yet, each a product of its own; those that are known stay as they are.

    Returns the variant's id of every SKU. Raises InvalidInput when a SKU is given twice.
    """
    _refuse_repeated(items)
    known = _ids_by_sku(items)
    new = [item for item in items if item.sku not in known]
    products = [Product(name=item.name) for item in new]
    for product in products:
        record(ProductCreated(), subject=product, actor=actor)
        keep_version(product_content(product), subject=product)
    Product.objects.bulk_create(products)
    _note_stored(products)
    made = _insert_variants(products, new, actor)
    return known | {variant.sku: variant.pk for variant in made}


def _insert_variants(products: Sequence[Product], variants: Sequence[NewVariant], actor: Actor) -> list[Variant]:
    """One variant for each product of the list."""
    rows = [
        Variant(
            product=product,
            sku=new.sku,
            name=new.name,
            stock_policy=new.stock_policy,
            available_from=new.available_from,
        )
        for product, new in zip(products, variants, strict=True)
    ]
    for row, new in zip(rows, variants, strict=True):
        record(VariantCreated(sku=new.sku, prices=dict(new.prices)), subject=row, actor=actor)
        keep_version(variant_content(row, new.prices), subject=row)
    try:
        with transaction.atomic():
            Variant.objects.bulk_create(rows)
    except IntegrityError:
        raise SkuTaken(_ids_by_sku(variants)) from None
    _note_stored(rows)
    Price.objects.bulk_create(
        Price(variant=row, currency=currency, amount=amount)
        for row, new in zip(rows, variants, strict=True)
        for currency, amount in new.prices.items()
    )
    return rows


def _prices_of(variant: Variant) -> dict[str, int]:
    return dict(variant.prices.values_list("currency", "amount"))


def _replace_prices(variant: Variant, prices: Mapping[str, int]) -> bool:
    """Whether anything changed."""
    if _prices_of(variant) == dict(prices):
        return False
    variant.prices.exclude(currency__in=prices).delete()
    Price.objects.bulk_create(
        [Price(variant=variant, currency=currency, amount=amount) for currency, amount in prices.items()],
        update_conflicts=True,
        unique_fields=["variant", "currency"],
        update_fields=["amount"],
    )
    return True


def _require_fitting_date(policy: str, available_from: dt.date | None, pointer: str) -> None:
    if available_from is not None and policy != StockPolicy.PREORDER:
        detail = "Only a preorder has a date from which it is available: make it null, or the policy preorder."
        raise InvalidInput.at(pointer, "not_a_preorder", detail)


def _refuse_repeated(variants: Sequence[NewVariant]) -> None:
    seen: set[str] = set()
    problems = []
    for position, variant in enumerate(variants):
        if variant.sku in seen:
            pointer = f"/variants/{position}/sku"
            problems.append(FieldProblem(pointer, "repeated", f"{variant.sku} is named more than once."))
        seen.add(variant.sku)
    if problems:
        raise InvalidInput("A SKU belongs to one variant.", errors=problems)


def _ids_by_sku(variants: Iterable[NewVariant]) -> dict[str, uuid.UUID]:
    skus = [variant.sku for variant in variants]
    return dict(Variant.objects.filter(sku__in=skus).order_by().values_list("sku", "pk"))


def _note_stored(rows: Iterable[Product | Variant]) -> None:
    """What save() does: bulk_create() has stored the versions too."""
    for row in rows:
        row.stored_version = row.version
