"""Jobs as they are run: each part once, wherever they are stopped, and by one run at a time."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import pytest
from django.db import connections

from core.actors import Actor
from core.errors import DomainError, NotFound, StaleVersion
from core.files import ObjectMissing
from core.jobs import sweeps
from core.jobs.actions import cancel_job, fail_job, finish_job, pause_job, queue_job, resume_job, start_job
from core.jobs.errors import JobBusy, JobFileChanged, JobMovedOn
from core.jobs.rejects import write_rejects
from core.jobs.running import run_job
from core.locks import session_lock
from core.models import Event, Job, RejectedRow
from core.operations import OperationRefused
from core.transactions import ATTEMPTS, StartOver
from tests.core.jobs.conftest import Counting, nothing
from tests.factories.core import a_job, timeline

pytestmark = pytest.mark.django_db(transaction=True)

ACTOR = Actor.system("test")
BEGUN = ["job.opened", "job.queued", "job.started"]


def run(job: Job, **options: Any) -> Job:
    return run_job(job.pk, open_at=nothing, actor=ACTOR, **options)


def everything() -> list[Any]:
    return [list(model._default_manager.order_by("pk").values()) for model in (Job, RejectedRow, Event)]


@contextmanager
def nothing_changes() -> Iterator[None]:
    before = everything()
    yield
    assert everything() == before


@contextmanager
def refused(error: type[DomainError]) -> Iterator[None]:
    with nothing_changes(), pytest.raises(error):
        yield


def test_it_is_done_in_batches_and_tells_what_it_did(counting: Counting) -> None:
    job = run(a_job(total=25))
    assert (job.status, job.position, job.lines_read, job.added, job.progress) == ("finished", 25, 25, 25, 1.0)
    assert counting.counted == [0, 10, 20]
    assert timeline(job.pk) == [*BEGUN, "job.finished"]
    assert Event.objects.get(type="job.finished").data == {"kind": "test", "added": 25, "unchanged": 0, "rejected": 0}
    assert (job.actor, job.version) == (ACTOR, 4)


def test_stopped_it_goes_on_where_it_was(counting: Counting) -> None:
    job = run(a_job(total=35), stop=lambda: len(counting.counted) == 2)
    assert (job.status, job.position) == ("running", 20)
    assert run(job).status == "finished"
    assert counting.counted == [0, 10, 20, 30]
    assert timeline(job.pk) == [*BEGUN, "job.finished"]


def test_a_batch_that_breaks_is_done_again_and_the_ones_before_are_not(counting: Counting) -> None:
    def break_once(position: int) -> None:
        if position == 20 and counting.counted.count(0) == 1 and not broken:
            broken.append(position)
            raise OSError("the line is dead")

    broken: list[int] = []
    counting.meanwhile = break_once
    job = a_job(total=30)
    with pytest.raises(OSError, match="the line is dead"):
        run(job)
    assert Job.objects.get().position == 20
    assert run(job).status == "finished"
    assert counting.counted == [0, 10, 20]


def test_what_a_batch_refuses_is_set_aside_and_the_rest_is_done(counting: Counting, tmp_path: Any) -> None:
    counting.refuses = {10}
    job = run(a_job(total=30))
    assert (job.status, job.added, job.rejected) == ("finished", 20, 1)
    written = write_rejects(job, tmp_path / "rejects.csv").read_text()
    assert written.splitlines() == ["line,code,reason,what,number", "11,refused,No 10.,row,10"]


def test_a_refusal_that_nothing_is_made_of_ends_the_run_and_changes_nothing_more(counting: Counting) -> None:
    counting.refuses, counting.sets_aside = {10}, False
    job = a_job(total=30)
    with pytest.raises(DomainError, match="No 10"):
        run(job)
    job.refresh_from_db()
    assert (job.status, job.position, job.rejected) == ("running", 10, 0)


def test_a_batch_that_has_to_start_over_is_begun_anew_and_nothing_of_it_is_set_aside(counting: Counting) -> None:
    counting.starts_over = ATTEMPTS - 1
    job = run(a_job(total=30))
    assert (job.status, job.added, job.rejected) == ("finished", 30, 0)
    assert counting.counted == [0, 10, 20]


def test_a_batch_that_starts_over_too_often_ends_the_run_which_may_go_on_later(counting: Counting) -> None:
    counting.starts_over = ATTEMPTS
    job = a_job(total=30)
    with pytest.raises(StartOver):
        run(job)
    assert (Job.objects.get().position, RejectedRow.objects.count()) == (0, 0)
    assert run(job).added == 30


@pytest.mark.parametrize(("stopping", "status"), [(pause_job, "paused"), (cancel_job, "cancelled")])
def test_paused_or_cancelled_meanwhile_it_stops_before_the_next_batch(
    counting: Counting, stopping: Any, status: str
) -> None:
    job = a_job(total=30)

    def stop(position: int) -> None:
        if position == 20:
            stopping(job.pk, actor=ACTOR)

    counting.meanwhile = stop
    stopped = run(job)
    assert (stopped.status, stopped.position, counting.counted) == (status, 20, [0, 10])
    with nothing_changes():
        assert run(job).status == status


def test_stopped_after_its_last_batch_it_does_not_finish(counting: Counting) -> None:
    job = a_job(total=10)
    paused = run(job, told=lambda _: pause_job(job.pk, actor=ACTOR))
    assert (paused.status, paused.position) == ("paused", 10)
    resume_job(job.pk, actor=ACTOR)
    assert run(job).status == "finished"
    assert timeline(job.pk) == [*BEGUN, "job.paused", "job.resumed", "job.started", "job.finished"]


def test_two_runs_at_once_do_each_batch_once(counting: Counting) -> None:
    job = a_job(total=500)
    met: list[str] = []
    at_once = threading.Barrier(2)

    def work() -> None:
        at_once.wait(10)
        try:
            met.append(run(job).status)
        except (JobBusy, JobMovedOn) as refusal:
            met.append(refusal.code)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(met) in (["finished", "job_busy"], ["finished", "finished"])
    assert counting.counted == list(range(0, 500, 10))


def test_without_the_lock_two_runs_meet_at_the_position_which_lets_only_one_by(
    counting: Counting, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: the lock saves the second run its work, the position keeps the book straight."""

    @contextmanager
    def always(_name: str) -> Iterator[bool]:
        yield True

    monkeypatch.setattr("core.jobs.running.session_lock", always)
    job = a_job(total=30)

    def run_elsewhere(position: int) -> None:
        if position == 10 and not others:
            others.append(threading.Thread(target=run_to_the_end))
            others[0].start()
            others[0].join(20)

    def run_to_the_end() -> None:
        run(job)
        connections.close_all()

    others: list[threading.Thread] = []
    counting.meanwhile = run_elsewhere

    with pytest.raises(JobMovedOn):
        run(job)
    assert counting.counted == [0, 10, 20]
    assert Job.objects.get().added == 30


