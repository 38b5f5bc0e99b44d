from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
import yaml
from django.core.management import CommandError, call_command
from django.test import Client as Browser
from django.urls import clear_url_caches
from drf_spectacular.drainage import GENERATOR_STATS, reset_generator_stats
from drf_spectacular.validation import validate_schema
from jsonschema_rs import validator_for
from pytest_django import Settings

from core.api.schema import generate


@pytest.fixture
def document() -> dict[str, Any]:
    clear_url_caches()
    reset_generator_stats()
    return generate()


def test_the_document_is_valid_openapi_3_1_without_warnings(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1")
    assert not GENERATOR_STATS
    validate_schema(document)  # type: ignore[no-untyped-call]


def test_every_operation_states_its_scope_and_its_problems(document: dict[str, Any]) -> None:
    operation = document["paths"]["/api/v1/shops/{shop_id}/"]["patch"]
    assert operation["security"] == [{"ApiKey": ["shops:write"]}]
    assert {"400", "401", "403", "404", "409", "412", "413", "415", "428", "429", "503"} <= operation[
        "responses"
    ].keys()
    assert "If-Match" in {each["name"] for each in operation["parameters"] if each.get("required")}
    assert operation["responses"]["200"]["headers"]["ETag"]


def test_an_action_needs_an_idempotency_key(document: dict[str, Any]) -> None:
    operation = document["paths"]["/api/v1/shops/"]["post"]
    required = {each["name"] for each in operation["parameters"] if each.get("required")}
    assert "Idempotency-Key" in required
    assert {"201", "409", "422"} <= operation["responses"].keys()
    assert operation["responses"]["201"]["headers"]["Location"]


def test_a_list_states_its_parameters_and_page(document: dict[str, Any]) -> None:
    operation = document["paths"]["/api/v1/shops/"]["get"]
    parameters = {each["name"]: each for each in operation["parameters"]}
    assert {"limit", "cursor", "ordering", "kind", "name", "created_after", "expand"} <= parameters.keys()
    assert set(parameters["kind"]["schema"]["enum"]) == {"storefront", "carrier", "warehouse", "back_office"}
    assert parameters["ordering"]["schema"]["enum"] == ["-created_at", "name"]
    assert set(document["components"]["schemas"]["ShopPage"]["properties"]) == {"results", "next", "previous"}


def test_what_is_blank_is_outside_the_schema_of_a_text_filter(document: dict[str, Any]) -> None:
    name = {each["name"]: each for each in document["paths"]["/api/v1/shops/"]["get"]["parameters"]}["name"]
    is_valid = validator_for(name["schema"]).is_valid
    blanks = [character for character in map(chr, range(sys.maxunicode + 1)) if character.isspace()]
    assert [f"{ord(blank):04x}" for blank in blanks if is_valid(blank)] == []
    assert is_valid("a\x1e")


def test_operation_ids_read_as_nouns_and_verbs(document: dict[str, Any]) -> None:
    names = {op["operationId"] for path in document["paths"].values() for op in path.values()}
    assert {"shops_list", "shops_create", "shops_get", "shops_update", "shops_close"} <= names


def test_the_document_and_its_reader_are_served_with_local_assets_and_no_key() -> None:
    response = Browser().get("/api/schema/")
    assert orjson.loads(response.content)["openapi"].startswith("3.1")
    page = Browser().get("/api/docs/")
    assert page.status_code == 200
    assert b"/static/drf_spectacular_sidecar/" in page.content
    assert b"cdn." not in page.content


def test_the_file_is_written_and_checked(settings: Settings, tmp_path: Any) -> None:
    settings.BASE_DIR = tmp_path
    (tmp_path / "docs").mkdir()
    with pytest.raises(CommandError, match=r"Run `manage\.py openapi`"):
        call_command("openapi", check=True)
    call_command("openapi")
    call_command("openapi", check=True)
    (tmp_path / "docs" / "openapi.yaml").write_text("openapi: 3.1.1")
    with pytest.raises(CommandError, match="not what the code says"):
        call_command("openapi", check=True)


def objects_in(schema: Any, components: dict[str, Any], seen: set[str]) -> Iterator[tuple[str, Any]]:
    """The objects that a schema is made of, each with the name of its component ("" without one)."""
    if isinstance(schema, list):
        for each in schema:
            yield from objects_in(each, components, seen)
    elif isinstance(schema, dict):
        name = schema.get("$ref", "").rpartition("/")[2]
        if name and name not in seen:
            seen.add(name)
            yield name, components[name]
            yield from objects_in(components[name], components, seen)
        for each in schema.values():
            yield from objects_in(each, components, seen)


def test_whatever_a_body_may_have_in_it_says_that_it_takes_no_other_fields() -> None:
    """A component that an answer has too must be one of its own: what is answered may get more fields."""
    told = yaml.safe_load((Path(__file__).parents[3] / "docs" / "openapi.yaml").read_text())
    components, seen = told["components"]["schemas"], set[str]()
    bodies = [operation.get("requestBody") for path in told["paths"].values() for operation in path.values()]
    taken = dict(objects_in(bodies, components, seen))
    objects = {name: each for name, each in taken.items() if "properties" in each}
    open_ones = {name for name, each in objects.items() if each.get("additionalProperties") is not False}
    assert open_ones == {"NotifyOfFiles"}, "the store of files notifies with fields of its own"
    assert len(taken) > 60
