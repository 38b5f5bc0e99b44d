"""What makes an order dearer or cheaper, as rows. The columns' defaults are the database's too: servers that don't know them insert."""

import core.ids
import core.models.text
import django.db.models.deletion
import django.db.models.expressions
import pgtrigger.compiler
import pgtrigger.migrations
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0005_ruleset'),
        ('customers', '0003_groups_and_tax'),
        ('inventory', '0004_locations_are_rules'),
        ('orders', '0004_stored_value_tender'),
    ]

    operations = [
        migrations.CreateModel(
            name='Adjustment',
            fields=[
                ('id', models.UUIDField(default=core.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('discount', 'Discount'), ('tax', 'Tax'), ('surcharge', 'Surcharge'), ('rounding', 'Rounding')], max_length=12)),
                ('code', core.models.text.IdentifierField(max_length=64)),
                ('label', core.models.text.LineField(max_length=200)),
                ('rate', models.DecimalField(decimal_places=6, max_digits=9, null=True)),
                ('amount', models.BigIntegerField()),
                ('included', models.BooleanField(default=False)),
                ('reason', core.models.text.LineField(blank=True, default='', max_length=200)),
                ('offer_id', models.UUIDField(null=True)),
            ],
            options={
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='DeliveryCharge',
            fields=[
                ('id', models.UUIDField(default=core.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('method', core.models.text.IdentifierField(blank=True, default='', help_text='Its code; empty for a charge that was given.', max_length=32)),
                ('name', core.models.text.LineField(max_length=100)),
                ('kind', models.CharField(choices=[('parcel', 'Parcel to the address'), ('in_person', 'Handed over in person')], max_length=12)),
                ('price', models.BigIntegerField()),
                ('discount', models.BigIntegerField(default=0)),
                ('surcharge', models.BigIntegerField(default=0)),
                ('tax', models.BigIntegerField(default=0)),
                ('tax_included', models.BigIntegerField(default=0)),
                ('total', models.BigIntegerField()),
            ],
            options={
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='TaxTotal',
            fields=[
                ('id', models.UUIDField(default=core.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('name', core.models.text.LineField(max_length=100)),
                ('rate', models.DecimalField(decimal_places=6, max_digits=9, null=True)),
                ('reason', core.models.text.LineField(blank=True, default='', max_length=200)),
                ('given', core.models.text.LineField(blank=True, default='', help_text='What the buyer gave for it: a VAT id, a reason.', max_length=200)),
                ('included', models.BooleanField()),
                ('taxable', models.BigIntegerField()),
                ('amount', models.BigIntegerField()),
            ],
            options={
                'ordering': ['id'],
            },
        ),
        migrations.RemoveConstraint(
            model_name='order',
            name='order_amounts_not_negative',
        ),
        migrations.RemoveConstraint(
            model_name='order',
            name='order_total_adds_up',
        ),
        migrations.RemoveConstraint(
            model_name='orderline',
            name='line_amounts_in_range',
        ),
        migrations.RemoveConstraint(
            model_name='orderline',
            name='line_total_adds_up',
        ),
        migrations.AddField(
            model_name='order',
            name='rounding',
            field=models.BigIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='order',
            name='surcharge',
            field=models.BigIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='order',
            name='tax_included',
            field=models.BigIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='orderline',
            name='surcharge',
            field=models.BigIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='orderline',
            name='tax_included',
            field=models.BigIntegerField(default=0),
        ),
        migrations.RunSQL(
            "ALTER TABLE orders_order ALTER COLUMN surcharge SET DEFAULT 0", "ALTER TABLE orders_order ALTER COLUMN surcharge DROP DEFAULT"
        ),
        migrations.RunSQL(
            "ALTER TABLE orders_order ALTER COLUMN tax_included SET DEFAULT 0", "ALTER TABLE orders_order ALTER COLUMN tax_included DROP DEFAULT"
        ),
        migrations.RunSQL(
            "ALTER TABLE orders_order ALTER COLUMN rounding SET DEFAULT 0", "ALTER TABLE orders_order ALTER COLUMN rounding DROP DEFAULT"
        ),
        migrations.RunSQL(
            "ALTER TABLE orders_orderline ALTER COLUMN surcharge SET DEFAULT 0", "ALTER TABLE orders_orderline ALTER COLUMN surcharge DROP DEFAULT"
        ),
        migrations.RunSQL(
            "ALTER TABLE orders_orderline ALTER COLUMN tax_included SET DEFAULT 0", "ALTER TABLE orders_orderline ALTER COLUMN tax_included DROP DEFAULT"
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='order',
            trigger=pgtrigger.compiler.Trigger(name='order_prices_add_up', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (NEW.discount <> 0 OR NEW.surcharge <> 0 OR NEW.tax <> 0 OR NEW.tax_included <> 0 OR NEW.shipping <> 0 OR NEW.rounding <> 0)', constraint='CONSTRAINT', func="\nIF EXISTS (\n    SELECT 1 FROM orders_order o\n    CROSS JOIN LATERAL (\n        SELECT coalesce(sum(unit_price * quantity), 0) AS subtotal, coalesce(sum(discount), 0) AS discount,\n               coalesce(sum(surcharge), 0) AS surcharge, coalesce(sum(tax), 0) AS tax,\n               coalesce(sum(tax_included), 0) AS tax_included, coalesce(sum(total), 0) AS total\n        FROM orders_orderline WHERE order_id = o.id\n    ) lines\n    CROSS JOIN LATERAL (\n        SELECT coalesce(sum(price), 0) AS price, coalesce(sum(discount), 0) AS discount,\n               coalesce(sum(surcharge), 0) AS surcharge, coalesce(sum(tax), 0) AS tax,\n               coalesce(sum(tax_included), 0) AS tax_included, coalesce(sum(total), 0) AS total\n        FROM orders_deliverycharge WHERE order_id = o.id\n    ) delivery\n    CROSS JOIN LATERAL (\n        SELECT coalesce(sum(amount), 0) AS amount FROM orders_adjustment\n        WHERE order_id = o.id AND line_id IS NULL AND delivery_id IS NULL\n    ) rounding\n    CROSS JOIN LATERAL (\n        SELECT coalesce(sum(amount), 0) AS tax, coalesce(sum(amount) FILTER (WHERE included), 0) AS tax_included\n        FROM orders_taxtotal WHERE order_id = o.id\n    ) totals\n    WHERE o.id = NEW.id AND (\n        (o.subtotal, o.discount, o.surcharge, o.tax, o.tax_included, o.shipping, o.rounding, o.total)\n            IS DISTINCT FROM (\n                lines.subtotal, lines.discount + delivery.discount, lines.surcharge + delivery.surcharge,\n                lines.tax + delivery.tax, lines.tax_included + delivery.tax_included, delivery.price,\n                rounding.amount, lines.total + delivery.total + rounding.amount\n            )\n        OR (o.tax, o.tax_included) IS DISTINCT FROM (totals.tax, totals.tax_included)\n    )\n) THEN\n    RAISE EXCEPTION 'the sums of an order are not those of its lines, delivery, rounding and taxes'\n        USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME;\nEND IF;\nRETURN NULL;\n", hash='f47351d34e3ebbbb4088e8dc895f1f30233f0e62', operation='INSERT', pgid='pgtrigger_order_prices_add_up_4d07b', table='orders_order', timing='DEFERRABLE INITIALLY DEFERRED', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='order',
            trigger=pgtrigger.compiler.Trigger(name='order_prices_add_up_still', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.subtotal IS DISTINCT FROM NEW.subtotal OR OLD.discount IS DISTINCT FROM NEW.discount OR OLD.surcharge IS DISTINCT FROM NEW.surcharge OR OLD.tax IS DISTINCT FROM NEW.tax OR OLD.tax_included IS DISTINCT FROM NEW.tax_included OR OLD.shipping IS DISTINCT FROM NEW.shipping OR OLD.rounding IS DISTINCT FROM NEW.rounding OR OLD.total IS DISTINCT FROM NEW.total)', constraint='CONSTRAINT', func="\nIF EXISTS (\n    SELECT 1 FROM orders_order o\n    CROSS JOIN LATERAL (\n        SELECT coalesce(sum(unit_price * quantity), 0) AS subtotal, coalesce(sum(discount), 0) AS discount,\n               coalesce(sum(surcharge), 0) AS surcharge, coalesce(sum(tax), 0) AS tax,\n               coalesce(sum(tax_included), 0) AS tax_included, coalesce(sum(total), 0) AS total\n        FROM orders_orderline WHERE order_id = o.id\n    ) lines\n    CROSS JOIN LATERAL (\n        SELECT coalesce(sum(price), 0) AS price, coalesce(sum(discount), 0) AS discount,\n               coalesce(sum(surcharge), 0) AS surcharge, coalesce(sum(tax), 0) AS tax,\n               coalesce(sum(tax_included), 0) AS tax_included, coalesce(sum(total), 0) AS total\n        FROM orders_deliverycharge WHERE order_id = o.id\n    ) delivery\n    CROSS JOIN LATERAL (\n        SELECT coalesce(sum(amount), 0) AS amount FROM orders_adjustment\n        WHERE order_id = o.id AND line_id IS NULL AND delivery_id IS NULL\n    ) rounding\n    CROSS JOIN LATERAL (\n        SELECT coalesce(sum(amount), 0) AS tax, coalesce(sum(amount) FILTER (WHERE included), 0) AS tax_included\n        FROM orders_taxtotal WHERE order_id = o.id\n    ) totals\n    WHERE o.id = NEW.id AND (\n        (o.subtotal, o.discount, o.surcharge, o.tax, o.tax_included, o.shipping, o.rounding, o.total)\n            IS DISTINCT FROM (\n                lines.subtotal, lines.discount + delivery.discount, lines.surcharge + delivery.surcharge,\n                lines.tax + delivery.tax, lines.tax_included + delivery.tax_included, delivery.price,\n                rounding.amount, lines.total + delivery.total + rounding.amount\n            )\n        OR (o.tax, o.tax_included) IS DISTINCT FROM (totals.tax, totals.tax_included)\n    )\n) THEN\n    RAISE EXCEPTION 'the sums of an order are not those of its lines, delivery, rounding and taxes'\n        USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME;\nEND IF;\nRETURN NULL;\n", hash='648d172d62d4333bba495ab7a6dd86119c8261f8', operation='UPDATE OF "subtotal", "discount", "surcharge", "tax", "tax_included", "shipping", "rounding", "total"', pgid='pgtrigger_order_prices_add_up_still_15729', table='orders_order', timing='DEFERRABLE INITIALLY DEFERRED', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='orderline',
            trigger=pgtrigger.compiler.Trigger(name='line_adjustments_add_up', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (NEW.discount <> 0 OR NEW.surcharge <> 0 OR NEW.tax <> 0 OR NEW.tax_included <> 0)', constraint='CONSTRAINT', func="\nIF EXISTS (\n    SELECT 1 FROM orders_orderline part\n    CROSS JOIN LATERAL (\n        SELECT \ncoalesce(-sum(amount) FILTER (WHERE kind = 'discount'), 0) AS discount,\ncoalesce(sum(amount) FILTER (WHERE kind = 'surcharge'), 0) AS surcharge,\ncoalesce(sum(amount) FILTER (WHERE kind = 'tax'), 0) AS tax,\ncoalesce(sum(amount) FILTER (WHERE kind = 'tax' AND included), 0) AS tax_included\n FROM orders_adjustment WHERE order_id = part.order_id AND line_id = part.id\n    ) rows\n    WHERE part.id = NEW.id AND (part.discount, part.surcharge, part.tax, part.tax_included) IS DISTINCT FROM (rows.discount, rows.surcharge, rows.tax, rows.tax_included)\n) THEN\n    RAISE EXCEPTION 'the sums of a row of % are not those of its adjustments', TG_TABLE_NAME\n        USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME;\nEND IF;\nRETURN NULL;\n", hash='c198a889d5af9a62fe4075d0fb9369518da97d8c', operation='INSERT', pgid='pgtrigger_line_adjustments_add_up_be462', table='orders_orderline', timing='DEFERRABLE INITIALLY DEFERRED', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='orderline',
            trigger=pgtrigger.compiler.Trigger(name='line_adjustments_add_up_still', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.discount IS DISTINCT FROM NEW.discount OR OLD.surcharge IS DISTINCT FROM NEW.surcharge OR OLD.tax IS DISTINCT FROM NEW.tax OR OLD.tax_included IS DISTINCT FROM NEW.tax_included)', constraint='CONSTRAINT', func="\nIF EXISTS (\n    SELECT 1 FROM orders_orderline part\n    CROSS JOIN LATERAL (\n        SELECT \ncoalesce(-sum(amount) FILTER (WHERE kind = 'discount'), 0) AS discount,\ncoalesce(sum(amount) FILTER (WHERE kind = 'surcharge'), 0) AS surcharge,\ncoalesce(sum(amount) FILTER (WHERE kind = 'tax'), 0) AS tax,\ncoalesce(sum(amount) FILTER (WHERE kind = 'tax' AND included), 0) AS tax_included\n FROM orders_adjustment WHERE order_id = part.order_id AND line_id = part.id\n    ) rows\n    WHERE part.id = NEW.id AND (part.discount, part.surcharge, part.tax, part.tax_included) IS DISTINCT FROM (rows.discount, rows.surcharge, rows.tax, rows.tax_included)\n) THEN\n    RAISE EXCEPTION 'the sums of a row of % are not those of its adjustments', TG_TABLE_NAME\n        USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME;\nEND IF;\nRETURN NULL;\n", hash='85b4d639543dcc136ac9c6259ae3915a1cea5758', operation='UPDATE OF "discount", "surcharge", "tax", "tax_included"', pgid='pgtrigger_line_adjustments_add_up_still_23aff', table='orders_orderline', timing='DEFERRABLE INITIALLY DEFERRED', when='AFTER')),
        ),
        AddConstraintNotValid(
            model_name='order',
            constraint=models.CheckConstraint(condition=models.Q(('discount__gte', 0), ('shipping__gte', 0), ('subtotal__gte', 0), ('surcharge__gte', 0), ('total__gte', 0), ('tax_included__gte', 0), ('tax_included__lte', models.F('tax'))), name='order_amounts_not_negative'),
        ),
        AddConstraintNotValid(
            model_name='order',
            constraint=models.CheckConstraint(condition=models.Q(('total', django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(models.F('subtotal'), '-', models.F('discount')), '+', models.F('surcharge')), '+', models.F('tax')), '-', models.F('tax_included')), '+', models.F('shipping')), '+', models.F('rounding')))), name='order_total_adds_up'),
        ),
        AddConstraintNotValid(
            model_name='orderline',
            constraint=models.CheckConstraint(condition=models.Q(('discount__gte', 0), ('surcharge__gte', 0), ('unit_price__gte', 0), ('discount__lte', django.db.models.expressions.CombinedExpression(models.F('unit_price'), '*', models.F('quantity'))), ('tax_included__gte', 0), ('tax_included__lte', models.F('tax'))), name='line_amounts_in_range'),
        ),
        AddConstraintNotValid(
            model_name='orderline',
            constraint=models.CheckConstraint(condition=models.Q(('total', django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(models.F('unit_price'), '*', models.F('quantity')), '-', models.F('discount')), '+', models.F('surcharge')), '+', models.F('tax')), '-', models.F('tax_included')))), name='line_total_adds_up'),
        ),
        migrations.AddField(
            model_name='adjustment',
            name='line',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='adjustments', to='orders.orderline'),
        ),
        migrations.AddField(
            model_name='adjustment',
            name='order',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='adjustments', to='orders.order'),
        ),
        migrations.AddField(
            model_name='deliverycharge',
            name='location',
            field=models.ForeignKey(blank=True, db_index=False, help_text='Where it is picked up.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='inventory.location'),
        ),
        migrations.AddField(
            model_name='deliverycharge',
            name='order',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='deliveries', to='orders.order'),
        ),
        migrations.AddField(
            model_name='adjustment',
            name='delivery',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='adjustments', to='orders.deliverycharge'),
        ),
        migrations.AddField(
            model_name='taxtotal',
            name='order',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='tax_totals', to='orders.order'),
        ),
        migrations.AddConstraint(
            model_name='deliverycharge',
            constraint=models.CheckConstraint(condition=models.Q(('discount__gte', 0), ('discount__lte', models.F('price')), ('price__gte', 0), ('surcharge__gte', 0), ('tax_included__gte', 0), ('tax_included__lte', models.F('tax'))), name='delivery_amounts_in_range'),
        ),
        migrations.AddConstraint(
            model_name='deliverycharge',
            constraint=models.CheckConstraint(condition=models.Q(('total', django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(models.F('price'), '-', models.F('discount')), '+', models.F('surcharge')), '+', models.F('tax')), '-', models.F('tax_included')))), name='delivery_total_adds_up'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='deliverycharge',
            trigger=pgtrigger.compiler.Trigger(name='delivery_adjustments_add_up', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (NEW.discount <> 0 OR NEW.surcharge <> 0 OR NEW.tax <> 0 OR NEW.tax_included <> 0)', constraint='CONSTRAINT', func="\nIF EXISTS (\n    SELECT 1 FROM orders_deliverycharge part\n    CROSS JOIN LATERAL (\n        SELECT \ncoalesce(-sum(amount) FILTER (WHERE kind = 'discount'), 0) AS discount,\ncoalesce(sum(amount) FILTER (WHERE kind = 'surcharge'), 0) AS surcharge,\ncoalesce(sum(amount) FILTER (WHERE kind = 'tax'), 0) AS tax,\ncoalesce(sum(amount) FILTER (WHERE kind = 'tax' AND included), 0) AS tax_included\n FROM orders_adjustment WHERE order_id = part.order_id AND delivery_id = part.id\n    ) rows\n    WHERE part.id = NEW.id AND (part.discount, part.surcharge, part.tax, part.tax_included) IS DISTINCT FROM (rows.discount, rows.surcharge, rows.tax, rows.tax_included)\n) THEN\n    RAISE EXCEPTION 'the sums of a row of % are not those of its adjustments', TG_TABLE_NAME\n        USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME;\nEND IF;\nRETURN NULL;\n", hash='ebbcfdf16e1f3434b234ba12636c4056afcacb35', operation='INSERT', pgid='pgtrigger_delivery_adjustments_add_up_db514', table='orders_deliverycharge', timing='DEFERRABLE INITIALLY DEFERRED', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='deliverycharge',
            trigger=pgtrigger.compiler.Trigger(name='delivery_adjustments_add_up_still', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.discount IS DISTINCT FROM NEW.discount OR OLD.surcharge IS DISTINCT FROM NEW.surcharge OR OLD.tax IS DISTINCT FROM NEW.tax OR OLD.tax_included IS DISTINCT FROM NEW.tax_included)', constraint='CONSTRAINT', func="\nIF EXISTS (\n    SELECT 1 FROM orders_deliverycharge part\n    CROSS JOIN LATERAL (\n        SELECT \ncoalesce(-sum(amount) FILTER (WHERE kind = 'discount'), 0) AS discount,\ncoalesce(sum(amount) FILTER (WHERE kind = 'surcharge'), 0) AS surcharge,\ncoalesce(sum(amount) FILTER (WHERE kind = 'tax'), 0) AS tax,\ncoalesce(sum(amount) FILTER (WHERE kind = 'tax' AND included), 0) AS tax_included\n FROM orders_adjustment WHERE order_id = part.order_id AND delivery_id = part.id\n    ) rows\n    WHERE part.id = NEW.id AND (part.discount, part.surcharge, part.tax, part.tax_included) IS DISTINCT FROM (rows.discount, rows.surcharge, rows.tax, rows.tax_included)\n) THEN\n    RAISE EXCEPTION 'the sums of a row of % are not those of its adjustments', TG_TABLE_NAME\n        USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME;\nEND IF;\nRETURN NULL;\n", hash='78ea69edf8a56a936356d38d27feeaaff0222285', operation='UPDATE OF "discount", "surcharge", "tax", "tax_included"', pgid='pgtrigger_delivery_adjustments_add_up_still_d7071', table='orders_deliverycharge', timing='DEFERRABLE INITIALLY DEFERRED', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='deliverycharge',
            trigger=pgtrigger.compiler.Trigger(name='delivery_identity', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."order_id" IS DISTINCT FROM (NEW."order_id"))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='d7c3e1f8bdd780561dd58f2ae00a8da9119bc205', operation='UPDATE', pgid='pgtrigger_delivery_identity_d9dac', table='orders_deliverycharge', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='deliverycharge',
            trigger=pgtrigger.compiler.Trigger(name='delivery_is_kept', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='c7c78f762d38a2865d0106f55680470f85eef713', operation='DELETE', pgid='pgtrigger_delivery_is_kept_fb6a5', table='orders_deliverycharge', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='deliverycharge',
            trigger=pgtrigger.compiler.Trigger(name='delivery_not_truncated', sql=pgtrigger.compiler.UpsertTriggerSql(func="\nRAISE EXCEPTION 'rows of % are kept; it is never truncated', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';\n", hash='1e418fd779f23ec7c0440c1d24ccb92e15657b56', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_delivery_not_truncated_ee84b', table='orders_deliverycharge', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='adjustment',
            constraint=models.CheckConstraint(condition=models.Q(('line', None), ('delivery', None), _connector='OR'), name='adjustment_of_one_thing'),
        ),
        migrations.AddConstraint(
            model_name='adjustment',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('amount__lt', 0), ('included', False), ('kind', 'discount')), models.Q(('amount__gt', 0), ('included', False), ('kind', 'surcharge')), models.Q(('amount__gte', 0), ('kind', 'tax')), models.Q(('delivery', None), ('included', False), ('kind', 'rounding'), ('line', None), models.Q(('amount', 0), _negated=True)), _connector='OR'), name='adjustment_amount_fits_its_kind'),
        ),
        migrations.AddConstraint(
            model_name='adjustment',
            constraint=models.CheckConstraint(condition=models.Q(('kind', 'rounding'), ('line__isnull', False), ('delivery__isnull', False), _connector='OR'), name='adjustment_of_the_order_is_a_rounding'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='adjustment',
            trigger=pgtrigger.compiler.Trigger(name='adjustment_is_counted', sql=pgtrigger.compiler.UpsertTriggerSql(func="\nIF EXISTS (\n    SELECT 1 FROM (SELECT DISTINCT order_id FROM added) touched\n    JOIN orders_order o ON o.id = touched.order_id\n    CROSS JOIN LATERAL (\n        SELECT coalesce(-sum(amount) FILTER (WHERE kind = 'discount'), 0) AS discount,\n               coalesce(sum(amount) FILTER (WHERE kind = 'surcharge'), 0) AS surcharge,\n               coalesce(sum(amount) FILTER (WHERE kind = 'tax'), 0) AS tax,\n               coalesce(sum(amount) FILTER (WHERE kind = 'tax' AND included), 0) AS tax_included,\n               coalesce(sum(amount) FILTER (WHERE kind = 'rounding'), 0) AS rounding\n        FROM orders_adjustment WHERE order_id = o.id\n    ) rows\n    WHERE (o.discount, o.surcharge, o.tax, o.tax_included, o.rounding)\n        IS DISTINCT FROM (rows.discount, rows.surcharge, rows.tax, rows.tax_included, rows.rounding)\n) THEN\n    RAISE EXCEPTION 'an adjustment is not counted in the sums of its order'\n        USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME;\nEND IF;\nRETURN NULL;\n", hash='00194443c300b5c046efe2bab3c41c11ae8a7ca0', level='STATEMENT', operation='INSERT', pgid='pgtrigger_adjustment_is_counted_d42cb', referencing='REFERENCING NEW TABLE AS added ', table='orders_adjustment', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='adjustment',
            trigger=pgtrigger.compiler.Trigger(name='adjustment_is_as_it_was', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."order_id" IS DISTINCT FROM (NEW."order_id") OR OLD."line_id" IS DISTINCT FROM (NEW."line_id") OR OLD."delivery_id" IS DISTINCT FROM (NEW."delivery_id") OR OLD."kind" IS DISTINCT FROM (NEW."kind") OR OLD."code" IS DISTINCT FROM (NEW."code") OR OLD."rate" IS DISTINCT FROM (NEW."rate") OR OLD."amount" IS DISTINCT FROM (NEW."amount") OR OLD."included" IS DISTINCT FROM (NEW."included") OR OLD."offer_id" IS DISTINCT FROM (NEW."offer_id"))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='4cf27de584d34459e0f6f7971bd4dbf7d4e6c542', operation='UPDATE', pgid='pgtrigger_adjustment_is_as_it_was_c9069', table='orders_adjustment', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='adjustment',
            trigger=pgtrigger.compiler.Trigger(name='adjustment_is_kept', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='62bd43b50df862a2d4a66ea3a3eea0434b946ed5', operation='DELETE', pgid='pgtrigger_adjustment_is_kept_0b339', table='orders_adjustment', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='adjustment',
            trigger=pgtrigger.compiler.Trigger(name='adjustment_not_truncated', sql=pgtrigger.compiler.UpsertTriggerSql(func="\nRAISE EXCEPTION 'rows of % are kept; it is never truncated', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';\n", hash='cedce2bfc02c0e59504155e3001244d3172c353b', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_adjustment_not_truncated_d0882', table='orders_adjustment', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='taxtotal',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gte', 0), ('taxable__gte', 0)), name='tax_total_not_negative'),
        ),
        migrations.AddConstraint(
            model_name='taxtotal',
            constraint=models.UniqueConstraint(fields=('order', 'name', 'rate', 'reason', 'included'), name='tax_total_once', nulls_distinct=False),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='taxtotal',
            trigger=pgtrigger.compiler.Trigger(name='tax_total_is_as_it_was', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."order_id" IS DISTINCT FROM (NEW."order_id") OR OLD."name" IS DISTINCT FROM (NEW."name") OR OLD."rate" IS DISTINCT FROM (NEW."rate") OR OLD."reason" IS DISTINCT FROM (NEW."reason") OR OLD."included" IS DISTINCT FROM (NEW."included") OR OLD."taxable" IS DISTINCT FROM (NEW."taxable") OR OLD."amount" IS DISTINCT FROM (NEW."amount"))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='a98d8bbfb085e083525b1d17b301c4c1a888eee8', operation='UPDATE', pgid='pgtrigger_tax_total_is_as_it_was_c005e', table='orders_taxtotal', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='taxtotal',
            trigger=pgtrigger.compiler.Trigger(name='tax_total_is_kept', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='e3a52b38e23e803f2a03ca689e589bb3a7138a30', operation='DELETE', pgid='pgtrigger_tax_total_is_kept_819ba', table='orders_taxtotal', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='taxtotal',
            trigger=pgtrigger.compiler.Trigger(name='tax_total_not_truncated', sql=pgtrigger.compiler.UpsertTriggerSql(func="\nRAISE EXCEPTION 'rows of % are kept; it is never truncated', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';\n", hash='1cfcc1dba93f5612277a3ff2e69b525d3911bb74', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_tax_total_not_truncated_4c5a6', table='orders_taxtotal', when='BEFORE')),
        ),
    ]
