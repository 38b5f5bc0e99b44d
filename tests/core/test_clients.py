"""Clients and their keys: who makes them, what they may be given, and what the database refuses."""

from __future__ import annotations

import re

import pytest
from django.contrib.auth.models import Permission
from django.db import DatabaseError, transaction

from core import clients
from core.actors import Actor
from core.authority import scopes
from core.errors import InvalidInput
from core.models import ApiKey, Client, ClientKind, Event, User
from tests.factories.core import a_client, timeline
from tests.factories.staff import a_person, a_superuser, refused_to

pytestmark = pytest.mark.django_db

SYSTEM = Actor.system("test")


def an_issued_key(client: Client | None = None, *names: str) -> ApiKey:
    return clients.issue_key((client or a_client()).pk, scopes=names or ("orders:read",), actor=SYSTEM)[0]


def test_clients_and_keys_are_told_on_their_client_and_name_who_did_it() -> None:
    root = a_superuser()
    client = clients.create_client(name="Shop", actor=Actor.staff(root))
    key, _ = clients.issue_key(client.pk, scopes=["orders:read"], actor=Actor.staff(root))
    clients.revoke_key(key.pk, actor=Actor.staff(root))
    clients.revoke_key(key.pk, actor=Actor.staff(root))
    assert timeline(client.pk) == ["client.created", "client.key_issued", "client.key_revoked"]
    assert set(Event.objects.values_list("actor_id", flat=True)) == {str(root.pk)}
    assert Event.objects.get(type="client.key_issued").data["key_id"] == str(key.pk)


@pytest.mark.parametrize("mode", ["live", "test"])
def test_a_key_is_known_by_what_it_begins_with(mode: str) -> None:
    client = clients.create_client(name="Shop", mode=mode, actor=SYSTEM)
    key, text = clients.issue_key(client.pk, scopes=[], actor=SYSTEM)
    assert re.fullmatch(rf"qm_{mode}_[0-9a-f]{{12}}\.[A-Za-z0-9_-]{{43}}", text)
    assert str(key) == f"qm_{mode}_{key.prefix}…"


@pytest.mark.parametrize("kind", list(ClientKind))
def test_a_key_has_only_scopes_that_exist_and_fit(kind: ClientKind) -> None:
    client = a_client(kind=kind)
    for scope in scopes():
        if kind in scope.kinds:
            assert an_issued_key(client, scope.name).scopes == [scope.name]
        else:
            with refused_to(InvalidInput) as caught:
                an_issued_key(client, scope.name)
            assert [(each.pointer, each.code) for each in caught.value.errors] == [("/scopes", "unfit_scope")]
    with refused_to(InvalidInput) as caught:
        an_issued_key(client, "world:rule", "orders:reads")
    assert caught.value.detail == "There is no scope orders:reads. There is no scope world:rule."


def test_a_name_is_taken_once() -> None:
    a_client("Shop")
    with refused_to(InvalidInput):
        clients.create_client(name="Shop", actor=SYSTEM)


# Who may


@pytest.mark.parametrize("role", ["support_agent", "warehouse", "finance", "auditor"])
def test_most_roles_have_nothing_to_do_with_clients(role: str) -> None:
    key, actor = an_issued_key(), Actor.staff(a_person(role))
    with refused_to():
        clients.create_client(name="Mine", actor=actor)
    with refused_to():
        clients.issue_key(key.client_id, scopes=["orders:read"], actor=actor)
    with refused_to():
        clients.revoke_key(key.pk, actor=actor)


def a_key_clerk(*roles: str) -> User:
    clerk = a_person(*roles)
    clerk.user_permissions.set(Permission.objects.filter(codename="issue_apikey"))
    return clerk


def test_a_key_goes_no_further_than_whoever_issues_it() -> None:
    shop, clerk = a_client(), a_key_clerk("auditor")
    assert clients.issue_key(shop.pk, scopes=["orders:read"], actor=Actor.staff(clerk))
    with refused_to() as caught:
        clients.issue_key(shop.pk, scopes=["orders:read", "orders:write"], actor=Actor.staff(clerk))
    assert caught.value.context == {"scopes": ["orders:write"]}


def test_a_key_has_no_limits_so_that_who_has_one_issues_none_for_it() -> None:
    shop, limited = a_client(), a_key_clerk("finance")
    with refused_to():
        clients.issue_key(shop.pk, scopes=["payments:write"], actor=Actor.staff(limited))
    assert clients.issue_key(shop.pk, scopes=["payments:write"], actor=Actor.staff(a_key_clerk("manager")))


def test_what_is_offered_is_what_may_be_issued() -> None:
    clerk = a_key_clerk("finance")
    offered = {scope.name for scope in clients.scopes_to_issue(a_client(), clerk)}
    assert {"orders:read", "payments:read", "orders:terms"} <= offered
    assert offered.isdisjoint({"payments:write", "orders:write", "stock:write", "book:notify"})


def test_an_administrator_issues_any_key_that_fits() -> None:
    admin = Actor.staff(a_person("administrator"))
    for kind in ClientKind:
        fitting = [scope.name for scope in scopes() if kind in scope.kinds]
        assert clients.issue_key(a_client(kind=kind).pk, scopes=fitting, actor=admin)


# What the database refuses


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"scopes": ["orders:write"]}, "key_is_as_issued"),
        ({"mode": "test"}, "key_is_as_issued"),
        ({"prefix": "0" * 12}, "key_is_as_issued"),
        ({"secret_sha256": "0" * 64}, "key_is_as_issued"),
    ],
)
def test_a_key_stays_as_it_was_issued(change: dict[str, object], rule: str) -> None:
    key = an_issued_key()
    with pytest.raises(DatabaseError, match=rule), transaction.atomic():
        ApiKey.objects.filter(pk=key.pk).update(**change)


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"mode": "test"}, "a key has the mode of its client"),
        ({"mode": "mock"}, "a key has the mode of its client"),
        ({"prefix": "not hex char"}, "key_prefix_is_hexadecimal"),
        ({"secret_sha256": "secret"}, "key_keeps_a_digest"),
    ],
)
def test_a_key_that_is_none_is_refused(change: dict[str, str], rule: str) -> None:
    good = {"client": a_client(), "mode": "live", "prefix": "0" * 12, "secret_sha256": "0" * 64}
    with pytest.raises(DatabaseError, match=rule), transaction.atomic():
        ApiKey.objects.create(**{**good, **change})
    assert ApiKey.objects.create(**good).pk


@pytest.mark.parametrize("change", [{"kind": "carrier"}, {"mode": "test"}])
def test_a_client_stays_what_it_is(change: dict[str, str]) -> None:
    client = a_client()
    with pytest.raises(DatabaseError, match="client_is_of_one_kind"), transaction.atomic():
        Client.objects.filter(pk=client.pk).update(**change)


@pytest.mark.parametrize("fields", [{"kind": "pirate"}, {"mode": "mock"}])
def test_a_client_of_no_known_kind_is_refused(fields: dict[str, str]) -> None:
    with pytest.raises(DatabaseError, match="_known"), transaction.atomic():
        Client.objects.create(name="Shop", **fields)
