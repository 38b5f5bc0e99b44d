"""The standard roles, as the catalogue of authorities declares them."""

from typing import Any

from django.db import migrations


def make(apps: Any, _editor: Any) -> None:
    from core.standard_roles import make_standard_roles

    make_standard_roles(apps)


class Migration(migrations.Migration):
    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("axes", "0010_accessattemptexpiration"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("core", "__first__"),
        ("customers", "__first__"),
        ("inventory", "__first__"),
        ("orders", "__first__"),
        ("shipping", "__first__"),
        ("trading", "__first__"),
    ]
    operations = [migrations.RunPython(make, migrations.RunPython.noop)]
