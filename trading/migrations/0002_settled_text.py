import core.models.text
from django.db import migrations

from core.migrating import IDENTIFIER, SettleField, mend_text


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0002_settled_text'),
        ('trading', '0001_initial'),
    ]

    operations = [
        mend_text("trading", instrument={"sku": IDENTIFIER}),
        SettleField(
            model_name='bookorder',
            name='ref',
            field=core.models.text.IdentifierField(help_text="The client's own id for it.", max_length=64, verbose_name='id'),
        ),
        SettleField(
            model_name='bookorder',
            name='source',
            field=core.models.text.LineField(blank=True, default='', max_length=64),
        ),
        SettleField(
            model_name='instrument',
            name='sku',
            field=core.models.text.IdentifierField(blank=True, default='', help_text='What a settled trade orders.', max_length=64, verbose_name='SKU'),
        ),
        SettleField(
            model_name='instrument',
            name='symbol',
            field=core.models.text.IdentifierField(max_length=64, unique=True),
        ),
        SettleField(
            model_name='trade',
            name='client_ref',
            field=core.models.text.IdentifierField(help_text="The client's own reference; a repeated one acts once.", max_length=100),
        ),
    ]
