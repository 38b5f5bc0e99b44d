"""The checks of what is set aside, proven for the rows that there are, and the index of what runs out. No lock is held
while the tables are read."""

from __future__ import annotations

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations, models

_DROP = "DROP INDEX CONCURRENTLY IF EXISTS payment_to_expire"
_CREATE = """
CREATE INDEX CONCURRENTLY payment_to_expire ON orders_payment (authorised_until)
WHERE authorised_until IS NOT NULL AND status = 'authorised'
"""


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("orders", "0012_authorised_money")]
    operations = [
        ValidateConstraint("order", "order_authorised_not_negative"),
        ValidateConstraint("payment", "payment_expired_sets_none_aside"),
        ValidateConstraint("refund", "refund_words_known"),
        ValidateConstraint("refund", "refund_to_a_gift_card_names_it"),
        migrations.SeparateDatabaseAndState(
            # A creation that was cut off leaves an index that doesn't hold.
            database_operations=[migrations.RunSQL(_DROP, _DROP), migrations.RunSQL(_CREATE, _DROP)],
            state_operations=[
                migrations.AddIndex(
                    model_name="payment",
                    index=models.Index(
                        condition=models.Q(("authorised_until__isnull", False), ("status", "authorised")),
                        fields=["authorised_until"],
                        name="payment_to_expire",
                    ),
                )
            ],
        ),
    ]
