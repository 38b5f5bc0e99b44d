"""The index of a target's dead letters, built while others write."""

from __future__ import annotations

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("core", "0010_sink_hours")]
    operations = [
        AddIndexConcurrently(
            "delivery",
            models.Index(fields=["target", "-id"], name="delivery_dead_of_target", condition=models.Q(status="dead")),
        ),
    ]