def test_a_job_that_another_run_has_is_left_alone(counting: Counting) -> None:
    job = a_job(total=10)
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with session_lock(f"core.job:{job.pk}"):
            held.set()
            done.wait(20)
        connections.close_all()

    holder = threading.Thread(target=hold)
    holder.start()
    assert held.wait(10)
    try:
        with refused(JobBusy):
            run(job)
    finally:
        done.set()
        holder.join(10)


def test_a_file_that_is_gone_fails_it_in_words(counting: Counting) -> None:
    def gone(_position: int) -> None:
        raise ObjectMissing("x")

    counting.meanwhile = gone
    job = run(a_job(total=10))
    assert (job.status, job.failure) == ("failed", "The store has no such file any more.")


def test_a_failed_job_may_be_queued_again_with_the_same_file_only(counting: Counting) -> None:
    job = run(a_job(total=30), stop=lambda: True)
    fail_job(job.pk, failure="The store is gone.", actor=ACTOR)
    with refused(JobFileChanged):
        queue_job(job.pk, total=31, actor=ACTOR)
    again = queue_job(job.pk, total=30, actor=ACTOR)
    assert (again.status, again.failure, again.finished_at) == ("queued", "", None)
    assert run(again).status == "finished"
    assert counting.counted == [0, 10, 20]


