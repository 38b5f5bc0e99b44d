import core.models.text
from django.db import migrations

from core.migrating import IDENTIFIER, LINE, SettleField, mend_text


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0002_settled_text'),
        ('customers', '0001_initial'),
    ]

    operations = [
        mend_text(
            "customers",
            customer={"email": IDENTIFIER, "name": LINE, "phone": LINE, "external_ref": IDENTIFIER},
            address=dict.fromkeys(
                ["name", "company", "line1", "line2", "city", "region", "postal_code", "phone"], LINE
            ),
        ),
        SettleField(
            model_name='address',
            name='city',
            field=core.models.text.LineField(max_length=100),
        ),
        SettleField(
            model_name='address',
            name='company',
            field=core.models.text.LineField(blank=True, default='', max_length=200),
        ),
        SettleField(
            model_name='address',
            name='line1',
            field=core.models.text.LineField(max_length=200),
        ),
        SettleField(
            model_name='address',
            name='line2',
            field=core.models.text.LineField(blank=True, default='', max_length=200),
        ),
        SettleField(
            model_name='address',
            name='name',
            field=core.models.text.LineField(max_length=200),
        ),
        SettleField(
            model_name='address',
            name='phone',
            field=core.models.text.LineField(blank=True, default='', max_length=40),
        ),
        SettleField(
            model_name='address',
            name='postal_code',
            field=core.models.text.LineField(blank=True, default='', max_length=20),
        ),
        SettleField(
            model_name='address',
            name='region',
            field=core.models.text.LineField(blank=True, default='', max_length=100),
        ),
        SettleField(
            model_name='customer',
            name='email',
            field=core.models.text.EmailField(blank=True, help_text="Empty for one known only by the storefront's own reference.", max_length=254, null=True),
        ),
        SettleField(
            model_name='customer',
            name='external_ref',
            field=core.models.text.IdentifierField(blank=True, max_length=100, null=True),
        ),
        SettleField(
            model_name='customer',
            name='name',
            field=core.models.text.LineField(blank=True, default='', max_length=200),
        ),
        SettleField(
            model_name='customer',
            name='phone',
            field=core.models.text.LineField(blank=True, default='', max_length=40),
        ),
    ]
