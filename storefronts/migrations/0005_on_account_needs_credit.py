"""Whether orders on account need credit. The default is the database's: servers that don't know the column insert."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('storefronts', '0004_days_to_pay'),
    ]

    operations = [
        migrations.AddField(
            model_name='storefrontsettings',
            name='on_account_needs_credit',
            field=models.BooleanField(db_default=False, default=False),
        ),
    ]
