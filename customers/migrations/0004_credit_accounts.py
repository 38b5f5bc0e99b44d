"""Credit accounts of customers. What is owed as one is opened, a function of the room of orders says."""

import core.ids
import django.db.models.deletion
import django.utils.timezone
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


# The account under its row lock, after the lock that whoever opens an account has alone. In one statement of the caller's;
# the second one here sees an account that was opened while the first one waited.
FUNCTION = """
CREATE FUNCTION customers_locked_credit(of_customer uuid, of_currency text) RETURNS SETOF customers_creditaccount
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(3223136359185188223);
    RETURN QUERY SELECT * FROM customers_creditaccount
        WHERE customer_id = of_customer AND currency = of_currency FOR NO KEY UPDATE;
END
$$;
"""
NO_FUNCTION = "DROP FUNCTION customers_locked_credit(uuid, text)"


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0006_text_checks_called'),
        ('customers', '0003_groups_and_tax'),
    ]

    operations = [
        migrations.CreateModel(
            name='CreditAccount',
            fields=[
                ('id', models.UUIDField(default=core.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('version', models.PositiveIntegerField(default=0, editable=False)),
                ('currency', models.CharField(max_length=3)),
                ('limit', models.BigIntegerField(help_text='They may owe so much at most; 0: nothing more.')),
                ('days_to_pay', models.PositiveSmallIntegerField(blank=True, help_text="Empty: the storefront's.", null=True)),
                ('owed', models.BigIntegerField(default=0, editable=False)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('client', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.client', verbose_name='storefront')),
                ('customer', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='credit_accounts', to='customers.customer')),
            ],
            options={
                'ordering': ['-id'],
                'indexes': [models.Index(fields=['client', '-id'], name='credit_account_newest')],
                'constraints': [models.UniqueConstraint(fields=('customer', 'currency'), name='credit_account_once_per_currency'), models.CheckConstraint(condition=models.Q(('limit__range', (0, 1000000000000000))), name='credit_account_limit_not_negative'), models.CheckConstraint(condition=models.Q(('days_to_pay', None), ('days_to_pay__range', (0, 365)), _connector='OR'), name='credit_account_days_range'), models.CheckConstraint(condition=models.Q(('owed__gte', 0)), name='credit_account_owed_not_negative'), models.CheckConstraint(condition=models.Q(('currency__regex', '^[A-Z]{3}$')), name='credit_account_currency_code')],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='creditaccount',
            trigger=pgtrigger.compiler.Trigger(name='credit_account_is_what_it_is', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."client_id" IS DISTINCT FROM (NEW."client_id") OR OLD."customer_id" IS DISTINCT FROM (NEW."customer_id") OR OLD."currency" IS DISTINCT FROM (NEW."currency") OR OLD."created_at" IS DISTINCT FROM (NEW."created_at"))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='592db9f358d1b68b86627156a07d9cc8eee74fbd', operation='UPDATE', pgid='pgtrigger_credit_account_is_what_it_is_22dcd', table='customers_creditaccount', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='creditaccount',
            trigger=pgtrigger.compiler.Trigger(name='credit_account_customer_of_storefront', sql=pgtrigger.compiler.UpsertTriggerSql(func="\nIF NOT EXISTS (SELECT 1 FROM customers_customer c WHERE c.id = NEW.customer_id AND c.client_id = NEW.client_id) THEN\n    RAISE EXCEPTION 'a credit account is of a customer of its storefront' USING ERRCODE = 'check_violation';\nEND IF;\nRETURN NEW;\n", hash='ff7f7b1fb852177390d216c30e8e8b6c187e468a', operation='INSERT', pgid='pgtrigger_credit_account_customer_of_storefront_0a75a', table='customers_creditaccount', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='creditaccount',
            trigger=pgtrigger.compiler.Trigger(name='credit_account_opens_with_what_is_owed', sql=pgtrigger.compiler.UpsertTriggerSql(func='\nPERFORM pg_advisory_xact_lock(3223136359185188223);\nSELECT orders_owed(NEW.customer_id, NEW.currency) INTO NEW.owed;\nRETURN NEW;\n', hash='4a27fd130e44f1570c2e38e213129506dd305e3c', operation='INSERT', pgid='pgtrigger_credit_account_opens_with_what_is_owed_7a612', table='customers_creditaccount', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='creditaccount',
            trigger=pgtrigger.compiler.Trigger(name='credit_account_owed_moves_by_order', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (pg_trigger_depth() = 0 AND OLD.owed IS DISTINCT FROM NEW.owed)', func="\nRAISE EXCEPTION 'what a customer owes moves only with their orders on account' USING ERRCODE = 'restrict_violation';\n", hash='a9982bd88c21cc9e1efe8887de2061c93b98a073', operation='UPDATE OF "owed"', pgid='pgtrigger_credit_account_owed_moves_by_order_16c02', table='customers_creditaccount', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='creditaccount',
            trigger=pgtrigger.compiler.Trigger(name='credit_account_is_kept', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='10088bf889f1576793b0c7834b08bc45a7291396', operation='DELETE', pgid='pgtrigger_credit_account_is_kept_6ce8d', table='customers_creditaccount', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='creditaccount',
            trigger=pgtrigger.compiler.Trigger(name='credit_account_not_truncated', sql=pgtrigger.compiler.UpsertTriggerSql(func="\nRAISE EXCEPTION 'rows of % are kept; it is never truncated', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';\n", hash='1da177a5eadd3261956c6a2c7b6f50ea3a8e71ec', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_credit_account_not_truncated_e62c0', table='customers_creditaccount', when='BEFORE')),
        ),
        migrations.RunSQL(FUNCTION, NO_FUNCTION),
    ]
