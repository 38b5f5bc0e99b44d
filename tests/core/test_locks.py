from __future__ import annotations

import threading

import pytest
from django.db import connection

from core.locks import one_at_a_time, session_lock

pytestmark = pytest.mark.django_db(transaction=True)


class Holder:
    """Another session that holds a lock until it is told to leave."""

    def __init__(self, name: str) -> None:
        self._held, self._leave = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._hold, args=[name])
        self._thread.start()
        assert self._held.wait(10)

    def _hold(self, name: str) -> None:
        with session_lock(name):
            self._held.set()
            self._leave.wait(10)
        connection.close()

    def leave(self) -> None:
        self._leave.set()
        self._thread.join()


@pytest.fixture
def ran() -> list[str]:
    return []


def test_a_job_runs_only_while_no_other_of_its_name_does(ran: list[str]) -> None:
    @one_at_a_time("test.job")
    def job() -> str:
        ran.append("ran")
        return "done"

    holder = Holder("test.job")
    assert (job(), ran) == (None, [])
    holder.leave()
    assert (job(), job(), ran) == ("done", "done", ["ran", "ran"])


def test_other_names_do_not_get_in_the_way() -> None:
    holder = Holder("test.other")
    with session_lock("test.job") as free:
        assert free
    holder.leave()


def test_a_job_that_fails_gives_its_lock_back() -> None:
    @one_at_a_time("test.job")
    def job() -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        job()
    holder = Holder("test.job")
    holder.leave()
