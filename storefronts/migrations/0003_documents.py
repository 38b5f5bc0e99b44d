"""What documents are written in, and who sells. The defaults are the database's: servers that don't know them insert."""

import core.models.text
import django.db.models.functions.text
import django.db.models.lookups
from django.contrib.postgres.operations import AddConstraintNotValid, ValidateConstraint
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0006_text_checks_called'),
        ('storefronts', '0002_release_on_authorised'),
    ]

    operations = [
        migrations.AddField(
            model_name='storefrontsettings',
            name='language',
            field=models.CharField(blank=True, db_default='', default='', help_text='Of documents; empty: English.', max_length=2),
        ),
        migrations.AddField(
            model_name='storefrontsettings',
            name='letterhead',
            field=core.models.text.BlockField(blank=True, db_default='', default='', max_length=1000),
        ),
        AddConstraintNotValid(
            model_name='storefrontsettings',
            constraint=models.CheckConstraint(condition=models.Q(('language__in', ['', 'en', 'de', 'fr', 'es'])), name='storefront_language_known'),
        ),
        AddConstraintNotValid(
            model_name='storefrontsettings',
            constraint=models.CheckConstraint(condition=django.db.models.lookups.LessThanOrEqual(django.db.models.functions.text.Length('letterhead'), 1000), name='storefront_letterhead_length'),
        ),
        ValidateConstraint('storefrontsettings', 'storefront_language_known'),
        ValidateConstraint('storefrontsettings', 'storefront_letterhead_length'),
    ]
