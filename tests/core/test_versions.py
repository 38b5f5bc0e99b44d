from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar
from uuid import UUID

import pytest
from django.db import DatabaseError, connection, transaction

from core.actors import Actor
from core.events import DomainEvent
from core.ids import new_id
from core.models import VersionDocument
from core.outbox import record
from core.transactions import UnitOfWorkError, action
from core.versions import document_as_of, keep_version, redact
from inventory.models import Product
from orders.models import Order
from tests.factories.orders import an_empty_order

pytestmark = pytest.mark.django_db

ACTOR = Actor("staff", "7", "alice")
CONTENT = {"email": "ann@example.com", "address": {"city": "London"}, "tags": ["vip"], "total": 250}


@dataclass(frozen=True)
class Happened(DomainEvent):
    type: ClassVar[str] = "test.happened"


@pytest.fixture
def order(db: None) -> Order:
    return an_empty_order()


@action
def happen(order: Order, content: dict[str, Any] | None = None) -> Order:
    locked = Order.objects.locked().get(pk=order.pk)
    record(Happened(), subject=locked, actor=ACTOR)
    if content is not None:
        keep_version(content, subject=locked)
    return locked


@action
def forget(*ids: UUID, fields: tuple[str, ...] = ("email", "address", "tags", "phone")) -> int:
    return redact("order", ids, fields=fields, actor=ACTOR)


def written(order: Order, version: int) -> Any:
    found = document_as_of("order", order.pk, version)
    return found.document if found else None


def test_the_document_as_of_a_version_is_the_latest_written_up_to_it(order: Order) -> None:
    for content in (None, {"n": 1}, None, {"n": 2}, None):
        happen(order, content)
    assert [written(order, version) for version in range(1, 7)] == [None, {"n": 1}, {"n": 1}, *[{"n": 2}] * 3]


def test_a_document_is_its_storefront_s(order: Order) -> None:
    happen(order, {"id": order.pk})
    document = VersionDocument.objects.get()
    assert (document.client_id, document.version, document.document) == (order.client_id, 1, {"id": str(order.pk)})


def test_a_part_has_its_documents_at_the_versions_of_its_whole(order: Order) -> None:
    part = Product(name="Mug")

    @action
    def tell() -> None:
        locked = Order.objects.locked().get(pk=order.pk)
        record(Happened(), subject=locked, actor=ACTOR)
        record(Happened(), subject=locked, actor=ACTOR)
        keep_version({"of": "part"}, subject=locked, part=part)

    tell()
    document = VersionDocument.objects.get()
    assert (document.subject_type, document.subject_id, document.version) == ("product", part.pk, 2)
    assert document.client_id == order.client_id


def test_nothing_is_kept_outside_an_action_nor_when_it_fails(order: Order) -> None:
    with pytest.raises(UnitOfWorkError):
        keep_version({}, subject=order)

    @action
    def fail() -> None:
        record(Happened(), subject=order, actor=ACTOR)
        keep_version({}, subject=order)
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        fail()
    assert not VersionDocument.objects.exists()


def test_a_redaction_takes_the_personal_values_out_of_every_version(order: Order) -> None:
    other = an_empty_order(order.client)
    for each in (order, order, other):
        happen(each, CONTENT)
    assert forget(order.pk) == 2
    for version in (1, 2):
        assert written(order, version) == {"email": None, "address": None, "tags": None, "total": 250}
    document = document_as_of("order", order.pk, 1)
    assert document is not None
    assert document.redacted_by == "staff:7"
    assert document.redacted_at is not None
    assert written(other, 1) == CONTENT


def test_a_redaction_asked_again_changes_nothing(order: Order) -> None:
    happen(order, CONTENT)
    assert forget(order.pk, fields=("email",)) == 1
    before = VersionDocument.objects.values().get()
    assert forget(order.pk, fields=("email", "unknown")) == 0
    assert VersionDocument.objects.values().get() == before
    assert forget(order.pk) == 1


def test_nothing_is_redacted_outside_an_action(order: Order) -> None:
    happen(order, CONTENT)
    with pytest.raises(UnitOfWorkError):
        redact("order", [order.pk], fields=["email"], actor=ACTOR)
    assert written(order, 1) == CONTENT


@pytest.mark.parametrize(
    "change",
    [
        "document = '{}'",
        "document = document || '{\"total\": 1}', redacted_at = now(), redacted_by = 'staff:7'",
        "document = document || '{\"new\": 1}', redacted_at = now(), redacted_by = 'staff:7'",
        "document = document || '{\"tags\": [\"else\"]}', redacted_at = now(), redacted_by = 'staff:7'",
        "document = document || '{\"email\": null}', redacted_at = now()",
        "redacted_by = 'staff:7'",
        "version = 9, redacted_at = now(), redacted_by = 'staff:7'",
        "recorded_at = now() - interval '1 year', redacted_at = now(), redacted_by = 'staff:7'",
        "client_id = NULL, redacted_at = now(), redacted_by = 'staff:7'",
    ],
)
def test_the_database_refuses_every_change_but_a_redaction(order: Order, change: str) -> None:
    happen(order, CONTENT)
    before = VersionDocument.objects.values().get()
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE core_versiondocument SET {change}")
    assert VersionDocument.objects.values().get() == before


def test_a_redaction_is_not_undone(order: Order) -> None:
    happen(order, CONTENT)
    forget(order.pk)
    before = VersionDocument.objects.values().get()
    for change in ("redacted_at = NULL, redacted_by = ''", 'document = document || \'{"email": "ann@example.com"}\''):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"UPDATE core_versiondocument SET {change}")
    assert VersionDocument.objects.values().get() == before


def test_a_document_is_neither_deleted_nor_written_twice(order: Order) -> None:
    happen(order, CONTENT)
    with pytest.raises(DatabaseError, match="Cannot delete"), transaction.atomic():
        VersionDocument.objects.all().delete()
    with pytest.raises(DatabaseError, match="version_document_once"), transaction.atomic():
        VersionDocument.objects.create(subject_type="order", subject_id=order.pk, version=1, document={})
    VersionDocument.objects.create(subject_type="order", subject_id=new_id(), version=1, document={})
    assert VersionDocument.objects.count() == 2
