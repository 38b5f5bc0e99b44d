"""What another system called an entry. The default is the database's too: servers that don't know the column insert.

The index is made without a lock; a creation that was cut off leaves one that doesn't hold, so it is dropped first.
"""

from __future__ import annotations

from django.db import migrations, models

import core.models.text

_DROP = "DROP INDEX CONCURRENTLY IF EXISTS stored_value_entry_reference_once"
_CREATE = """
CREATE UNIQUE INDEX CONCURRENTLY stored_value_entry_reference_once
ON stored_value_storedvalueentry (client_id, reference) WHERE NOT reference = ''
"""


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("core", "0006_text_checks_called"), ("stored_value", "0001_initial")]
    operations = [
        migrations.AddField(
            model_name="storedvalueentry",
            name="reference",
            field=core.models.text.IdentifierField(blank=True, default="", max_length=100),
        ),
        migrations.RunSQL(
            "ALTER TABLE stored_value_storedvalueentry ALTER COLUMN reference SET DEFAULT ''",
            "ALTER TABLE stored_value_storedvalueentry ALTER COLUMN reference DROP DEFAULT",
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(_DROP, _DROP), migrations.RunSQL(_CREATE, _DROP)],
            state_operations=[
                migrations.AddConstraint(
                    model_name="storedvalueentry",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("reference", ""), _negated=True),
                        fields=("client", "reference"),
                        name="stored_value_entry_reference_once",
                    ),
                )
            ],
        ),
    ]
