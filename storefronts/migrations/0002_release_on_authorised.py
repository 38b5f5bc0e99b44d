"""Whether a storefront releases orders on authorised money. Servers that don't know the column insert its default."""

from __future__ import annotations

from django.db import migrations, models

_SET = "ALTER TABLE storefronts_storefrontsettings ALTER COLUMN release_on_authorised SET DEFAULT false"
_DROP = "ALTER TABLE storefronts_storefrontsettings ALTER COLUMN release_on_authorised DROP DEFAULT"


class Migration(migrations.Migration):
    dependencies = [("storefronts", "0001_initial")]
    operations = [
        migrations.AddField(
            model_name="storefrontsettings",
            name="release_on_authorised",
            field=models.BooleanField(default=False),
        ),
        migrations.RunSQL(_SET, _DROP),
    ]
