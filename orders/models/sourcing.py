from __future__ import annotations

from django.db import models
from django.db.models import BooleanField, F, Func
from django.utils import timezone

from core.ids import new_id
from core.models import Caused
from core.models.text import LineField, LinesField
from core.triggers import permanent
from orders.models.order import Order

_HAS_ITS_FORM = Func(
    F("rules"), F("parcels"), F("short"), F("passed_over"),
    function="orders_is_sourcing_plan", output_field=BooleanField(),
)  # fmt: skip
"""A CHECK by a function of the migration that makes the table."""


class SourcingPlan(Caused):
    """Which locations an order's units were taken from at one time, by which rules, and why not from others.

    Units that are lost or released later stay in it: it says what was chosen then.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="sourcing_plans")
    rules = LinesField(help_text="Names, the first first.")
    why = LineField(max_length=500)
    parcels = LinesField(help_text="By location: its units of each variant.")
    short = LinesField(help_text="Units of variants that no location had.")
    passed_over = LinesField(help_text="Locations that send nothing, each with its reason.")
    passed_over_omitted = models.PositiveIntegerField(default=0, help_text="Such locations that aren't told.")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta(Caused.Meta):
        ordering = ["id"]
        constraints = [
            *Caused.Meta.constraints,
            models.CheckConstraint(condition=_HAS_ITS_FORM, name="sourcing_plan_has_its_form"),
        ]
        triggers = permanent("sourcing_plan")

    def __str__(self) -> str:
        return self.why
