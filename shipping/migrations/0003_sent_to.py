"""Where a shipment was sent. The column's default is the database's too: servers that don't know it yet insert."""

from __future__ import annotations

from django.db import migrations, models

import core.models.text
from core.migrating import SettleField


class Migration(migrations.Migration):

    dependencies = [
        ('shipping', '0002_settled_text'),
    ]

    operations = [
        migrations.AddField(
            model_name='shipment',
            name='sent_to',
            field=models.JSONField(default=dict, editable=False, help_text="The order's shipping address as it left."),
        ),
        migrations.RunSQL(
            "ALTER TABLE shipping_shipment ALTER COLUMN sent_to SET DEFAULT '{}'",
            "ALTER TABLE shipping_shipment ALTER COLUMN sent_to DROP DEFAULT",
        ),
        SettleField(
            model_name='shipment',
            name='sent_to',
            field=core.models.text.LinesField(default=dict, editable=False, help_text="The order's shipping address as it left."),
        ),
    ]
