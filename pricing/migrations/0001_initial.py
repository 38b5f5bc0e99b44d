from django.db import migrations


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("core", "0005_ruleset"),
        ("customers", "0002_settled_text"),
        ("inventory", "0003_tax_class_and_weight"),
        ("taxes", "0001_initial"),
    ]

    operations = []
