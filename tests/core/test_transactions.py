from __future__ import annotations

import functools
import threading

import pytest
from django.db import connection, transaction

from core.models import Client
from core.transactions import (
    ATTEMPTS,
    StartOver,
    UnitOfWorkError,
    action,
    current_unit,
    part,
    refuse_within_unit,
    step,
    unit_of_work,
)


@action
def make(name: str, *, fail: bool = False) -> Client:
    client = Client.objects.create(name=name)
    if fail:
        raise ValueError("no")
    return client


@action
def nested() -> None:
    make("inner")


@step
def note(seen: list[str]) -> None:
    seen.append(str(current_unit().action))


@action
def through_a_step(seen: list[str]) -> None:
    note(seen)


@action
def with_finisher(name: str) -> None:
    def finish() -> None:
        Client.objects.create(name=name)

    current_unit().at_end(finish)


@action
def with_steps(steps: list[str]) -> None:
    current_unit().at_close(lambda: steps.append("closed"))
    current_unit().at_end(lambda: steps.append("finished"))
    steps.append("action")


@action
def with_a_failing_close() -> None:
    def close() -> None:
        raise ValueError("closed")

    current_unit().at_close(close)
    Client.objects.create(name="North")


@action
def make_at_last(turns: list[str], *, after: int) -> Client:
    client = Client.objects.create(name=f"Attempt {len(turns)}")
    turns.append(client.name)
    if len(turns) <= after:
        raise StartOver
    return client


def names() -> set[str]:
    return set(Client.objects.values_list("name", flat=True))


@pytest.mark.django_db(transaction=True)
class TestDurable:
    def test_an_action_commits_whole_or_not_at_all(self) -> None:
        make("North")
        with pytest.raises(ValueError, match="no"):
            make("South", fail=True)
        assert names() == {"North"}

    def test_an_action_refuses_to_run_in_a_transaction_that_could_still_be_rolled_back(self) -> None:
        with pytest.raises(RuntimeError, match="durable"), transaction.atomic():
            make("North")
        assert names() == set()

    def test_what_finishes_an_action_commits_with_it(self) -> None:
        with_finisher("Finished")
        assert names() == {"Finished"}

    def test_a_unit_of_work_commits_what_its_caller_adds_with_the_action(self) -> None:
        with unit_of_work():
            make("North")
            Client.objects.create(name="Added")
        assert names() == {"North", "Added"}

        def fail_after_the_action() -> None:
            with unit_of_work():
                make("South")
                raise ValueError("no")

        with pytest.raises(ValueError, match="no"):
            fail_after_the_action()
        assert names() == {"North", "Added"}

    def test_what_closes_a_unit_comes_after_the_action_and_what_its_opener_did(self) -> None:
        with unit_of_work():
            with_steps(steps := [])
            steps.append("opener")
        assert steps == ["action", "finished", "opener", "closed"]

    def test_a_unit_whose_close_fails_commits_nothing(self) -> None:
        with pytest.raises(ValueError, match="closed"):
            with_a_failing_close()
        assert names() == set()
        assert make("North").name == "North"

    def test_a_failed_unit_is_not_closed(self) -> None:
        steps: list[str] = []

        def fail_after_the_action() -> None:
            with unit_of_work():
                with_steps(steps)
                raise ValueError("no")

        with pytest.raises(ValueError, match="no"):
            fail_after_the_action()
        assert steps == ["action", "finished"]

    def test_an_action_that_has_to_start_over_is_rolled_back_and_begun_anew(self) -> None:
        turns: list[str] = []
        assert make_at_last(turns, after=2).name == "Attempt 2"
        assert len(turns) == 3
        assert names() == {"Attempt 2"}

    def test_an_action_that_always_has_to_start_over_is_refused_in_the_end(self) -> None:
        turns: list[str] = []
        with pytest.raises(StartOver):
            make_at_last(turns, after=99)
        assert len(turns) == ATTEMPTS
        assert names() == set()
        assert make("North").name == "North"

    def test_an_action_within_its_callers_unit_leaves_starting_over_to_the_caller(self) -> None:
        turns: list[str] = []
        with pytest.raises(StartOver), unit_of_work():
            make_at_last(turns, after=1)
        assert len(turns) == 1

    def test_a_failed_action_leaves_its_thread_ready_for_the_next(self) -> None:
        with pytest.raises(ValueError, match="no"):
            make("South", fail=True)
        assert make("North").name == "North"

    def test_units_belong_to_their_thread(self) -> None:
        outcome: list[str] = []

        def elsewhere() -> None:
            outcome.append(make("South").name)
            connection.close()

        with unit_of_work():
            other = threading.Thread(target=elsewhere)
            other.start()
            other.join()
            make("North")
        assert (outcome, names()) == (["South"], {"North", "South"})


@pytest.mark.django_db
class TestNesting:
    def test_an_action_within_an_action_is_refused_by_name(self) -> None:
        with pytest.raises(UnitOfWorkError, match="make is an action and cannot run within nested"):
            nested()
        assert names() == set()

    def test_two_actions_in_one_unit_are_refused(self) -> None:
        def both() -> None:
            with unit_of_work():
                make("North")
                make("South")

        with pytest.raises(UnitOfWorkError, match="cannot run within make"):
            both()
        assert names() == set()

    def test_a_second_action_after_a_caught_failure_is_refused_too(self) -> None:
        def carry_on() -> None:
            with unit_of_work():
                with pytest.raises(ValueError, match="no"):
                    make("North", fail=True)
                make("South")

        with pytest.raises(UnitOfWorkError):
            carry_on()
        assert names() == set()

    def test_a_unit_within_a_unit_is_refused(self) -> None:
        with pytest.raises(UnitOfWorkError, match="already open"), unit_of_work(), unit_of_work():
            pass

    def test_nobody_is_asked_over_the_network_within_a_unit(self) -> None:
        with pytest.raises(UnitOfWorkError, match="before the unit of work or after it"), unit_of_work():
            refuse_within_unit()
        refuse_within_unit()

    def test_a_step_runs_in_an_action_and_nowhere_else(self) -> None:
        seen: list[str] = []
        through_a_step(seen)
        assert seen == ["through_a_step"]
        with pytest.raises(UnitOfWorkError, match="call it from one"):
            note(seen)
        with pytest.raises(UnitOfWorkError), unit_of_work():
            note(seen)
        assert seen == ["through_a_step"]


@pytest.mark.django_db
def test_a_part_that_fails_undoes_its_action_and_leaves_the_rest() -> None:
    steps: list[str] = []
    with unit_of_work():
        for name, fail in (("one", False), ("two", True), ("three", False)):
            try:
                with part():
                    make(name, fail=fail)
                    current_unit().at_close(functools.partial(steps.append, name))
            except ValueError:
                continue
    assert set(Client.objects.values_list("name", flat=True)) == {"one", "three"}
    assert steps == ["one", "three"]


@pytest.mark.django_db
def test_a_part_is_of_a_unit_of_work_and_has_one_action() -> None:
    with pytest.raises(UnitOfWorkError, match="open one"), part():
        pass
    with unit_of_work(), part():
        make("one")
        with pytest.raises(UnitOfWorkError, match="cannot run within"):
            make("two")
    assert Client.objects.count() == 1
