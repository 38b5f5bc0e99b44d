import core.models.text
from django.db import migrations

from core.migrating import BLOCK, IDENTIFIER, LINE, SettleField, mend_text


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0002_settled_text'),
        ('shipping', '0001_initial'),
    ]

    operations = [
        mend_text(
            "shipping",
            shipment={"carrier": LINE, "tracking_number": IDENTIFIER, "notes": BLOCK, "failure_reason": LINE},
        ),
        SettleField(
            model_name='shipment',
            name='carrier',
            field=core.models.text.LineField(blank=True, default='', max_length=100),
        ),
        SettleField(
            model_name='shipment',
            name='failure_reason',
            field=core.models.text.LineField(blank=True, default='', max_length=200),
        ),
        SettleField(
            model_name='shipment',
            name='notes',
            field=core.models.text.BlockField(blank=True, default='', max_length=2000),
        ),
        SettleField(
            model_name='shipment',
            name='tracking_number',
            field=core.models.text.IdentifierField(blank=True, default='', max_length=100),
        ),
    ]
