from __future__ import annotations

import datetime as dt
import hashlib

import orjson
import pytest
from django.http import HttpResponse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from core.api.authentication import ApiKeyAuthentication
from core.models import ApiKey
from tests.core.api.conftest import Caller
from tests.core.api.problem_checks import problem
from tests.factories.core import a_client

pytestmark = pytest.mark.django_db

PATH = "/api/v1/shops/"


def told(response: HttpResponse) -> dict[str, object]:
    body = problem(response, 401, "not_authenticated")
    assert response.headers["WWW-Authenticate"] == 'Bearer realm="quartermaster"'
    del body["request_id"]
    return body


def test_a_valid_key_is_let_in(caller: Caller) -> None:
    assert caller.get(PATH).status_code == 200


def test_unknown_wrong_expired_revoked_and_malformed_keys_get_the_same_401(caller: Caller) -> None:
    prefix, _, secret = caller.token.partition(".")
    answers = [
        told(caller.get(PATH, authorization=header))
        for header in (
            "",
            "Bearer",
            caller.token,
            f"Basic {caller.token}",
            f"Bearer {prefix}",
            f"Bearer {prefix}.{secret}x",
            f"Bearer {prefix.replace('live', 'test')}.{secret}",
            f"Bearer {prefix.removeprefix('qm_live_')}.{secret}",
            f"Bearer {prefix.upper()}.{secret}",
            f"Bearer {prefix[:-1]}0.{secret}" if prefix[-1] != "0" else f"Bearer {prefix[:-1]}1.{secret}",
            "Bearer \x00.\x00",
            "Bearer é.ü",
            f"Bearer {'a' * 5000}.{'b' * 5000}",
        )
    ]
    ApiKey.objects.update(expires_at=timezone.now() - dt.timedelta(seconds=1))
    answers.append(told(caller.get(PATH)))
    ApiKey.objects.update(expires_at=None, revoked_at=timezone.now())
    answers.append(told(caller.get(PATH)))
    ApiKey.objects.update(revoked_at=None)
    caller.client.active = False
    caller.client.save()
    answers.append(told(caller.get(PATH)))
    assert all(answer == answers[0] for answer in answers)


def test_a_key_is_looked_up_in_one_statement(caller: Caller, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    caller.get("/api/v1/numbers/1/")
    with django_assert_num_queries(1):
        caller.get("/api/v1/numbers/1/")


def test_only_the_hash_of_a_secret_is_stored(caller: Caller) -> None:
    public, _, secret = caller.token.partition(".")
    assert public == f"qm_live_{caller.key.prefix}"
    assert caller.key.secret_sha256 == hashlib.sha256(secret.encode()).hexdigest()
    assert len(caller.key.prefix) == 12


def test_the_scheme_s_name_may_be_written_in_any_case(caller: Caller) -> None:
    assert caller.get(PATH, authorization=f"bEARER {caller.token}").status_code == 200


def test_a_caller_is_known_by_all_that_was_asked_of_the_database(caller: Caller) -> None:
    request = Request(APIRequestFactory().get("/", HTTP_AUTHORIZATION=f"Bearer {caller.token}"))
    found, key = ApiKeyAuthentication().authenticate(request)
    stored = ApiKey.objects.get()
    fields = ("pk", "client_id", "mode", "prefix", "secret_sha256", "scopes", "expires_at", "revoked_at")
    assert [getattr(key, name) for name in fields] == [getattr(stored, name) for name in fields]
    assert (found.client.pk, found.client.name) == (caller.client.pk, "North storefront")
    assert (found.client.kind, found.client.active) == ("storefront", True)


@pytest.mark.parametrize(("heard", "status"), [(True, 200), (False, 401)])
def test_a_test_key_is_heard_only_where_the_settings_say_so(settings: Settings, heard: bool, status: int) -> None:
    tester = Caller(a_client("Try-out", mode="test"))
    assert tester.token.startswith("qm_test_")
    settings.TEST_KEYS = heard
    assert tester.get(PATH).status_code == status


def test_use_is_noted_once_an_hour(caller: Caller) -> None:
    caller.get(PATH)
    first = ApiKey.objects.get().last_used_at
    caller.get(PATH)
    assert ApiKey.objects.get().last_used_at == first
    ApiKey.objects.update(last_used_at=timezone.now() - dt.timedelta(hours=2))
    caller.get(PATH)
    noted = ApiKey.objects.get().last_used_at
    assert noted is not None
    assert first is not None
    assert noted > first


def test_a_missing_scope_is_403_and_named(caller: Caller) -> None:
    reader = Caller(caller.client, ("shops:read",))
    body = problem(reader.post(PATH, {"name": "Corner"}), 403, "scope_missing")
    assert body["missing_scope"] == "shops:write"


def test_a_view_without_a_declared_scope_is_refused_to_everyone(caller: Caller) -> None:
    problem(caller.get("/api/unscoped/"), 403, "permission_denied")


def test_head_needs_the_scope_of_get(caller: Caller) -> None:
    assert caller.send("HEAD", PATH).status_code == 200
    assert Caller(caller.client, ()).send("HEAD", PATH).status_code == 403


def test_the_answer_to_a_refused_key_names_no_client(caller: Caller) -> None:
    response = caller.get(PATH, authorization="Bearer unknown.unknown")
    assert caller.client.name not in orjson.loads(response.content)["detail"]
