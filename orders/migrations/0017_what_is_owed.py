"""What customers owe by orders on account: counted by a trigger, and summed up as a credit account is opened."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations


# What a customer owes by all orders on account in a currency, in minor units: asked as a credit account is opened.
FUNCTION = """
CREATE FUNCTION orders_owed(of_customer uuid, of_currency text) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT coalesce(sum(greatest(charged - credited - written_off - captured + refunded, 0)), 0)::bigint
    FROM orders_order
    WHERE customer_id = of_customer AND currency = of_currency AND payment_terms = 'on_account'
$$;
"""
NO_FUNCTION = "DROP FUNCTION orders_owed(uuid, text)"


class Migration(migrations.Migration):

    dependencies = [
        ('customers', '0004_credit_accounts'),
        ('orders', '0016_instalments'),
    ]

    operations = [
        migrations.RunSQL(FUNCTION, NO_FUNCTION),
        pgtrigger.migrations.RemoveTrigger(
            model_name='order',
            name='order_identity',
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='order',
            trigger=pgtrigger.compiler.Trigger(name='order_identity', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."number" IS DISTINCT FROM (NEW."number") OR OLD."number_prefix" IS DISTINCT FROM (NEW."number_prefix") OR OLD."client_id" IS DISTINCT FROM (NEW."client_id") OR OLD."customer_id" IS DISTINCT FROM (NEW."customer_id") OR OLD."external_ref" IS DISTINCT FROM (NEW."external_ref") OR OLD."currency" IS DISTINCT FROM (NEW."currency") OR OLD."created_at" IS DISTINCT FROM (NEW."created_at"))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='21ef4290328b3fe838d472e797383bb9cf08d3fb', operation='UPDATE', pgid='pgtrigger_order_identity_f2b0c', table='orders_order', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='order',
            trigger=pgtrigger.compiler.Trigger(name='order_counts_what_is_owed', sql=pgtrigger.compiler.UpsertTriggerSql(condition="WHEN (NEW.customer_id IS NOT NULL AND (CASE WHEN OLD.payment_terms = 'on_account' THEN greatest(OLD.charged - OLD.credited - OLD.written_off - OLD.captured + OLD.refunded, 0) ELSE 0 END) <> (CASE WHEN NEW.payment_terms = 'on_account' THEN greatest(NEW.charged - NEW.credited - NEW.written_off - NEW.captured + NEW.refunded, 0) ELSE 0 END))", constraint='CONSTRAINT', declare='DECLARE beyond boolean;', func='\nPERFORM pg_advisory_xact_lock_shared(3223136359185188223);\nUPDATE customers_creditaccount a SET owed = a.owed + (CASE WHEN NEW.payment_terms = \'on_account\' THEN greatest(NEW.charged - NEW.credited - NEW.written_off - NEW.captured + NEW.refunded, 0) ELSE 0 END) - (CASE WHEN OLD.payment_terms = \'on_account\' THEN greatest(OLD.charged - OLD.credited - OLD.written_off - OLD.captured + OLD.refunded, 0) ELSE 0 END)\nWHERE a.customer_id = NEW.customer_id AND a.currency = NEW.currency\nRETURNING a.owed > a."limit" INTO beyond;\nIF beyond AND (CASE WHEN NEW.payment_terms = \'on_account\' THEN greatest(NEW.charged - NEW.credited - NEW.written_off - NEW.captured + NEW.refunded, 0) ELSE 0 END) > (CASE WHEN OLD.payment_terms = \'on_account\' THEN greatest(OLD.charged - OLD.credited - OLD.written_off - OLD.captured + OLD.refunded, 0) ELSE 0 END)\n    AND (OLD.payment_terms <> NEW.payment_terms OR NEW.charged - NEW.credited > OLD.charged - OLD.credited) THEN\n    RAISE EXCEPTION \'an order on account goes beyond the credit of its customer\'\n        USING ERRCODE = \'check_violation\', CONSTRAINT = TG_NAME;\nEND IF;\nRETURN NULL;\n', hash='c2ed40a38e891be9368b389e436ffdf8a4b24ed0', operation='UPDATE OF "charged", "captured", "refunded", "credited", "written_off", "payment_terms"', pgid='pgtrigger_order_counts_what_is_owed_e5d27', table='orders_order', timing='DEFERRABLE INITIALLY DEFERRED', when='AFTER')),
        ),
    ]
