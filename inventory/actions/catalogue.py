"""What is offered and where it is kept: products, variants with their prices, locations."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypedDict

from django.db import IntegrityError, transaction

from core.actors import Actor
from core.changes import apply_changes
from core.errors import FieldProblem, InvalidInput
from core.money import require_currency
from core.outbox import record
from core.text import fold, normal
from core.transactions import action, step
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
from inventory.queries import location_ids, variant_ids
from inventory.statuses import StockPolicy
from inventory.versions import location_content, product_content, variant_content
from taxes.queries import tax_classes_of


@dataclass(frozen=True)
class NewVariant:
    """A variant to be made; `prices` are minor units by currency. Only a preorder has a date `available_from`.

    Without a tax class it is of the standard one. `weight_grams` is of one unit, packed. Units that wait can be
    expected after `restock_days`; None if nobody knows.
    """

    sku: str
    name: str
    prices: Mapping[str, int] = field(default_factory=dict)
    stock_policy: str = StockPolicy.REFUSE
    available_from: dt.date | None = None
    restock_days: int | None = None
    tax_class_code: str | None = None
    weight_grams: int = 0


class ProductChanges(TypedDict, total=False):
    name: str
    description: str
    active: bool


class VariantChanges(TypedDict, total=False):
    """`prices` replaces all prices of the variant: minor units by currency. No tax class means the standard one."""

    name: str
    active: bool
    stock_policy: str
    available_from: dt.date | None
    restock_days: int | None
    prices: Mapping[str, int]
    tax_class_code: str | None
    weight_grams: int


class _VariantColumns(TypedDict, total=False):
    """What VariantChanges comes to in the variant's own row."""

    name: str
    active: bool
    stock_policy: str
    available_from: dt.date | None
    restock_days: int | None
    tax_class: Any
    weight_grams: int


class LocationChanges(TypedDict, total=False):
    name: str
    country: str
    postal_code: str
    priority: int
    shop_floor_units: int
    active: bool


@action
def create_product(*, name: str, description: str = "", variants: Sequence[NewVariant] = (), actor: Actor) -> Product:
    """Raises SkuTaken when a variant with one of the SKUs exists.

    Raises InvalidInput when a SKU is given twice, and as add_variant.
    """
    _refuse_repeated(variants)
    for position, new in enumerate(variants):
        _require_fitting(new, f"/variants/{position}")
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
    _require_fitting(variant)
    product = get_locked(Product.objects.locked(), product_id)
    return _insert_variants([product], [variant], actor, at="")[0]


@action
def update_variant(
    variant_id: uuid.UUID, changes: VariantChanges, *, actor: Actor, expected_version: int | None = None
) -> Variant:
    """Orders keep the price and name that they were placed with, and wait if they wait.

    Raises NotFound, StaleVersion, InvalidInput for an unknown currency or tax class, or a date `available_from` without
    a preorder.
    """
    variants = Variant.objects.locked().select_related("tax_class")
    variant = get_locked(variants, variant_id, expected_version=expected_version)
    own: dict[str, Any] = {**changes}
    prices: Mapping[str, int] | None = own.pop("prices", None)
    if "tax_class_code" in own:
        code = own.pop("tax_class_code")
        own["tax_class"] = _tax_classes({"/tax_class_code": code}).get(code)
    changed = list(apply_changes(variant, own, _VariantColumns))
    _require_fitting_date(variant.stock_policy, variant.available_from, "/available_from")
    if prices is not None and _replace_prices(variant, prices):
        changed.append("prices")
    if changed:
        told = ["tax_class_code" if name == "tax_class" else name for name in changed]
        record(VariantUpdated(sku=variant.sku, changed=told), subject=variant, actor=actor)
        keep_version(variant_content(variant, _prices_of(variant)), subject=variant)
        variant.save(update_fields=[*(name for name in changed if name != "prices"), "updated_at"])
    return variant


