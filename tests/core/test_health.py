from __future__ import annotations

import orjson
import pytest
from django.db import connection
from django.test import Client as Browser
from pytest_django import DjangoAssertNumQueries, Settings

from core import health


def test_a_live_process_says_so_without_a_database() -> None:
    response = Browser().get("/health/live")
    assert (response.status_code, orjson.loads(response.content)) == (200, {"status": "ok"})


@pytest.mark.django_db
def test_a_process_that_can_serve_is_ready() -> None:
    response = Browser().get("/health/ready")
    assert response.status_code == 200
    assert orjson.loads(response.content)["checks"] == {"database": True, "redis": True, "migrations": True}


@pytest.mark.django_db
def test_applied_migrations_are_looked_for_once(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    Browser().get("/health/ready")
    with django_assert_num_queries(1):
        Browser().get("/health/ready")


@pytest.mark.django_db
def test_without_redis_it_is_not_ready(settings: Settings) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    response = Browser().get("/health/ready")
    assert response.status_code == 503
    assert orjson.loads(response.content)["checks"] == {"database": True, "redis": False, "migrations": True}


@pytest.mark.django_db
def test_with_a_migration_to_apply_it_is_not_ready() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'core'")
    migrations = health._Migrations()
    assert not migrations.all_applied()
