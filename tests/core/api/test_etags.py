from __future__ import annotations

import pytest

from core.models import Client
from tests.core.api.conftest import Caller
from tests.core.api.problem_checks import problem

pytestmark = pytest.mark.django_db


@pytest.fixture
def path(caller: Caller) -> str:
    return f"/api/v1/shops/{caller.client.pk}/"


def test_an_object_is_answered_with_a_strong_etag(caller: Caller, path: str) -> None:
    assert caller.get(path).headers["ETag"] == '"v17"'


@pytest.mark.parametrize("header", ['"v17"', 'W/"v17"', "*", '"v1", "v17"'])
def test_a_get_of_a_known_version_is_304_without_a_body(caller: Caller, path: str, header: str) -> None:
    response = caller.get(path, if_none_match=header)
    assert (response.status_code, response.content, response.headers["ETag"]) == (304, b"", '"v17"')


def test_a_get_of_another_version_is_answered(caller: Caller, path: str) -> None:
    assert caller.get(path, if_none_match='"v16"').status_code == 200


def test_a_patch_of_the_current_version_is_done(caller: Caller, path: str) -> None:
    response = caller.patch(path, {"name": "Renamed"}, if_match='"v17"')
    assert (response.status_code, response.headers["ETag"]) == (200, '"v18"')
    assert Client.objects.get().name == "Renamed"


def test_a_patch_without_if_match_is_428_and_changes_nothing(caller: Caller, path: str) -> None:
    problem(caller.patch(path, {"name": "Renamed"}), 428, "if_match_missing")
    assert Client.objects.get().name == "North storefront"


@pytest.mark.parametrize(
    "header", ['"v16"', 'W/"v17"', "*", "v17", '"17"', '"v17", "v16"', '"v017"', '"v99999999999999"', "é"]
)
def test_a_stale_weak_or_foreign_if_match_is_412_with_the_current_etag(caller: Caller, path: str, header: str) -> None:
    body = problem(caller.patch(path, {"name": "Renamed"}, if_match=header), 412, "stale_version")
    assert body["current_etag"] == '"v17"'
    assert Client.objects.get().name == "North storefront"
