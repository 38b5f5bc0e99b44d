"""Connections that ended while nobody used them are replaced; those that live are not asked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client as Browser

from core.models import Client
from core.postgresql.base import lives

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def idle() -> Iterator[psycopg.Connection[Any]]:
    """A connection beside the pool's."""
    settings = connection.get_connection_params()
    with psycopg.connect(**settings, autocommit=True) as opened:
        yield opened


def last_statement(pid: int) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT query FROM pg_stat_activity WHERE pid = %s", [pid])
        return str(cursor.fetchone()[0])


def end(pid: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])


def test_one_that_lives_is_not_asked(idle: psycopg.Connection[Any]) -> None:
    idle.execute("SELECT 'the last'")
    assert lives(idle)
    assert last_statement(idle.info.backend_pid) == "SELECT 'the last'"


def test_one_that_the_server_ended_is_closed(idle: psycopg.Connection[Any]) -> None:
    end(idle.info.backend_pid)
    assert not lives(idle)
    assert idle.closed


def test_one_that_has_news_is_asked_and_lives(idle: psycopg.Connection[Any]) -> None:
    idle.execute("LISTEN news")
    with connection.cursor() as cursor:
        cursor.execute("NOTIFY news")
    assert lives(idle)
    assert last_statement(idle.info.backend_pid) == ""


def test_a_pooled_one_that_the_server_ended_is_replaced_before_anybody_notices() -> None:
    Client.objects.create(name="North")
    before = pids()
    connection.close()
    with psycopg.connect(**connection.get_connection_params(), autocommit=True) as other:
        for pid in before:
            other.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
    assert Client.objects.get().name == "North"
    assert not before & pids()


def test_a_request_after_the_server_ended_every_connection_is_answered() -> None:
    assert ready().status_code == 200
    connection.close()
    with psycopg.connect(**connection.get_connection_params(), autocommit=True) as other:
        other.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    assert ready().status_code == 200


def pids() -> set[int]:
    """Of the pool's connection that this thread uses."""
    connection.ensure_connection()
    return {connection.connection.info.backend_pid}


def ready() -> HttpResponse:
    response: Any = Browser().get("/health/ready")
    return response  # type: ignore[no-any-return]
