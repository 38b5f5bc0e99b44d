"""Transitions explain themselves: the same words in the report and in the refusal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.db import models
from django_fsm import FSMField, FSMModelMixin

from core.transitions import Blocker, TransitionRefused, declared, edges, explain, report, transition, way_to


def has_fuel(lamp: Any) -> Blocker | None:
    """It has fuel."""
    return None if lamp.fuel else Blocker("The lamp has 0 ml of fuel.", "Fill it.")


def is_dry(lamp: Any) -> Blocker | None:
    """It is dry."""
    return Blocker("The lamp is wet.", "Dry it.") if lamp.wet else None


@pytest.fixture(scope="module")
def lamp_model() -> Iterator[type[models.Model]]:
    class Lamp(FSMModelMixin, models.Model):  # noqa: DJ008
        status = FSMField(default="not_lit", protected=True)
        fuel = models.IntegerField(default=0)
        wet = models.BooleanField(default=False)

        class Meta:
            app_label = "core"

        @transition(status, source="not_lit", target="lit", label="Light", checks=[is_dry, has_fuel])
        def light(self, *, by: str) -> str:
            self.fuel -= 1
            return f"lit by {by}"

        @transition(status, source=["lit", "not_lit"], target="broken", label="Break")
        def smash(self) -> None:
            """There is no way back."""

        @transition(status, source="lit", target="not_lit", label="Put out")
        def put_out(self) -> None:
            """For tonight."""

    yield Lamp
    del apps.all_models["core"]["lamp"]
    apps.clear_cache()


@pytest.fixture
def lamp(lamp_model: type[models.Model]) -> Any:
    return lamp_model(fuel=2)


def test_a_transition_that_is_possible_moves_the_status_and_does_its_work(lamp: Any) -> None:
    assert explain(lamp, "light").allowed
    assert lamp.light(by="Ann") == "lit by Ann"
    assert (lamp.status, lamp.fuel) == ("lit", 1)


def test_the_first_condition_that_fails_is_the_reason_and_nothing_moves(lamp: Any) -> None:
    lamp.fuel = 0
    with pytest.raises(TransitionRefused) as refusal:
        lamp.light(by="Ann")
    told = explain(lamp, "light")
    assert (refusal.value.detail, refusal.value.unblock) == (told.reason, told.unblock)
    assert (told.reason, told.unblock, told.allowed) == ("The lamp has 0 ml of fuel.", "Fill it.", False)
    assert refusal.value.context == {"state": "not_lit", "transition": "light"}
    assert (lamp.status, lamp.fuel) == ("not_lit", 0)
    lamp.wet = True
    assert explain(lamp, "light").reason == "The lamp is wet."


def test_a_wrong_status_is_told_before_any_condition_with_the_way_back(lamp: Any) -> None:
    lamp.light(by="Ann")
    lamp.wet = True
    told = explain(lamp, "light")
    assert told.reason == "The lamp is lit; light needs it to be not lit."
    assert told.unblock == "First: put out."


def test_where_no_way_leads_back_it_says_so(lamp: Any) -> None:
    lamp.smash()
    assert explain(lamp, "put_out").unblock == "Nothing: no transition leads back there."
    assert explain(lamp, "smash").reason == "The lamp is broken; break needs it to be lit or not lit."


def test_every_transition_is_reported_in_the_order_of_the_model(lamp: Any) -> None:
    told = report(lamp)
    assert [(each.name, each.label, each.target, each.allowed) for each in told] == [
        ("light", "Light", "lit", True),
        ("smash", "Break", "broken", True),
        ("put_out", "Put out", "not_lit", False),
    ]
    assert set(told[1].sources) == {"lit", "not_lit"}


def test_the_moves_of_a_model_are_its_declared_ones(lamp_model: type[models.Model]) -> None:
    assert edges(lamp_model) == {
        ("not_lit", "lit"),
        ("lit", "broken"),
        ("not_lit", "broken"),
        ("lit", "not_lit"),
    }
    assert list(declared(lamp_model)) == ["light", "smash", "put_out"]


def test_the_shortest_way_is_told(lamp_model: type[models.Model]) -> None:
    assert way_to(lamp_model, "not_lit", ["broken"]) == "First: break."
    assert way_to(lamp_model, "broken", ["lit"]) == "Nothing: no transition leads back there."


def test_a_status_cannot_be_assigned(lamp: Any) -> None:
    with pytest.raises(AttributeError):
        lamp.status = "lit"


def test_a_name_that_is_no_transition_is_a_mistake(lamp: Any) -> None:
    with pytest.raises(KeyError):
        explain(lamp, "explode")
