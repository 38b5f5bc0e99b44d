"""Forms of the console share the table of idempotency keys. Nothing here holds a lock while it reads the table."""

from __future__ import annotations

import django.db.models.deletion
from django.conf import settings
from django.contrib.postgres.operations import AddConstraintNotValid, ValidateConstraint
from django.db import migrations, models

_DROP = "DROP INDEX CONCURRENTLY IF EXISTS idempotency_key_once_per_person"
_CREATE = """
CREATE UNIQUE INDEX CONCURRENTLY idempotency_key_once_per_person
ON core_idempotencyrecord (user_id, key) WHERE user_id IS NOT NULL
"""


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("core", "0003_job_columns")]
    operations = [
        migrations.AddField(
            model_name="idempotencyrecord",
            name="user",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="person",
            ),
        ),
        migrations.AlterField(
            model_name="idempotencyrecord",
            name="client",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="core.client",
            ),
        ),
        migrations.SeparateDatabaseAndState(
            # A creation that was cut off leaves an index that doesn't hold.
            database_operations=[migrations.RunSQL(_DROP, _DROP), migrations.RunSQL(_CREATE, _DROP)],
            state_operations=[
                migrations.AddConstraint(
                    model_name="idempotencyrecord",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("user__isnull", False)),
                        fields=("user", "key"),
                        name="idempotency_key_once_per_person",
                    ),
                )
            ],
        ),
        AddConstraintNotValid(
            model_name="idempotencyrecord",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("client__isnull", False), ("user", None)),
                    models.Q(("client", None), ("user__isnull", False)),
                    _connector="OR",
                ),
                name="idempotency_key_has_one_owner",
            ),
        ),
        ValidateConstraint("idempotencyrecord", "idempotency_key_has_one_owner"),
    ]
