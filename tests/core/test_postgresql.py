"""Connections that ended while nobody used them are replaced, and those that live are not asked; cursors are reused."""

from __future__ import annotations

import select
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.db import DatabaseError, connection
from django.http import HttpResponse
from django.test import Client as Browser

from core.models import Client
from core.postgresql.base import DatabaseWrapper, lives
from tests.factories.core import a_client

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def idle() -> Iterator[psycopg.Connection[Any]]:
    """A connection beside the pool's."""
    settings = connection.get_connection_params()
    with psycopg.connect(**settings, autocommit=True) as opened:
        yield opened


@pytest.fixture
def kept() -> Iterator[DatabaseWrapper]:
    """A process's one connection, kept between requests; in use."""
    used = connection.settings_dict
    settings = {**used, "CONN_MAX_AGE": 3600, "CONN_HEALTH_CHECKS": True, "OPTIONS": {**used["OPTIONS"], "pool": False}}
    wrapper = DatabaseWrapper(settings)
    wrapper.ensure_connection()
    yield wrapper
    wrapper.close()


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
    assert select.select([idle.fileno()], [], [], 5)[0], "the news hasn't come"
    assert lives(idle)
    assert last_statement(idle.info.backend_pid) == ""


def test_one_in_a_failed_transaction_is_of_no_use_until_it_is_rolled_back(idle: psycopg.Connection[Any]) -> None:
    idle.execute("BEGIN")
    with pytest.raises(psycopg.errors.DivisionByZero):
        idle.execute("SELECT 1 / 0")
    assert not lives(idle)
    idle.execute("ROLLBACK")
    assert lives(idle)


def test_a_pooled_one_that_the_server_ended_is_replaced_before_anybody_notices() -> None:
    a_client("North")
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


def test_a_kept_one_serves_request_after_request_unasked(kept: DatabaseWrapper) -> None:
    pid = told_pid(kept)
    next_request(kept)
    kept.ensure_connection()
    kept.close_if_health_check_failed()
    assert last_statement(pid) == "SELECT pg_backend_pid()"
    assert told_pid(kept) == pid


def test_a_kept_one_that_the_server_ended_is_replaced_before_anybody_notices(kept: DatabaseWrapper) -> None:
    pid = told_pid(kept)
    end(pid)
    next_request(kept)
    assert told_pid(kept) not in {pid, 0}


def test_a_kept_one_that_is_closed_is_of_no_use(kept: DatabaseWrapper) -> None:
    kept.connection.close()
    assert not kept.is_usable()


def told_pid(wrapper: DatabaseWrapper) -> int:
    with wrapper.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


def next_request(wrapper: DatabaseWrapper) -> None:
    """What Django does as one begins."""
    wrapper.close_if_unusable_or_obsolete()


def pids() -> set[int]:
    """Of the pool's connection that this thread uses."""
    connection.ensure_connection()
    return {connection.connection.info.backend_pid}


def ready() -> HttpResponse:
    response: Any = Browser().get("/health/ready")
    return response  # type: ignore[no-any-return]


def told(cursor: Any, number: int) -> Any:
    cursor.execute("SELECT %s::int", [number])
    return cursor.fetchone()


def test_a_cursor_that_was_closed_is_used_for_the_next_statement_and_has_forgotten_its_rows(
    kept: DatabaseWrapper,
) -> None:
    with kept.cursor() as first:
        first.execute("SELECT generate_series(1, 3)")
        inner = first.cursor
    assert (inner.pgresult, inner.rowcount) == (None, -1)
    with kept.cursor() as second:
        assert second.cursor is inner
        assert told(second, 7) == (7,)


def test_two_that_are_open_at_once_are_two_also_when_one_was_closed_twice(kept: DatabaseWrapper) -> None:
    closed = kept.cursor()
    inner = closed.cursor
    closed.close()
    inner.close()
    with kept.cursor() as first, kept.cursor() as second:
        assert first.cursor is not second.cursor
        second.execute("SELECT 2")
        assert told(first, 1) == (1,)
        assert second.fetchone() == (2,)


def test_a_cursor_whose_statement_was_refused_serves_the_next_one(kept: DatabaseWrapper) -> None:
    with pytest.raises(DatabaseError), kept.cursor() as first:
        first.execute("SELECT 1 / 0")
    with kept.cursor() as second:
        assert second.cursor is first.cursor
        assert told(second, 5) == (5,)


def test_another_connection_gets_cursors_of_its_own(kept: DatabaseWrapper) -> None:
    with kept.cursor() as first:
        told(first, 1)
    kept.close()
    with kept.cursor() as second:
        assert second.cursor is not first.cursor
        assert told(second, 2) == (2,)


def test_no_more_than_four_wait_for_their_next_statement(kept: DatabaseWrapper) -> None:
    opened = [kept.cursor() for _ in range(6)]
    for each in opened:
        each.close()
    assert [each.cursor.closed for each in opened] == [False] * 4 + [True] * 2
