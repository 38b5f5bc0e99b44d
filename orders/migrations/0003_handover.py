"""How goods come to the customer. The column's default is the database's too: servers that don't know it yet insert."""

from __future__ import annotations

import pgtrigger.compiler
import pgtrigger.migrations
from django.contrib.postgres.operations import AddConstraintNotValid, ValidateConstraint
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('orders', '0002_settled_text'),
    ]

    operations = [
        migrations.AddField(
            model_name='order',
            name='handover',
            field=models.CharField(choices=[('parcel', 'Parcel to the address'), ('in_person', 'Handed over in person')], default='parcel', max_length=12),
        ),
        migrations.RunSQL(
            "ALTER TABLE orders_order ALTER COLUMN handover SET DEFAULT 'parcel'",
            "ALTER TABLE orders_order ALTER COLUMN handover DROP DEFAULT",
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='order',
            trigger=pgtrigger.compiler.Trigger(name='order_parcel_has_address', sql=pgtrigger.compiler.UpsertTriggerSql(condition="WHEN (NEW.status = 'processing' AND NEW.handover = 'parcel' AND (coalesce(NEW.shipping_address ->> 'name', '') = '' OR coalesce(NEW.shipping_address ->> 'line1', '') = '' OR coalesce(NEW.shipping_address ->> 'city', '') = '' OR coalesce(NEW.shipping_address ->> 'country', '') = '')\nAND (OLD.status, OLD.shipping_address, OLD.handover)\n    IS DISTINCT FROM (NEW.status, NEW.shipping_address, NEW.handover))", func="\nRAISE EXCEPTION 'an order in the warehouse has a complete shipping address, or is handed over in person'\n    USING ERRCODE = 'restrict_violation';\n", hash='5edd2e582b34fafb2a74f766f26dddbe95fe2d14', operation='UPDATE OF "status", "shipping_address", "handover"', pgid='pgtrigger_order_parcel_has_address_7906b', table='orders_order', when='BEFORE')),
        ),
        AddConstraintNotValid(
            model_name='order',
            constraint=models.CheckConstraint(condition=models.Q(('handover__in', ['parcel', 'in_person'])), name='order_handover_known'),
        ),
        ValidateConstraint('order', 'order_handover_known'),
    ]
