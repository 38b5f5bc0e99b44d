import core.models.text
import django.db.models.functions.text
from django.db import migrations, models

from core.migrating import BLOCK, IDENTIFIER, LINE, SettleField, mend_text


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0002_settled_text'),
        ('inventory', '0001_initial'),
    ]

    operations = [
        mend_text(
            "inventory",
            product={"name": LINE, "description": BLOCK},
            variant={"sku": IDENTIFIER, "name": LINE},
            location={"code": IDENTIFIER, "name": LINE},
        ),
        SettleField(
            model_name='location',
            name='code',
            field=core.models.text.IdentifierField(max_length=32, unique=True),
        ),
        SettleField(
            model_name='location',
            name='name',
            field=core.models.text.LineField(max_length=100),
        ),
        SettleField(
            model_name='product',
            name='description',
            field=core.models.text.BlockField(blank=True, default=''),
        ),
        SettleField(
            model_name='product',
            name='name',
            field=core.models.text.LineField(max_length=250),
        ),
        SettleField(
            model_name='stockmovement',
            name='note',
            field=core.models.text.LineField(blank=True, default='', max_length=200),
        ),
        SettleField(
            model_name='variant',
            name='name',
            field=core.models.text.LineField(max_length=250),
        ),
        SettleField(
            model_name='variant',
            name='sku',
            field=core.models.text.IdentifierField(max_length=64, unique=True, verbose_name='SKU'),
        ),
        migrations.AddConstraint(
            model_name='variant',
            constraint=models.UniqueConstraint(django.db.models.functions.text.Lower('sku'), name='variant_sku_once_in_any_case'),
        ),
        migrations.AddConstraint(
            model_name='location',
            constraint=models.UniqueConstraint(django.db.models.functions.text.Lower('code'), name='location_code_once_in_any_case'),
        ),
    ]
