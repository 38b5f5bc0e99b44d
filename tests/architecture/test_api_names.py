"""The names of the HTTP API follow docs/style.md: references, orderings, schemas, operations."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.urls import URLPattern, URLResolver, get_resolver

from core.transitions import declared
from orders.models import Order
from shipping.models import Shipment

DOCUMENT: dict[str, Any] = yaml.safe_load(Path("docs/openapi.yaml").read_text())
"""As committed; ./run check refuses a stale copy."""

SCHEMAS: dict[str, Any] = DOCUMENT["components"]["schemas"]
NOUNS = {"client", "customer", "location", "line", "order", "payment", "product", "shipment", "variant"}
CLOUD_EVENTS = {(schema, name) for schema in ("Event", "LoggedEvent") for name in ("clientid", "id", "subject")}
"""Named by the CloudEvents standard."""


def operations() -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in DOCUMENT["paths"].items():
        yield from ((path, operation) for operation in methods.values())


def lists() -> Iterator[Any]:
    for path, operation in operations():
        for each in operation.get("parameters", ()):
            if each["name"] == "ordering":
                yield pytest.param(operation, each["schema"]["enum"], id=path)


def test_a_reference_to_another_object_is_its_noun_and_id() -> None:
    wrong = [
        (schema, name)
        for schema, shape in SCHEMAS.items()
        for name, field in shape.get("properties", {}).items()
        if field.get("format") == "uuid" and name != "id" and not name.endswith("_id")
    ]
    assert set(wrong) <= CLOUD_EVENTS


def test_no_field_is_a_bare_noun() -> None:
    fields = {(schema, name) for schema, shape in SCHEMAS.items() for name in shape.get("properties", {})}
    assert {(schema, name) for schema, name in fields if re.sub("^(from|to)_", "", name) in NOUNS} == set()


def test_a_filter_by_another_object_is_its_noun_and_id() -> None:
    names = {
        each["name"]
        for _, operation in operations()
        for each in operation.get("parameters", ())
        if each["in"] == "query" and each["schema"].get("format") == "uuid"
    }
    assert all(name.endswith("_id") for name in names)
    assert {"customer_id", "location_id", "order_id", "product_id"} <= names


@pytest.mark.parametrize(("operation", "orderings"), list(lists()))
def test_a_list_is_ordered_by_fields_that_it_shows_in_both_directions(
    operation: dict[str, Any], orderings: list[str]
) -> None:
    page = operation["responses"]["200"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
    row = SCHEMAS[page]["properties"]["results"]["items"]["$ref"].rpartition("/")[2]
    fields = {name.removeprefix("-") for name in orderings}

    assert page == f"{row}Page"
    assert fields <= SCHEMAS[row]["properties"].keys() - {"id"}
    assert sorted(orderings) == sorted([*fields, *(f"-{name}" for name in fields)])


def test_schemas_are_named_by_what_they_are_and_not_by_their_direction() -> None:
    wrong = re.compile(r"(Answer|Body|Input|Request|Response|Serializer)(Page)?$|^Patched")
    assert [name for name in SCHEMAS if wrong.search(name)] == []


@pytest.mark.parametrize(("model", "prefix"), [(Order, "order"), (Shipment, "shipment")])
def test_a_transition_has_the_name_of_its_route(model: Any, prefix: str) -> None:
    routes = set(_route_names(get_resolver()))
    by_shipments = {"ship", "deliver"} if model is Order else set()
    """Transitions of an order that its shipments cause, so that they have no route."""

    wanted = {f"{prefix}-{name.replace('_', '-')}" for name in declared(model).keys() - by_shipments}

    assert wanted <= routes


def _route_names(resolver: URLResolver) -> Iterator[str]:
    for each in resolver.url_patterns:
        if isinstance(each, URLResolver):
            yield from _route_names(each)
        elif isinstance(each, URLPattern) and each.name:
            yield each.name
