"""The catalogue can be read as of any version."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from core.versions import document_as_of
from inventory.actions import (
    NewVariant,
    create_location,
    create_product,
    ensure_catalogue,
    update_location,
    update_product,
    update_variant,
)
from tests.factories.inventory import ACTOR

pytestmark = pytest.mark.django_db


def documents(subject_type: str, pk: UUID, versions: int) -> list[Any]:
    found = [document_as_of(subject_type, pk, version) for version in range(1, versions + 1)]
    return [row.document if row else None for row in found]


def test_a_product_and_its_variants_keep_their_names_and_prices() -> None:
    product = create_product(
        name="Mug", description="For tea", variants=[NewVariant("MUG", "Blue mug", {"EUR": 500})], actor=ACTOR
    )
    variant = product.variants.get()
    update_product(product.pk, {"name": "Cup"}, actor=ACTOR)
    update_variant(variant.pk, {"prices": {"EUR": 600, "GBP": 550}}, actor=ACTOR)
    update_variant(variant.pk, {"name": "Red mug", "active": False}, actor=ACTOR)
    update_variant(variant.pk, {"stock_policy": "backorder", "restock_days": 9}, actor=ACTOR)
    mug = {"name": "Mug", "description": "For tea", "active": True}
    assert documents("product", product.pk, 2) == [mug, {**mug, "name": "Cup"}]
    blue = {
        "product_id": str(product.pk), "sku": "MUG", "name": "Blue mug", "active": True, "prices": {"EUR": 500},
        "tax_class_code": None, "weight_grams": 0, "stock_policy": "refuse", "available_from": None,
        "restock_days": None,
    }  # fmt: skip
    dearer = {**blue, "prices": {"EUR": 600, "GBP": 550}}
    red = {**dearer, "name": "Red mug", "active": False}
    waits = {**red, "stock_policy": "backorder", "restock_days": 9}
    assert documents("variant", variant.pk, 4) == [blue, dearer, red, waits]


def test_what_an_import_makes_is_kept_too() -> None:
    made = ensure_catalogue([NewVariant("MUG", "Blue mug")], actor=ACTOR)
    (document,) = documents("variant", made["MUG"], 1)
    assert (document["name"], document["prices"]) == ("Blue mug", {})
    assert documents("product", UUID(document["product_id"]), 1) == [
        {"name": "Blue mug", "description": "", "active": True}
    ]


def test_a_location_keeps_its_name_and_country() -> None:
    location = create_location(code="MAIN", name="Main", country="GB", actor=ACTOR)
    update_location(location.pk, {"name": "Leeds"}, actor=ACTOR)
    main = {
        "code": "MAIN", "name": "Main", "country": "GB", "postal_code": "", "priority": 100, "shop_floor_units": 0,
        "active": True,
    }  # fmt: skip
    assert documents("location", location.pk, 2) == [main, {**main, "name": "Leeds"}]
