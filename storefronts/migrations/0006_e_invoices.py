"""Whether a storefront writes e-invoices, and who sells. The defaults are the database's: servers that don't know them insert."""

import core.models.text
from django.contrib.postgres.operations import AddConstraintNotValid, ValidateConstraint
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0006_text_checks_called'),
        ('storefronts', '0005_on_account_needs_credit'),
    ]

    operations = [
        migrations.AddField(
            model_name='storefrontsettings',
            name='city',
            field=core.models.text.LineField(blank=True, db_default='', default='', max_length=100),
        ),
        migrations.AddField(
            model_name='storefrontsettings',
            name='e_invoice',
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name='storefrontsettings',
            name='iban',
            field=core.models.text.IdentifierField(blank=True, db_default='', default='', max_length=34, verbose_name='IBAN'),
        ),
        migrations.AddField(
            model_name='storefrontsettings',
            name='legal_name',
            field=core.models.text.LineField(blank=True, db_default='', default='', max_length=200),
        ),
        migrations.AddField(
            model_name='storefrontsettings',
            name='postal_code',
            field=core.models.text.LineField(blank=True, db_default='', default='', max_length=20),
        ),
        migrations.AddField(
            model_name='storefrontsettings',
            name='street',
            field=core.models.text.LineField(blank=True, db_default='', default='', max_length=200),
        ),
        migrations.AddField(
            model_name='storefrontsettings',
            name='vat_id',
            field=core.models.text.IdentifierField(blank=True, db_default='', default='', max_length=15, verbose_name='VAT id'),
        ),
        AddConstraintNotValid(
            model_name='storefrontsettings',
            constraint=models.CheckConstraint(condition=models.Q(('vat_id__regex', '^([A-Z]{2}[A-Z0-9]{2,13})?$')), name='storefront_vat_id_form'),
        ),
        AddConstraintNotValid(
            model_name='storefrontsettings',
            constraint=models.CheckConstraint(condition=models.Q(('iban__regex', '^([A-Z]{2}[0-9]{2}[A-Z0-9]{11,30})?$')), name='storefront_iban_form'),
        ),
        ValidateConstraint('storefrontsettings', 'storefront_vat_id_form'),
        ValidateConstraint('storefrontsettings', 'storefront_iban_form'),
    ]
