"""Operations explain themselves: the same words in the report and in the refusal, and advice that works."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.db import models
from django_fsm import FSMField, FSMModelMixin

from core import operations
from core.operations import (
    Operation,
    OperationRefused,
    action_of,
    declare_operations,
    explain,
    find_operation,
    makes,
    operations_of,
    performs,
    possible,
    require,
    transition,
)
from core.transitions import Blocker, already, declared, edges, way_to


def has_fuel(lamp: Any) -> Blocker | None:
    """It has fuel."""
    return None if lamp.fuel else Blocker("The lamp has 0 ml of fuel.", "Fill it.", ("fill",))


def is_dry(lamp: Any) -> Blocker | None:
    """It is dry."""
    return Blocker("The lamp is wet.", "Dry it.") if lamp.wet else None


def is_whole(lamp: Any) -> Blocker | None:
    """It is whole."""
    return Blocker("The lamp leaks.", "Nothing: throw it away.") if lamp.leaks else None


def is_not_full(lamp: Any) -> Blocker | None:
    """It is not full."""
    return already("The lamp is full.") if lamp.fuel > 2 else None


def oil_is_there(lamp: Any) -> Blocker | None:
    """There is oil."""
    return None if lamp.oil else Blocker("There is no oil.", "Buy oil.")


@pytest.fixture(scope="module")
def lamp_model() -> Iterator[type[models.Model]]:
    class Lamp(FSMModelMixin, models.Model):  # noqa: DJ008
        status = FSMField(default="not_lit", protected=True)
        fuel = models.IntegerField(default=0)
        oil = models.IntegerField(default=9)
        wet = models.BooleanField(default=False)
        leaks = models.BooleanField(default=False)

        class Meta:
            app_label = "core"

        @transition(status, source="not_lit", target="lit", label="Light", checks=[is_dry, has_fuel])
        def light(self, *, by: str) -> str:
            self.fuel -= 1
            return f"lit by {by}"

        @transition(status, source=["lit", "not_lit"], target="broken", label="Break", advised=False)
        def smash(self) -> None:
            """There is no way back."""

        @transition(status, source="lit", target="not_lit", label="Put out")
        def put_out(self) -> None:
            """For tonight."""

    declare_operations(
        Lamp,
        makes(Lamp.light),
        Operation("fill", "Fill", checks=(is_whole, is_not_full), foreseen=(oil_is_there,)),
        makes(Lamp.smash, by_itself="It breaks when it falls."),
    )
    yield Lamp
    del apps.all_models["core"]["lamp"]
    del operations._operations[Lamp]
    apps.clear_cache()


@pytest.fixture
def lamp(lamp_model: type[models.Model]) -> Any:
    return lamp_model(fuel=2)


def told(lamp: Any, name: str) -> Blocker:
    blocker = explain(lamp, find_operation(type(lamp), name))
    assert blocker is not None
    return blocker


def test_a_transition_that_is_possible_moves_the_status_and_does_its_work(lamp: Any) -> None:
    assert explain(lamp, find_operation(type(lamp), "light")) is None
    assert lamp.light(by="Ann") == "lit by Ann"
    assert (lamp.status, lamp.fuel) == ("lit", 1)


def test_the_first_condition_that_fails_is_the_reason_and_nothing_moves(lamp: Any) -> None:
    lamp.fuel = 0
    with pytest.raises(OperationRefused) as refusal:
        lamp.light(by="Ann")
    blocker = told(lamp, "light")
    assert (refusal.value.detail, refusal.value.unblock) == (blocker.reason, blocker.unblock)
    assert (blocker.reason, blocker.unblock) == ("The lamp has 0 ml of fuel.", "Fill it.")
    assert refusal.value.context == {
        "state": "not_lit", "operation": "light", "unblock_by": ["fill"], "done": False,
    }  # fmt: skip
    assert (lamp.status, lamp.fuel) == ("not_lit", 0)
    lamp.wet = True
    assert told(lamp, "light").reason == "The lamp is wet."


def test_a_wrong_status_is_told_before_any_condition_with_the_way_back(lamp: Any) -> None:
    lamp.smash()
    lamp.wet = True
    blocker = told(lamp, "light")
    assert blocker.reason == "The lamp is broken; light needs it to be not lit."
    assert blocker.unblock == "Nothing: no transition leads back there."


def test_the_way_back_names_its_first_step(lamp: Any) -> None:
    blocker = told(lamp, "put_out")
    assert (blocker.done, blocker.reason) == (True, "The lamp is not lit already.")
    lamp.light(by="Ann")
    blocker = told(lamp, "light")
    assert (blocker.done, blocker.reason, blocker.unblock) == (True, "The lamp is lit already.", "Nothing to do.")


def test_advice_that_is_refused_itself_gives_way_to_its_own(lamp: Any) -> None:
    lamp.fuel, lamp.oil = 0, 0
    blocker = told(lamp, "light")
    assert blocker.unblock == "Fill it. That is refused now: There is no oil. Buy oil."
    assert blocker.unblock_by == ()
    lamp.leaks = True
    assert told(lamp, "light").unblock == "Nothing: throw it away."


def test_an_action_asks_what_it_must_and_not_what_is_foreseen(lamp: Any) -> None:
    fill = find_operation(type(lamp), "fill")
    lamp.oil = 0
    require(lamp, fill)
    assert told(lamp, "fill").reason == "There is no oil."
    lamp.fuel = 3
    with pytest.raises(OperationRefused) as refusal:
        require(lamp, fill)
    assert refusal.value.context["done"] is True


def test_what_happens_by_itself_is_never_possible_by_hand(lamp: Any) -> None:
    blocker = told(lamp, "smash")
    assert (blocker.reason, blocker.unblock) == ("It is not done by hand.", "It breaks when it falls.")
    assert possible(lamp, find_operation(type(lamp), "smash"))
    lamp.smash()
    assert lamp.status == "broken"


def test_every_operation_is_reported_in_the_order_of_its_declaration(lamp: Any) -> None:
    reports = operations_of(lamp)
    assert [(each.operation.name, each.operation.label, each.allowed) for each in reports] == [
        ("light", "Light", True),
        ("fill", "Fill", True),
        ("smash", "Break", False),
    ]


def test_an_operation_is_declared_once(lamp_model: type[models.Model]) -> None:
    with pytest.raises(ValueError, match="fill twice"):
        declare_operations(lamp_model, Operation("fill", "Fill"))


def test_the_action_that_does_it_is_found(lamp_model: type[models.Model]) -> None:
    fill = find_operation(lamp_model, "fill")

    @performs(fill)
    def fill_lamp() -> str:
        return "filled"

    assert action_of(fill)() == "filled"


def test_the_moves_of_a_model_are_its_declared_ones(lamp_model: type[models.Model]) -> None:
    assert edges(lamp_model) == {
        ("not_lit", "lit"),
        ("lit", "broken"),
        ("not_lit", "broken"),
        ("lit", "not_lit"),
    }
    assert list(declared(lamp_model)) == ["light", "smash", "put_out"]


def test_the_shortest_way_leads_over_what_is_advised(lamp_model: type[models.Model]) -> None:
    assert [step.name for step in way_to(lamp_model, "not_lit", ["lit"])] == ["light"]
    assert way_to(lamp_model, "not_lit", ["broken"]) == []
    assert way_to(lamp_model, "broken", ["lit"]) == []


def test_a_status_cannot_be_assigned(lamp: Any) -> None:
    with pytest.raises(AttributeError):
        lamp.status = "lit"


def test_a_name_that_is_no_operation_is_a_mistake(lamp_model: type[models.Model]) -> None:
    with pytest.raises(KeyError):
        find_operation(lamp_model, "explode")
