"""How long restocking usually takes. Empty at first, so that no row is written; servers that don't know it insert."""

from django.contrib.postgres.operations import AddConstraintNotValid, ValidateConstraint
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('inventory', '0005_sourcing'),
    ]

    operations = [
        migrations.AddField(
            model_name='variant',
            name='restock_days',
            field=models.PositiveSmallIntegerField(blank=True, help_text='Days after which units that wait are usually there, told as a date when they are ordered; empty: not told.', null=True),
        ),
        AddConstraintNotValid(
            model_name='variant',
            constraint=models.CheckConstraint(condition=models.Q(('restock_days', None), ('restock_days__lte', 999), _connector='OR'), name='variant_restock_days_in_range'),
        ),
        ValidateConstraint('variant', 'variant_restock_days_in_range'),
    ]
