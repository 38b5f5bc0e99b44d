"""Refunds with their lines and parts, and what is asked of payment gateways.

The new columns' defaults are the database's too: servers that don't know them insert.
"""

import core.ids
import core.models.text
import django.db.models.deletion
import django.utils.timezone
import django_fsm
import pgtrigger.compiler
import pgtrigger.migrations
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('inventory', '0006_restock_days'),
        ('orders', '0009_promised_on'),
        ('stored_value', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='PaymentAttempt',
            fields=[
                ('actor_kind', models.CharField(max_length=10)),
                ('actor_id', models.CharField(max_length=64)),
                ('actor_name', models.CharField(max_length=150)),
                ('version', models.PositiveIntegerField(help_text='Of the subject: the event of this version tells of the row.')),
                ('id', models.UUIDField(default=core.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('authorise', 'Authorise'), ('capture', 'Capture'), ('void', 'Void'), ('refund', 'Refund')], max_length=12)),
                ('status', django_fsm.FSMField(choices=[('requested', 'Requested'), ('needs_action', 'Waits for the payer'), ('succeeded', 'Succeeded'), ('declined', 'Declined')], default='requested', max_length=12, protected=True)),
                ('amount', models.BigIntegerField()),
                ('then_capture', models.BooleanField(default=False)),
                ('refund_id', models.UUIDField(blank=True, null=True)),
                ('token', core.models.text.IdentifierField(blank=True, default='', max_length=200)),
                ('reference', core.models.text.IdentifierField(blank=True, default='', help_text="The gateway's own.", max_length=200)),
                ('code', core.models.text.IdentifierField(blank=True, default='', help_text='Why it was declined.', max_length=100)),
                ('action_url', core.models.text.IdentifierField(blank=True, default='', help_text='Where the payer must act.', max_length=500)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('settled_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'ordering': ['-id'],
                'abstract': False,
            },
            bases=(django_fsm.FSMModelMixin, models.Model),
        ),
        migrations.CreateModel(
            name='Refund',
            fields=[
                ('actor_kind', models.CharField(max_length=10)),
                ('actor_id', models.CharField(max_length=64)),
                ('actor_name', models.CharField(max_length=150)),
                ('version', models.PositiveIntegerField(help_text='Of the subject: the event of this version tells of the row.')),
                ('id', models.UUIDField(default=core.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('status', django_fsm.FSMField(choices=[('requested', 'Requested'), ('approved', 'Approved'), ('succeeded', 'Succeeded'), ('failed', 'Failed'), ('rejected', 'Rejected')], default='requested', max_length=12, protected=True)),
                ('reason', models.CharField(choices=[('returned', 'Sent back'), ('damaged', 'Damaged'), ('missing', 'Missing'), ('wrong_item', 'Wrong item'), ('late', 'Late'), ('price', 'Price'), ('cancelled', 'Cancelled'), ('other', 'Other')], max_length=12)),
                ('note', core.models.text.LineField(blank=True, default='', max_length=200)),
                ('to', models.CharField(choices=[('original', 'What it was paid with'), ('store_credit', "The customer's store credit")], max_length=12)),
                ('asked', models.JSONField()),
                ('credited', models.BigIntegerField()),
                ('amount', models.BigIntegerField()),
                ('above_limit', models.BooleanField(default=False)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('rejection', core.models.text.LineField(blank=True, default='', max_length=200)),
                ('decided_at', models.DateTimeField(blank=True, null=True)),
                ('decided_version', models.PositiveIntegerField(blank=True, help_text='Of the order: the event of this version tells of the decision.', null=True)),
                ('decided_by_kind', models.CharField(blank=True, default='', max_length=10)),
                ('decided_by_id', models.CharField(blank=True, default='', max_length=64)),
                ('decided_by_name', models.CharField(blank=True, default='', max_length=150)),
            ],
            options={
                'ordering': ['-id'],
                'abstract': False,
            },
            bases=(django_fsm.FSMModelMixin, models.Model),
        ),
        migrations.CreateModel(
            name='RefundLine',
            fields=[
                ('id', models.UUIDField(default=core.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('goods', 'Goods'), ('delivery', 'Delivery'), ('goodwill', 'Goodwill'), ('balance', 'Balance')], max_length=12)),
                ('quantity', models.PositiveIntegerField(default=0)),
                ('amount', models.BigIntegerField()),
            ],
            options={
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='RefundPart',
            fields=[
                ('id', models.UUIDField(default=core.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('amount', models.BigIntegerField()),
            ],
            options={
                'ordering': ['id'],
            },
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='payment',
            name='payment_identity',
        ),
        migrations.AddField(
            model_name='deliverycharge',
            name='credited',
            field=models.BigIntegerField(default=0),
        ),
        migrations.RunSQL(
            "ALTER TABLE orders_deliverycharge ALTER COLUMN credited SET DEFAULT 0", "ALTER TABLE orders_deliverycharge ALTER COLUMN credited DROP DEFAULT"
        ),
        migrations.AddField(
            model_name='orderline',
            name='credited',
            field=models.IntegerField(default=0),
        ),
        migrations.RunSQL(
            "ALTER TABLE orders_orderline ALTER COLUMN credited SET DEFAULT 0", "ALTER TABLE orders_orderline ALTER COLUMN credited DROP DEFAULT"
        ),
        migrations.AddField(
            model_name='payment',
            name='gateway',
            field=core.models.text.IdentifierField(blank=True, default='', help_text='Whom a card is charged by.', max_length=32),
        ),
        migrations.RunSQL(
            "ALTER TABLE orders_payment ALTER COLUMN gateway SET DEFAULT ''", "ALTER TABLE orders_payment ALTER COLUMN gateway DROP DEFAULT"
        ),
        migrations.AlterField(
            model_name='payment',
            name='method',
            field=models.CharField(choices=[('bank_transfer', 'Bank transfer'), ('cash', 'Cash'), ('card_terminal', 'Card terminal'), ('gift_card', 'Gift card'), ('store_credit', 'Store credit'), ('card', 'Card')], max_length=20),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='deliverycharge',
            trigger=pgtrigger.compiler.Trigger(name='delivery_begins_without_credit', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (NEW.credited <> 0)', func="\nRAISE EXCEPTION 'what of % is credited moves only by inserting a line of a refund', TG_TABLE_NAME\n    USING ERRCODE = 'restrict_violation';\n", hash='db07bab20637bfd622fbe380c845f892e63b49eb', operation='INSERT', pgid='pgtrigger_delivery_begins_without_credit_45e1a', table='orders_deliverycharge', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='deliverycharge',
            trigger=pgtrigger.compiler.Trigger(name='delivery_credited_by_refund', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (pg_trigger_depth() = 0 AND (OLD.credited IS DISTINCT FROM NEW.credited))', func="\nRAISE EXCEPTION 'what of % is credited moves only by inserting a line of a refund', TG_TABLE_NAME\n    USING ERRCODE = 'restrict_violation';\n", hash='568dd6dfd07f07d343fcfc85474fa37c95b127f4', operation='UPDATE OF "credited"', pgid='pgtrigger_delivery_credited_by_refund_8c8f9', table='orders_deliverycharge', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='orderline',
            trigger=pgtrigger.compiler.Trigger(name='line_begins_without_credit', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (NEW.credited <> 0)', func="\nRAISE EXCEPTION 'what of % is credited moves only by inserting a line of a refund', TG_TABLE_NAME\n    USING ERRCODE = 'restrict_violation';\n", hash='6683389ecd80a46307002a0db87c988b170dd89e', operation='INSERT', pgid='pgtrigger_line_begins_without_credit_e3421', table='orders_orderline', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='orderline',
            trigger=pgtrigger.compiler.Trigger(name='line_credited_by_refund', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (pg_trigger_depth() = 0 AND (OLD.credited IS DISTINCT FROM NEW.credited))', func="\nRAISE EXCEPTION 'what of % is credited moves only by inserting a line of a refund', TG_TABLE_NAME\n    USING ERRCODE = 'restrict_violation';\n", hash='9910accdf635c0e2bf326eabdaf64ef0310ada73', operation='UPDATE OF "credited"', pgid='pgtrigger_line_credited_by_refund_4263c', table='orders_orderline', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='payment',
            trigger=pgtrigger.compiler.Trigger(name='payment_identity', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."order_id" IS DISTINCT FROM (NEW."order_id") OR OLD."method" IS DISTINCT FROM (NEW."method") OR OLD."amount" IS DISTINCT FROM (NEW."amount") OR OLD."reference" IS DISTINCT FROM (NEW."reference") OR OLD."gateway" IS DISTINCT FROM (NEW."gateway") OR OLD."stored_value_id" IS DISTINCT FROM (NEW."stored_value_id") OR OLD."created_at" IS DISTINCT FROM (NEW."created_at"))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='9bc2d08a7bdd543ecc568533311e9f76ba547a92', operation='UPDATE', pgid='pgtrigger_payment_identity_99c8b', table='orders_payment', when='BEFORE')),
        ),
        AddConstraintNotValid(
            model_name='deliverycharge',
            constraint=models.CheckConstraint(condition=models.Q(('credited__gte', 0), ('total__gte', models.F('credited'))), name='delivery_credited_within_total'),
        ),
        AddConstraintNotValid(
            model_name='orderline',
            constraint=models.CheckConstraint(condition=models.Q(('credited__gte', 0), ('quantity__gte', models.F('credited'))), name='line_credited_within_quantity'),
        ),
        AddConstraintNotValid(
            model_name='payment',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('method', 'card'), models.Q(('gateway', ''), _negated=True)), models.Q(models.Q(('method', 'card'), _negated=True), ('gateway', '')), _connector='OR'), name='payment_by_card_names_its_gateway'),
        ),
        migrations.AddField(
            model_name='paymentattempt',
            name='payment',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='attempts', to='orders.payment'),
        ),
        migrations.AddField(
            model_name='refund',
            name='order',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='refunds', to='orders.order'),
        ),
        migrations.AddField(
            model_name='refundline',
            name='delivery',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='orders.deliverycharge'),
        ),
        migrations.AddField(
            model_name='refundline',
            name='line',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='orders.orderline'),
        ),
        migrations.AddField(
            model_name='refundline',
            name='refund',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='lines', to='orders.refund'),
        ),
        migrations.AddField(
            model_name='refundpart',
            name='payment',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='orders.payment'),
        ),
        migrations.AddField(
            model_name='refundpart',
            name='refund',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='parts', to='orders.refund'),
        ),
        migrations.AddIndex(
            model_name='paymentattempt',
            index=models.Index(condition=models.Q(('status__in', ('requested', 'needs_action'))), fields=['created_at'], name='attempt_under_way'),
        ),
        migrations.AddConstraint(
            model_name='paymentattempt',
            constraint=models.CheckConstraint(condition=models.Q(('version__gte', 1)), name='paymentattempt_version_from_one'),
        ),
        migrations.AddConstraint(
            model_name='paymentattempt',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='attempt_amount_positive'),
        ),
        migrations.AddConstraint(
            model_name='paymentattempt',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['authorise', 'capture', 'void', 'refund'])), name='attempt_kind_known'),
        ),
        migrations.AddConstraint(
            model_name='paymentattempt',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('settled_at', None), ('status__in', ('requested', 'needs_action'))), models.Q(models.Q(('status__in', ('requested', 'needs_action')), _negated=True), ('action_url', ''), ('settled_at__isnull', False), ('token', '')), _connector='OR'), name='attempt_settled_forgets_its_card'),
        ),
        migrations.AddConstraint(
            model_name='paymentattempt',
            constraint=models.CheckConstraint(condition=models.Q(('refund_id', None), ('kind', 'refund'), _connector='OR'), name='attempt_of_a_refund_refunds'),
        ),
        migrations.AddConstraint(
            model_name='paymentattempt',
            constraint=models.UniqueConstraint(condition=models.Q(('status__in', ('requested', 'needs_action'))), fields=('payment',), name='attempt_one_at_a_time'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='paymentattempt',
            trigger=pgtrigger.compiler.Trigger(name='attempt_status_moves', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE _is_valid_transition BOOLEAN;', func='SELECT CONCAT(OLD."status", \':\', NEW."status") = ANY(\'{requested:needs_action,requested:succeeded,requested:declined,needs_action:succeeded,needs_action:declined}\'::text[]) INTO _is_valid_transition; IF (_is_valid_transition IS FALSE AND OLD."status" IS DISTINCT FROM NEW."status") THEN RAISE EXCEPTION \'pgtrigger: Invalid transition of field "status" from "%" to "%" on table %\', OLD."status", NEW."status", TG_TABLE_NAME; ELSE RETURN NEW; END IF;', hash='160e1f33cf4ca4164131daaec77ba6065a83fed2', operation='UPDATE', pgid='pgtrigger_attempt_status_moves_7a34f', table='orders_paymentattempt', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='paymentattempt',
            trigger=pgtrigger.compiler.Trigger(name='attempt_begins_requested', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (NOT (NEW."status" = \'requested\'))', func="RAISE EXCEPTION 'pgtrigger: Cannot insert rows from % table', TG_TABLE_NAME;", hash='17130cb90bb67accb5c5f90f3a594c2b8b0b6bdc', operation='INSERT', pgid='pgtrigger_attempt_begins_requested_11254', table='orders_paymentattempt', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='paymentattempt',
            trigger=pgtrigger.compiler.Trigger(name='attempt_is_as_it_was_asked', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."payment_id" IS DISTINCT FROM (NEW."payment_id") OR OLD."kind" IS DISTINCT FROM (NEW."kind") OR OLD."amount" IS DISTINCT FROM (NEW."amount") OR OLD."then_capture" IS DISTINCT FROM (NEW."then_capture") OR OLD."refund_id" IS DISTINCT FROM (NEW."refund_id") OR OLD."actor_kind" IS DISTINCT FROM (NEW."actor_kind") OR OLD."actor_id" IS DISTINCT FROM (NEW."actor_id") OR OLD."actor_name" IS DISTINCT FROM (NEW."actor_name") OR OLD."version" IS DISTINCT FROM (NEW."version") OR OLD."created_at" IS DISTINCT FROM (NEW."created_at"))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='889e9847a83acd9274be6e3693a3b59bcdefc2cb', operation='UPDATE', pgid='pgtrigger_attempt_is_as_it_was_asked_628c7', table='orders_paymentattempt', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='paymentattempt',
            trigger=pgtrigger.compiler.Trigger(name='attempt_is_kept', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='c63f9b55d09d91f0a2d0b09012503ecec88ddb3d', operation='DELETE', pgid='pgtrigger_attempt_is_kept_9e272', table='orders_paymentattempt', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='paymentattempt',
            trigger=pgtrigger.compiler.Trigger(name='attempt_not_truncated', sql=pgtrigger.compiler.UpsertTriggerSql(func="\nRAISE EXCEPTION 'rows of % are kept; it is never truncated', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';\n", hash='f9a3efa88d12f52e755509457ad643ab64cb8aca', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_attempt_not_truncated_5829e', table='orders_paymentattempt', when='BEFORE')),
        ),
        migrations.AddIndex(
            model_name='refund',
            index=models.Index(condition=models.Q(('status', 'requested')), fields=['-id'], name='refund_to_decide'),
        ),
        migrations.AddConstraint(
            model_name='refund',
            constraint=models.CheckConstraint(condition=models.Q(('version__gte', 1)), name='refund_version_from_one'),
        ),
        migrations.AddConstraint(
            model_name='refund',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gte', 0), ('credited__gte', 0), models.Q(('credited__gt', 0), ('amount__gt', 0), _connector='OR')), name='refund_gives_something'),
        ),
        migrations.AddConstraint(
            model_name='refund',
            constraint=models.CheckConstraint(condition=models.Q(('reason__in', ['returned', 'damaged', 'missing', 'wrong_item', 'late', 'price', 'cancelled', 'other']), ('to__in', ['original', 'store_credit'])), name='refund_words_known'),
        ),
        migrations.AddConstraint(
            model_name='refund',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('decided_at', None), ('decided_by_kind', ''), ('decided_version', None), ('status', 'requested')), models.Q(models.Q(('status', 'requested'), _negated=True), ('decided_at__isnull', False), ('decided_version__gte', models.F('version')), models.Q(('decided_by_kind', ''), _negated=True)), _connector='OR'), name='refund_decision_names_its_cause'),
        ),
        migrations.AddConstraint(
            model_name='refund',
            constraint=models.CheckConstraint(condition=models.Q(('above_limit', False), ('status', 'requested'), ('status', 'rejected'), models.Q(('decided_by_id', models.F('actor_id')), ('decided_by_kind', models.F('actor_kind')), _negated=True), _connector='OR'), name='refund_above_limit_by_a_second_person'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='refund',
            trigger=pgtrigger.compiler.Trigger(name='refund_status_moves', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE _is_valid_transition BOOLEAN;', func='SELECT CONCAT(OLD."status", \':\', NEW."status") = ANY(\'{requested:approved,requested:rejected,approved:succeeded,approved:failed}\'::text[]) INTO _is_valid_transition; IF (_is_valid_transition IS FALSE AND OLD."status" IS DISTINCT FROM NEW."status") THEN RAISE EXCEPTION \'pgtrigger: Invalid transition of field "status" from "%" to "%" on table %\', OLD."status", NEW."status", TG_TABLE_NAME; ELSE RETURN NEW; END IF;', hash='420fa346ceef2fddff79ed94a0fdf5ae7665c5e9', operation='UPDATE', pgid='pgtrigger_refund_status_moves_2f980', table='orders_refund', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='refund',
            trigger=pgtrigger.compiler.Trigger(name='refund_begins_requested', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (NOT (NEW."status" = \'requested\'))', func="RAISE EXCEPTION 'pgtrigger: Cannot insert rows from % table', TG_TABLE_NAME;", hash='2c242fa92ee4ed0361fcc1301abb08b110b32038', operation='INSERT', pgid='pgtrigger_refund_begins_requested_06527', table='orders_refund', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='refund',
            trigger=pgtrigger.compiler.Trigger(name='refund_is_as_it_was_asked', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."order_id" IS DISTINCT FROM (NEW."order_id") OR OLD."reason" IS DISTINCT FROM (NEW."reason") OR OLD."note" IS DISTINCT FROM (NEW."note") OR OLD."to" IS DISTINCT FROM (NEW."to") OR OLD."asked" IS DISTINCT FROM (NEW."asked") OR OLD."above_limit" IS DISTINCT FROM (NEW."above_limit") OR OLD."actor_kind" IS DISTINCT FROM (NEW."actor_kind") OR OLD."actor_id" IS DISTINCT FROM (NEW."actor_id") OR OLD."actor_name" IS DISTINCT FROM (NEW."actor_name") OR OLD."version" IS DISTINCT FROM (NEW."version") OR OLD."created_at" IS DISTINCT FROM (NEW."created_at"))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='0ba3021ef41f50732eb6c9cb4fe5301929aaafc4', operation='UPDATE', pgid='pgtrigger_refund_is_as_it_was_asked_3a758', table='orders_refund', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='refund',
            trigger=pgtrigger.compiler.Trigger(name='refund_decided_is_settled', sql=pgtrigger.compiler.UpsertTriggerSql(condition="WHEN (OLD.status <> 'requested' AND (OLD.credited, OLD.amount, OLD.rejection, OLD.decided_at, OLD.decided_version, OLD.decided_by_kind, OLD.decided_by_id, OLD.decided_by_name) IS DISTINCT FROM (NEW.credited, NEW.amount, NEW.rejection, NEW.decided_at, NEW.decided_version, NEW.decided_by_kind, NEW.decided_by_id, NEW.decided_by_name))", func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='345af25b88081b742f786cfc266b6c2f54975661', operation='UPDATE', pgid='pgtrigger_refund_decided_is_settled_8f8b2', table='orders_refund', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='refund',
            trigger=pgtrigger.compiler.Trigger(name='refund_adds_up', sql=pgtrigger.compiler.UpsertTriggerSql(condition="WHEN (NEW.status = 'succeeded')", constraint='CONSTRAINT', func="\nIF EXISTS (\n    SELECT 1 FROM orders_refund refund\n    WHERE refund.id = NEW.id AND (\n        refund.credited <> (SELECT coalesce(sum(amount), 0) FROM orders_refundline WHERE refund_id = refund.id)\n        OR refund.amount <> (SELECT coalesce(sum(amount), 0) FROM orders_refundpart WHERE refund_id = refund.id)\n    )\n) THEN\n    RAISE EXCEPTION 'a refund that succeeded is the sum of its lines and of its parts'\n        USING ERRCODE = 'check_violation';\nEND IF;\nRETURN NULL;\n", hash='d832b84fe12427da3f713badfacaa363d14a865d', operation='UPDATE OF "status"', pgid='pgtrigger_refund_adds_up_f2e7f', table='orders_refund', timing='DEFERRABLE INITIALLY DEFERRED', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='refund',
            trigger=pgtrigger.compiler.Trigger(name='refund_is_kept', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='9223a4a328e17e14bf04220139cba9b52fc68370', operation='DELETE', pgid='pgtrigger_refund_is_kept_45f7a', table='orders_refund', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='refund',
            trigger=pgtrigger.compiler.Trigger(name='refund_not_truncated', sql=pgtrigger.compiler.UpsertTriggerSql(func="\nRAISE EXCEPTION 'rows of % are kept; it is never truncated', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';\n", hash='feafb891f3b9e91fd2dd64580123f683c0717d16', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_refund_not_truncated_2910c', table='orders_refund', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='refundline',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('amount__gte', 0), ('delivery', None), ('kind', 'goods'), ('line__isnull', False), ('quantity__gte', 1)), models.Q(('amount__gt', 0), ('delivery__isnull', False), ('kind', 'delivery'), ('line', None), ('quantity', 0)), models.Q(('amount__gt', 0), ('delivery', None), ('kind', 'goodwill'), ('line', None), ('quantity', 0)), models.Q(('delivery', None), ('kind', 'balance'), ('line', None), ('quantity', 0), models.Q(('amount', 0), _negated=True)), _connector='OR'), name='refund_line_fits_its_kind'),
        ),
        migrations.AddConstraint(
            model_name='refundline',
            constraint=models.UniqueConstraint(fields=('refund', 'kind', 'line', 'delivery'), name='refund_line_once', nulls_distinct=False),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='refundline',
            trigger=pgtrigger.compiler.Trigger(name='refund_line_is_counted', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE total numeric; units numeric; upto numeric;', func="\nIF NEW.line_id IS NOT NULL THEN\n    UPDATE orders_orderline line SET credited = line.credited + NEW.quantity\n    FROM orders_refund refund\n    WHERE refund.id = NEW.refund_id AND line.id = NEW.line_id AND line.order_id = refund.order_id\n    RETURNING line.total, line.quantity, line.credited INTO total, units, upto;\n    IF NOT FOUND THEN\n        RAISE EXCEPTION 'a line of a refund names a line that its order does not have'\n            USING ERRCODE = 'foreign_key_violation';\n    END IF;\n    IF NEW.amount <> div(2 * total * upto + units, 2 * units)\n                     - div(2 * total * (upto - NEW.quantity) + units, 2 * units) THEN\n        RAISE EXCEPTION 'the units of a line are credited with their exact share of its total'\n            USING ERRCODE = 'check_violation';\n    END IF;\nELSIF NEW.delivery_id IS NOT NULL THEN\n    UPDATE orders_deliverycharge delivery SET credited = delivery.credited + NEW.amount\n    FROM orders_refund refund\n    WHERE refund.id = NEW.refund_id AND delivery.id = NEW.delivery_id AND delivery.order_id = refund.order_id;\n    IF NOT FOUND THEN\n        RAISE EXCEPTION 'a line of a refund names a delivery that its order does not have'\n            USING ERRCODE = 'foreign_key_violation';\n    END IF;\nEND IF;\nRETURN NULL;\n", hash='d8ae06c8f610aad4eda06a1da409c05432cb0bae', operation='INSERT', pgid='pgtrigger_refund_line_is_counted_f83a5', table='orders_refundline', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='refundline',
            trigger=pgtrigger.compiler.Trigger(name='refund_line_is_for_ever', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='5d8ed3111e23ad7e339124818609150c9950a0bc', operation='UPDATE OR DELETE', pgid='pgtrigger_refund_line_is_for_ever_d0042', table='orders_refundline', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='refundline',
            trigger=pgtrigger.compiler.Trigger(name='refund_line_not_truncated', sql=pgtrigger.compiler.UpsertTriggerSql(func="\nRAISE EXCEPTION 'rows of % are kept; it is never truncated', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';\n", hash='c72ac7feb15236137ccc3a6b7b9b6c237760eed2', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_refund_line_not_truncated_70fee', table='orders_refundline', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='refundpart',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='refund_part_positive'),
        ),
        migrations.AddConstraint(
            model_name='refundpart',
            constraint=models.UniqueConstraint(fields=('refund', 'payment'), name='refund_part_once_per_payment'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='refundpart',
            trigger=pgtrigger.compiler.Trigger(name='refund_part_is_of_the_order', sql=pgtrigger.compiler.UpsertTriggerSql(func="\nIF NOT EXISTS (\n    SELECT 1 FROM orders_refund refund JOIN orders_payment payment USING (order_id)\n    WHERE refund.id = NEW.refund_id AND payment.id = NEW.payment_id\n) THEN\n    RAISE EXCEPTION 'a part of a refund names a payment that its order does not have'\n        USING ERRCODE = 'foreign_key_violation';\nEND IF;\nRETURN NULL;\n", hash='46a6d13fd4d18df503b9730f3f8cde86e762643d', operation='INSERT', pgid='pgtrigger_refund_part_is_of_the_order_394c4', table='orders_refundpart', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='refundpart',
            trigger=pgtrigger.compiler.Trigger(name='refund_part_is_for_ever', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='9dab93a44d4bb81063f37dd40ec008c87b955416', operation='UPDATE OR DELETE', pgid='pgtrigger_refund_part_is_for_ever_6ce52', table='orders_refundpart', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='refundpart',
            trigger=pgtrigger.compiler.Trigger(name='refund_part_not_truncated', sql=pgtrigger.compiler.UpsertTriggerSql(func="\nRAISE EXCEPTION 'rows of % are kept; it is never truncated', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';\n", hash='71b03228f98292cd06b594ba4eaaa8d2e1261a3a', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_refund_part_not_truncated_3b4b6', table='orders_refundpart', when='BEFORE')),
        ),
    ]
