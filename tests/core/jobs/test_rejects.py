"""Where rejected rows are written, and that they overwrite nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytest_django import Settings

from core.jobs.rejects import write_rejects
from core.models import Job, RejectedRow
from tests.factories.core import a_job

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("counting")]


def a_rejecting_job(row: str = "a,1", *, name: str = "orders.csv") -> Job:
    job = a_job(total=1, name=name)
    RejectedRow.objects.create(job=job, line=2, row=row, code="wrong", reason="=No.")
    return job


def test_two_jobs_of_one_name_have_files_of_their_own(settings: Settings, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path
    jobs = [a_rejecting_job(f"a,{number}") for number in range(2)]
    paths = [write_rejects(job) for job in jobs]
    assert paths == [tmp_path / "rejects" / f"orders.{job.pk}.rejects.csv" for job in jobs]
    assert [path.read_text().splitlines()[1] for path in paths] == ["2,wrong,'=No.,a,0", "2,wrong,'=No.,a,1"]


def test_a_job_written_again_writes_the_same_file(settings: Settings, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path
    job = a_rejecting_job()
    assert write_rejects(job) == write_rejects(job)
    assert len(list((tmp_path / "rejects").iterdir())) == 1


def test_a_file_that_is_there_already_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "rejects.csv"
    path.write_text("precious")
    job = a_rejecting_job()
    assert write_rejects(job, path) == tmp_path / f"rejects.{job.pk}.csv"
    assert path.read_text() == "precious"


def test_a_name_of_any_length_and_alphabet_makes_a_file(settings: Settings, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path
    job = a_rejecting_job(name="🧾" * 200)
    assert write_rejects(job).read_text().startswith("line,code,reason,what,number")


def test_columns_stand_as_they_stood_in_the_file(tmp_path: Path) -> None:
    job = a_rejecting_job("1,a")
    job.columns = ["number", "what"]
    written = write_rejects(job, tmp_path / "rejects.csv").read_text()
    assert written.splitlines() == ["line,code,reason,number,what", "2,wrong,'=No.,1,a"]