def test_queueing_twice_changes_nothing() -> None:
    job = a_job(total=10)
    with nothing_changes():
        queue_job(job.pk, total=9, actor=ACTOR)


def test_a_finished_job_is_never_run_again_nor_fails(counting: Counting) -> None:
    job = run(a_job(total=10))
    with nothing_changes():
        assert run(job).status == "finished"
        assert finish_job(job.pk, actor=ACTOR).status == "finished"
    for refusal in (pause_job, cancel_job, resume_job):
        with refused(OperationRefused):
            refusal(job.pk, actor=ACTOR)
    with refused(OperationRefused):
        fail_job(job.pk, failure="No.", actor=ACTOR)


@pytest.mark.parametrize("act", [pause_job, cancel_job])
def test_what_a_person_did_to_a_job_already_stays_so(act: Any) -> None:
    job = a_job(total=10)
    done = act(job.pk, actor=ACTOR)
    with nothing_changes():
        assert act(job.pk, actor=ACTOR).status == done.status


def test_what_is_not_done_to_its_end_cannot_be_finished() -> None:
    job = a_job(total=10)
    with refused(JobMovedOn):
        finish_job(job.pk, actor=ACTOR)
    start_job(job.pk, actor=ACTOR)
    with refused(JobMovedOn):
        finish_job(job.pk, actor=ACTOR)


@pytest.mark.parametrize("act", [pause_job, cancel_job])
def test_a_person_acts_upon_what_they_saw(act: Any) -> None:
    job = a_job(total=10)
    with refused(StaleVersion):
        act(job.pk, actor=ACTOR, expected_version=job.version - 1)
    act(job.pk, actor=ACTOR, expected_version=job.version)


def test_unknown_jobs_are_not_found() -> None:
    unknown = uuid4()
    for act in (pause_job, resume_job, cancel_job, start_job, finish_job):
        with pytest.raises(NotFound):
            act(unknown, actor=ACTOR)
    with pytest.raises(NotFound):
        queue_job(unknown, total=1, actor=ACTOR)
    with pytest.raises(NotFound):
        fail_job(unknown, failure="No.", actor=ACTOR)


def test_jobs_have_turns_so_that_a_small_one_does_not_wait_for_a_large_one(
    counting: Counting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweeps, "TURN_SECONDS", 0.0)
    large, small = a_job(total=100), a_job(total=10)
    ended: list[Any] = []

    def note(position: int) -> None:
        if position == 20:
            ended.extend(Job.objects.filter(status="finished").values_list("pk", flat=True))

    counting.meanwhile = note
    assert sweeps.run_due_jobs(seconds=30) == 2
    assert ended == [small.pk]
    assert Job.objects.get(pk=large.pk).added == 100


def test_a_sweep_ends_when_its_time_is_up_and_the_next_one_goes_on(counting: Counting) -> None:
    job = a_job(total=30)
    assert sweeps.run_due_jobs(seconds=0) == 0
    assert counting.counted == []
    assert sweeps.run_due_jobs(seconds=30) == 1
    assert Job.objects.get(pk=job.pk).status == "finished"


def test_a_job_that_breaks_holds_up_no_other(counting: Counting) -> None:
    broken, well = a_job(kind="of a room that is gone", total=10), a_job(total=10)
    assert sweeps.run_due_jobs(seconds=30) == 1
    assert set(Job.objects.values_list("pk", "status")) == {(broken.pk, "running"), (well.pk, "finished")}


def test_workers_leave_a_command_s_jobs_and_paused_ones_alone(counting: Counting) -> None:
    a_job(total=10, file_key="command/x/y/1")
    pause_job(a_job(total=10).pk, actor=ACTOR)
    a_job(file_key="command/x/y/2")
    with nothing_changes():
        assert (sweeps.run_due_jobs(seconds=30), sweeps.find_files()) == (0, 0)
