"""What stands before an order's number. The default is the database's too: servers that don't know the column insert."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.contrib.postgres.operations import AddConstraintNotValid, ValidateConstraint
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('orders', '0006_prices_of_older_orders'),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name='order',
            name='order_identity',
        ),
        migrations.AddField(
            model_name='order',
            name='number_prefix',
            field=models.CharField(default='', editable=False, help_text="Its storefront's, as the order was made.", max_length=10),
        ),
        migrations.RunSQL(
            "ALTER TABLE orders_order ALTER COLUMN number_prefix SET DEFAULT ''",
            "ALTER TABLE orders_order ALTER COLUMN number_prefix DROP DEFAULT",
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='order',
            trigger=pgtrigger.compiler.Trigger(name='order_identity', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."number" IS DISTINCT FROM (NEW."number") OR OLD."number_prefix" IS DISTINCT FROM (NEW."number_prefix") OR OLD."client_id" IS DISTINCT FROM (NEW."client_id") OR OLD."external_ref" IS DISTINCT FROM (NEW."external_ref") OR OLD."currency" IS DISTINCT FROM (NEW."currency") OR OLD."created_at" IS DISTINCT FROM (NEW."created_at"))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='ef9c074e4dfe8496e3b15ca664976b18e4a7f2e1', operation='UPDATE', pgid='pgtrigger_order_identity_f2b0c', table='orders_order', when='BEFORE')),
        ),
        AddConstraintNotValid(
            model_name='order',
            constraint=models.CheckConstraint(condition=models.Q(('number_prefix__regex', '[0-9]$'), _negated=True), name='order_prefix_ends_before_digits'),
        ),
        ValidateConstraint('order', 'order_prefix_ends_before_digits'),
    ]
