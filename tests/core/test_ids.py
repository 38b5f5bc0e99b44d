from __future__ import annotations

import time
import uuid

import pytest
from django.db import connection

from core.ids import new_id


def test_ids_are_version_7_unique_and_sort_by_their_making() -> None:
    made = [new_id() for _ in range(10_000)]
    assert {each.version for each in made} == {7}
    assert len(set(made)) == len(made)
    assert made == sorted(made)


@pytest.mark.django_db
def test_the_database_makes_them_too() -> None:
    before = time.time()
    with connection.cursor() as cursor:
        cursor.execute("SELECT core_uuid7() FROM generate_series(1, 10000)")
        made = [row[0] for row in cursor.fetchall()]
    after = time.time()
    assert {(each.version, each.variant) for each in made} == {(7, uuid.RFC_4122)}
    assert len(set(made)) == len(made)
    assert [each.int >> 64 for each in made] == sorted(each.int >> 64 for each in made)
    assert all(before - 1 <= (each.int >> 80) / 1000 <= after + 1 for each in (made[0], made[-1]))


@pytest.mark.django_db
def test_ids_of_the_database_and_of_python_sort_among_each_other() -> None:
    made = []
    with connection.cursor() as cursor:
        for _ in range(5):
            made.append(new_id())
            time.sleep(0.002)
            cursor.execute("SELECT core_uuid7()")
            made.append(cursor.fetchone()[0])
            time.sleep(0.002)
    assert made == sorted(made)