@action
def create_location(
    *,
    code: str,
    name: str,
    country: str = "",
    postal_code: str = "",
    priority: int = 100,
    shop_floor_units: int = 0,
    active: bool = True,
    actor: Actor,
) -> Location:
    """Lower priority numbers are drawn from first. Raises LocationCodeTaken."""
    location = Location(
        code=code, name=name, country=country, postal_code=postal_code, priority=priority,
        shop_floor_units=shop_floor_units, active=active,
    )  # fmt: skip
    record(LocationCreated(code=code), subject=location, actor=actor)
    keep_version(location_content(location), subject=location)
    try:
        with transaction.atomic():
            location.save(force_insert=True)
    except IntegrityError:
        raise LocationCodeTaken(code, location_ids([code])[code]) from None
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

    Returns the variant's id of every SKU; those that differ in the case of their letters alone are one. Raises
    InvalidInput when a SKU is given twice, or for an unknown currency, SkuTaken when another caller has made one in
    this instant.
    """
    return ensure_variants(items, actor=actor)


@step
def ensure_variants(items: Sequence[NewVariant], *, actor: Actor) -> dict[str, uuid.UUID]:
    """As ensure_catalogue, for an action that does other things besides."""
    _refuse_repeated(items, normal)
    for item in items:
        _require_currencies(item.prices)
    known = _ids_by_sku(items)
    new = list({fold(item.sku): item for item in reversed(items) if item.sku not in known}.values())
    products = [Product(name=item.name) for item in new]
    for product in products:
        record(ProductCreated(), subject=product, actor=actor)
        keep_version(product_content(product), subject=product)
    Product.objects.bulk_create(products)
    _note_stored(products)
    made = {fold(variant.sku): variant.pk for variant in _insert_variants(products, new, actor)}
    return known | {item.sku: made[fold(item.sku)] for item in items if item.sku not in known}


def _insert_variants(
    products: Sequence[Product], variants: Sequence[NewVariant], actor: Actor, *, at: str = "/variants/{}"
) -> list[Variant]:
    """One variant for each product of the list. Raises InvalidInput for an unknown tax class, at its place in the body:
    `at` with the variant's position.
    """
    classes = _tax_classes({f"{at.format(i)}/tax_class_code": new.tax_class_code for i, new in enumerate(variants)})
    rows = [
        Variant(
            product=product,
            sku=new.sku,
            name=new.name,
            stock_policy=new.stock_policy,
            available_from=new.available_from,
            restock_days=new.restock_days,
            tax_class=classes.get(new.tax_class_code),
            weight_grams=new.weight_grams,
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


def _tax_classes(codes: Mapping[str, str | None]) -> Mapping[str | None, Any]:
    """The tax classes by their codes, which come by their JSON pointer; None, the standard one, has none.

    Raises InvalidInput for a code that doesn't exist.
    """
    named = {code for code in codes.values() if code is not None}
    found: dict[Any, Any] = {**tax_classes_of(named)} if named else {}
    problems = [
        FieldProblem(pointer, "unknown_tax_class", f"There is no tax class {code}.")
        for pointer, code in codes.items()
        if code is not None and code not in found
    ]
    if problems:
        raise InvalidInput(problems[0].detail, errors=problems)
    return found


def _prices_of(variant: Variant) -> dict[str, int]:
    return dict(variant.prices.values_list("currency", "amount"))


def _replace_prices(variant: Variant, prices: Mapping[str, int]) -> bool:
    """Whether anything changed. A price in a currency that was withdrawn since may stay."""
    had = _prices_of(variant)
    if had == dict(prices):
        return False
    _require_currencies(prices.keys() - had.keys())
    variant.prices.exclude(currency__in=prices).delete()
    Price.objects.bulk_create(
        [Price(variant=variant, currency=currency, amount=amount) for currency, amount in prices.items()],
        update_conflicts=True,
        unique_fields=["variant", "currency"],
        update_fields=["amount"],
    )
    return True


def _require_fitting(new: NewVariant, pointer: str = "") -> None:
    _require_fitting_date(new.stock_policy, new.available_from, f"{pointer}/available_from")
    _require_currencies(new.prices, pointer)


def _require_currencies(prices: Iterable[str], pointer: str = "") -> None:
    for currency in prices:
        require_currency(currency, f"{pointer}/prices")


def _require_fitting_date(policy: str, available_from: dt.date | None, pointer: str) -> None:
    if available_from is not None and policy != StockPolicy.PREORDER:
        detail = "Only a preorder has a date from which it is available: make it null, or the policy preorder."
        raise InvalidInput.at(pointer, "not_a_preorder", detail)


def _refuse_repeated(variants: Sequence[NewVariant], folded: Callable[[str], str] = fold) -> None:
    seen: set[str] = set()
    problems = []
    for position, variant in enumerate(variants):
        if folded(variant.sku) in seen:
            pointer = f"/variants/{position}/sku"
            problems.append(FieldProblem(pointer, "repeated", f"{variant.sku} is named more than once."))
        seen.add(folded(variant.sku))
    if problems:
        raise InvalidInput("A SKU belongs to one variant.", errors=problems)


def _ids_by_sku(variants: Iterable[NewVariant]) -> dict[str, uuid.UUID]:
    return variant_ids([variant.sku for variant in variants])


def _note_stored(rows: Iterable[Product | Variant]) -> None:
    """What save() does: bulk_create() has stored the versions too."""
    for row in rows:
        row.stored_version = row.version
