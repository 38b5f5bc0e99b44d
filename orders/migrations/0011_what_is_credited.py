"""The checks of what is credited and by whom cards are charged, proven for the rows that there are: no lock is held
while they are read."""

from __future__ import annotations

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("orders", "0010_refunds_and_attempts")]
    operations = [
        ValidateConstraint("deliverycharge", "delivery_credited_within_total"),
        ValidateConstraint("orderline", "line_credited_within_quantity"),
        ValidateConstraint("payment", "payment_by_card_names_its_gateway"),
    ]
