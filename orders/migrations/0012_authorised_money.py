"""How much of an order cards have set aside, and until when; refunds to gift cards.

The new columns' defaults are the database's too: servers that don't know them insert. Few orders have such payments, so
that they are counted here, before anything moves them.
"""

import django.db.models.deletion
import django_fsm
import pgtrigger.compiler
import pgtrigger.migrations
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

_COUNT = """
UPDATE orders_order o SET authorised = aside.amount
FROM (
    SELECT order_id, sum(authorised - captured) AS amount FROM orders_payment WHERE authorised > captured
    GROUP BY order_id
) aside
WHERE o.id = aside.order_id
"""


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0006_text_checks_called'),
        ('customers', '0003_groups_and_tax'),
        ('orders', '0011_what_is_credited'),
        ('stored_value', '0002_entry_reference'),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name='ledgerentry',
            name='ledger_moves_the_money',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='order',
            name='order_begins_without_money',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='order',
            name='order_money_moves_by_entry',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='payment',
            name='payment_status_moves',
        ),
        migrations.AddField(
            model_name='order',
            name='authorised',
            field=models.BigIntegerField(default=0, editable=False, help_text='Set aside by cards and not captured yet.'),
        ),
        migrations.RunSQL(
            "ALTER TABLE orders_order ALTER COLUMN authorised SET DEFAULT 0", "ALTER TABLE orders_order ALTER COLUMN authorised DROP DEFAULT"
        ),
        migrations.RunSQL(_COUNT, migrations.RunSQL.noop),
        migrations.AddField(
            model_name='payment',
            name='authorised_until',
            field=models.DateTimeField(blank=True, help_text="When the payer's bank lets go of it.", null=True),
        ),
        migrations.AlterField(
            model_name='payment',
            name='status',
            field=django_fsm.FSMField(choices=[('pending', 'Pending'), ('authorised', 'Authorised'), ('captured', 'Captured'), ('failed', 'Failed'), ('voided', 'Voided'), ('expired', 'Expired')], default='pending', max_length=12, protected=True),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='ledgerentry',
            trigger=pgtrigger.compiler.Trigger(name='ledger_moves_the_money', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE touched bigint;', func="\nUPDATE orders_order o SET charged = o.charged + delta.charged, captured = o.captured + delta.captured, refunded = o.refunded + delta.refunded, credited = o.credited + delta.credited, written_off = o.written_off + delta.written_off, authorised = o.authorised + delta.authorised\nFROM (SELECT order_id, sum(CASE kind WHEN 'charged' THEN 1 * amount ELSE 0 END) AS charged, sum(CASE kind WHEN 'captured' THEN 1 * amount ELSE 0 END) AS captured, sum(CASE kind WHEN 'refunded' THEN 1 * amount ELSE 0 END) AS refunded, sum(CASE kind WHEN 'credited' THEN 1 * amount ELSE 0 END) AS credited, sum(CASE kind WHEN 'written_off' THEN 1 * amount ELSE 0 END) AS written_off, sum(CASE kind WHEN 'authorised' THEN 1 * amount WHEN 'voided' THEN -1 * amount WHEN 'captured' THEN -1 * amount ELSE 0 END) AS authorised FROM entered GROUP BY order_id) delta\nWHERE o.id = delta.order_id;\nGET DIAGNOSTICS touched = ROW_COUNT;\nIF touched <> (SELECT count(DISTINCT order_id) FROM entered) THEN\n    RAISE EXCEPTION 'a ledger entry names an order that does not exist' USING ERRCODE = 'foreign_key_violation';\nEND IF;\n\nIF EXISTS (SELECT 1 FROM entered WHERE payment_id IS NOT NULL) THEN\n    UPDATE orders_payment p SET authorised = p.authorised + delta.authorised, captured = p.captured + delta.captured, refunded = p.refunded + delta.refunded\n    FROM (\n        SELECT payment_id, order_id, sum(CASE kind WHEN 'authorised' THEN 1 * amount WHEN 'voided' THEN -1 * amount ELSE 0 END) AS authorised, sum(CASE kind WHEN 'captured' THEN 1 * amount ELSE 0 END) AS captured, sum(CASE kind WHEN 'refunded' THEN 1 * amount ELSE 0 END) AS refunded\n        FROM entered WHERE payment_id IS NOT NULL GROUP BY payment_id, order_id\n    ) delta\n    WHERE p.id = delta.payment_id AND p.order_id = delta.order_id;\n    GET DIAGNOSTICS touched = ROW_COUNT;\n    IF touched <> (SELECT count(*) FROM (SELECT DISTINCT payment_id, order_id FROM entered) pairs\n                   WHERE payment_id IS NOT NULL) THEN\n        RAISE EXCEPTION 'a ledger entry names a payment that its order does not have'\n            USING ERRCODE = 'foreign_key_violation';\n    END IF;\nEND IF;\nRETURN NULL;\n", hash='9206b106120bfc877e54ff41735fd284edc37d39', level='STATEMENT', operation='INSERT', pgid='pgtrigger_ledger_moves_the_money_d9148', referencing='REFERENCING NEW TABLE AS entered ', table='orders_ledgerentry', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='order',
            trigger=pgtrigger.compiler.Trigger(name='order_begins_without_money', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (NEW.charged <> 0 OR NEW.captured <> 0 OR NEW.refunded <> 0 OR NEW.credited <> 0 OR NEW.written_off <> 0 OR NEW.authorised <> 0)', func="\nRAISE EXCEPTION 'the money of % moves only by inserting a ledger entry', TG_TABLE_NAME\n    USING ERRCODE = 'restrict_violation';\n", hash='869f14d563759da205f7212b3c49685aeb1cea01', operation='INSERT', pgid='pgtrigger_order_begins_without_money_6c3dc', table='orders_order', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='order',
            trigger=pgtrigger.compiler.Trigger(name='order_money_moves_by_entry', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (pg_trigger_depth() = 0 AND (OLD.charged IS DISTINCT FROM NEW.charged OR OLD.captured IS DISTINCT FROM NEW.captured OR OLD.refunded IS DISTINCT FROM NEW.refunded OR OLD.credited IS DISTINCT FROM NEW.credited OR OLD.written_off IS DISTINCT FROM NEW.written_off OR OLD.authorised IS DISTINCT FROM NEW.authorised))', func="\nRAISE EXCEPTION 'the money of % moves only by inserting a ledger entry', TG_TABLE_NAME\n    USING ERRCODE = 'restrict_violation';\n", hash='8ec7be51bb207688fcd72ec7d17fcf59b7fc35e7', operation='UPDATE OF "charged", "captured", "refunded", "credited", "written_off", "authorised"', pgid='pgtrigger_order_money_moves_by_entry_82195', table='orders_order', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='payment',
            trigger=pgtrigger.compiler.Trigger(name='payment_status_moves', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE _is_valid_transition BOOLEAN;', func='SELECT CONCAT(OLD."status", \':\', NEW."status") = ANY(\'{pending:authorised,pending:failed,pending:voided,authorised:captured,authorised:voided,authorised:failed,authorised:expired}\'::text[]) INTO _is_valid_transition; IF (_is_valid_transition IS FALSE AND OLD."status" IS DISTINCT FROM NEW."status") THEN RAISE EXCEPTION \'pgtrigger: Invalid transition of field "status" from "%" to "%" on table %\', OLD."status", NEW."status", TG_TABLE_NAME; ELSE RETURN NEW; END IF;', hash='b2fc31d16c9cf6410047f7a670971d9bb895cf03', operation='UPDATE', pgid='pgtrigger_payment_status_moves_13720', table='orders_payment', when='BEFORE')),
        ),
        AddConstraintNotValid(
            model_name='order',
            constraint=models.CheckConstraint(condition=models.Q(('authorised__gte', 0)), name='order_authorised_not_negative'),
        ),
        AddConstraintNotValid(
            model_name='payment',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status', 'expired'), _negated=True), models.Q(('authorised', 0), ('captured', 0)), _connector='OR'), name='payment_expired_sets_none_aside'),
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='refund',
            name='refund_is_as_it_was_asked',
        ),
        migrations.RemoveConstraint(
            model_name='refund',
            name='refund_words_known',
        ),
        migrations.AddField(
            model_name='refund',
            name='gift_card',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='stored_value.storedvalue'),
        ),
        migrations.AlterField(
            model_name='payment',
            name='method',
            field=models.CharField(choices=[('bank_transfer', 'Bank transfer'), ('cash', 'Cash'), ('card_terminal', 'Card terminal'), ('cheque', 'Cheque'), ('voucher', 'Voucher'), ('gift_card', 'Gift card'), ('store_credit', 'Store credit'), ('card', 'Card')], max_length=20),
        ),
        migrations.AlterField(
            model_name='refund',
            name='to',
            field=models.CharField(choices=[('original', 'What it was paid with'), ('store_credit', "The customer's store credit"), ('gift_card', 'A gift card')], max_length=12),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='refund',
            trigger=pgtrigger.compiler.Trigger(name='refund_is_as_it_was_asked', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."order_id" IS DISTINCT FROM (NEW."order_id") OR OLD."reason" IS DISTINCT FROM (NEW."reason") OR OLD."note" IS DISTINCT FROM (NEW."note") OR OLD."to" IS DISTINCT FROM (NEW."to") OR OLD."gift_card_id" IS DISTINCT FROM (NEW."gift_card_id") OR OLD."asked" IS DISTINCT FROM (NEW."asked") OR OLD."above_limit" IS DISTINCT FROM (NEW."above_limit") OR OLD."actor_kind" IS DISTINCT FROM (NEW."actor_kind") OR OLD."actor_id" IS DISTINCT FROM (NEW."actor_id") OR OLD."actor_name" IS DISTINCT FROM (NEW."actor_name") OR OLD."version" IS DISTINCT FROM (NEW."version") OR OLD."created_at" IS DISTINCT FROM (NEW."created_at"))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='12c7a71b73c8aeee7849f14b2412b25514d13664', operation='UPDATE', pgid='pgtrigger_refund_is_as_it_was_asked_3a758', table='orders_refund', when='BEFORE')),
        ),
        AddConstraintNotValid(
            model_name='refund',
            constraint=models.CheckConstraint(condition=models.Q(('reason__in', ['returned', 'damaged', 'missing', 'wrong_item', 'late', 'price', 'cancelled', 'other']), ('to__in', ['original', 'store_credit', 'gift_card'])), name='refund_words_known'),
        ),
        AddConstraintNotValid(
            model_name='refund',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('gift_card__isnull', False), ('to', 'gift_card')), models.Q(models.Q(('to', 'gift_card'), _negated=True), ('gift_card', None)), _connector='OR'), name='refund_to_a_gift_card_names_it'),
        ),
    ]
