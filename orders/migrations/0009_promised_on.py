"""The day that is promised for units that wait, empty at first. Nothing here holds a lock while it reads the table."""

from __future__ import annotations

from django.db import migrations, models

_DROP = "DROP INDEX CONCURRENTLY IF EXISTS line_promised"
_CREATE = """
CREATE INDEX CONCURRENTLY line_promised ON orders_orderline (promised_on, order_id)
WHERE backordered > 0 AND promised_on IS NOT NULL
"""


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("inventory", "0006_restock_days"), ("orders", "0008_sourcing_plan")]
    operations = [
        migrations.AddField(
            model_name="orderline",
            name="promised_on",
            field=models.DateField(blank=True, null=True),
        ),
        migrations.SeparateDatabaseAndState(
            # A creation that was cut off leaves an index that doesn't hold.
            database_operations=[migrations.RunSQL(_DROP, _DROP), migrations.RunSQL(_CREATE, _DROP)],
            state_operations=[
                migrations.AddIndex(
                    model_name="orderline",
                    index=models.Index(
                        condition=models.Q(("backordered__gt", 0), ("promised_on__isnull", False)),
                        fields=["promised_on", "order"],
                        name="line_promised",
                    ),
                )
            ],
        ),
    ]
