"""What the database keeps of jobs by itself."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, connection, transaction

from core.models import Job, RejectedRow
from tests.factories.core import a_job

pytestmark = pytest.mark.django_db


def refused_by_the_database(statement: str, match: str) -> None:
    before = list(Job.objects.order_by("pk").values()), list(RejectedRow.objects.values())
    with pytest.raises(DatabaseError, match=match), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert (list(Job.objects.order_by("pk").values()), list(RejectedRow.objects.values())) == before


@pytest.mark.parametrize("column", ["total", "position", "lines_read", "added", "unchanged", "rejected"])
def test_its_counters_are_not_negative(column: str) -> None:
    a_job()
    refused_by_the_database(f"UPDATE core_job SET {column} = -1", "job_counts_up")


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ("status = 'finished', finished_at = now(), position = 4", "job_finishes_at_its_end"),
        ("status = 'finished', position = 5", "job_ended_has_a_time"),
        ("status = 'cancelled'", "job_ended_has_a_time"),
        ("finished_at = now()", "job_ended_has_a_time"),
        ("status = 'failed', finished_at = now()", "job_failed_has_a_reason"),
        ("failure = 'Why.'", "job_failed_has_a_reason"),
        ("kind = 'other'", "Cannot update"),
        ("client_id = NULL", "Cannot update"),
        ("file_key = 'other'", "Cannot update"),
        ("actor_name = 'other'", "Cannot update"),
    ],
)
def test_its_columns_agree_with_its_status_and_with_what_it_was_opened_as(change: str, match: str) -> None:
    job = a_job(total=5)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE core_job SET status = 'running' WHERE id = %s", [job.pk])
    refused_by_the_database(f"UPDATE core_job SET {change}", match)


def test_it_is_kept_and_begins_waiting() -> None:
    job = a_job()
    refused_by_the_database("DELETE FROM core_job", "Cannot delete")
    columns = ", ".join(
        str(field.column) for field in Job._meta.concrete_fields if field.name not in {"id", "status", "file_key"}
    )
    copy = f"INSERT INTO core_job (id, status, {columns}) SELECT gen_random_uuid(), 'queued', {columns} FROM core_job"
    refused_by_the_database(copy, "Cannot insert")
    again = copy.replace("(id, status,", "(id, status, file_key,").replace("'queued',", f"'waiting', '{job.file_key}',")
    refused_by_the_database(again, "core_job_file_key")


@pytest.mark.parametrize("statement", ["UPDATE core_rejectedrow SET reason = 'x'", "DELETE FROM core_rejectedrow"])
def test_a_rejected_row_is_for_ever(statement: str) -> None:
    RejectedRow.objects.create(job=a_job(), line=2, row="1,JPM,Buy,0,1", code="amount", reason="Too small.")
    refused_by_the_database(statement, "Cannot (update|delete)")


def test_a_line_is_rejected_once() -> None:
    RejectedRow.objects.create(job=a_job(), line=2, row="x", code="amount", reason="Too small.")
    columns = "job_id, line, row, code, reason"
    copy = f"INSERT INTO core_rejectedrow ({columns}) SELECT {columns} FROM core_rejectedrow"
    refused_by_the_database(copy, "rejected_row_once_per_line")
