"""Payments by gift card and store credit name what they took from, and agree with its entries."""

from __future__ import annotations

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.contrib.postgres.operations import AddConstraintNotValid, ValidateConstraint
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('orders', '0003_handover'),
        ('stored_value', '0001_initial'),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name='payment',
            name='payment_identity',
        ),
        migrations.AddField(
            model_name='payment',
            name='stored_value',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='stored_value.storedvalue'),
        ),
        migrations.AlterField(
            model_name='payment',
            name='method',
            field=models.CharField(choices=[('bank_transfer', 'Bank transfer'), ('cash', 'Cash'), ('card_terminal', 'Card terminal'), ('gift_card', 'Gift card'), ('store_credit', 'Store credit')], max_length=20),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='payment',
            trigger=pgtrigger.compiler.Trigger(name='payment_of_stored_value_agrees', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (NEW.stored_value_id IS NOT NULL)', constraint='CONSTRAINT', func="\nIF EXISTS (\n    SELECT 1 FROM orders_payment p\n    CROSS JOIN LATERAL (\n        SELECT coalesce(-sum(e.amount) FILTER (WHERE e.kind = 'redeem' AND e.stored_value_id = p.stored_value_id), 0)\n                   AS redeemed,\n               coalesce(sum(e.amount) FILTER (WHERE e.kind = 'give_back'), 0) AS given_back\n        FROM stored_value_storedvalueentry e WHERE e.order_id = p.order_id AND e.payment_id = p.id\n    ) entries\n    WHERE p.id = NEW.id AND (p.captured <> entries.redeemed OR p.refunded <> entries.given_back)\n) THEN\n    RAISE EXCEPTION 'what a gift card or store credit paid and got back is what its entries say'\n        USING ERRCODE = 'check_violation';\nEND IF;\nRETURN NULL;\n", hash='0d3e55f48ebad7f5c9e58a710f140b240d8673a0', operation='UPDATE OF "captured", "refunded"', pgid='pgtrigger_payment_of_stored_value_agrees_99d66', table='orders_payment', timing='DEFERRABLE INITIALLY DEFERRED', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='payment',
            trigger=pgtrigger.compiler.Trigger(name='payment_identity', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."order_id" IS DISTINCT FROM (NEW."order_id") OR OLD."method" IS DISTINCT FROM (NEW."method") OR OLD."amount" IS DISTINCT FROM (NEW."amount") OR OLD."reference" IS DISTINCT FROM (NEW."reference") OR OLD."stored_value_id" IS DISTINCT FROM (NEW."stored_value_id") OR OLD."created_at" IS DISTINCT FROM (NEW."created_at"))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='70e988fd30fb5ec0393b0ef656e5bf94e6bbdb4c', operation='UPDATE', pgid='pgtrigger_payment_identity_99c8b', table='orders_payment', when='BEFORE')),
        ),
        AddConstraintNotValid(
            model_name='payment',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('method__in', ('gift_card', 'store_credit')), ('stored_value__isnull', False)), models.Q(models.Q(('method__in', ('gift_card', 'store_credit')), _negated=True), ('stored_value', None)), _connector='OR'), name='payment_names_the_stored_value_of_its_method'),
        ),
        ValidateConstraint('payment', 'payment_names_the_stored_value_of_its_method'),
    ]
