import core.models.text
import django.db.models.expressions
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

from core.migrating import BLOCK, BLOCKS, IDENTIFIER, IDENTIFIERS, LINE, LINES, SettleField, mend_text

# Orders of which money was refunded, by the rule of orders.derivation.payment_status.
DERIVE_PAYMENT_STATUS = """
UPDATE orders_order o SET payment_status = derived.payment_status
FROM (
    SELECT id, CASE
        WHEN kept > to_pay THEN 'overpaid'
        WHEN kept = to_pay AND kept > 0 THEN 'paid'
        WHEN kept > 0 THEN 'part_refunded'
        ELSE 'refunded'
    END AS payment_status
    FROM (
        SELECT id, captured - refunded AS kept,
               CASE status WHEN 'draft' THEN total ELSE charged - credited - written_off END AS to_pay
        FROM orders_order WHERE refunded > 0
    ) money
) derived
WHERE derived.id = o.id AND derived.payment_status <> o.payment_status
"""


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0002_settled_text'),
        ('customers', '0002_settled_text'),
        ('orders', '0001_initial'),
    ]

    operations = [
        migrations.RunSQL(DERIVE_PAYMENT_STATUS, migrations.RunSQL.noop),
        mend_text(
            "orders",
            order={
                "email": IDENTIFIER, "shipping_method": LINE, "cancel_reason": LINE, "shipping_address": LINES,
                "billing_address": LINES, "metadata": BLOCKS, "tags": IDENTIFIERS,
            },
            hold={"note": LINE},
            orderline={"name": LINE},
            ordernote={"body": BLOCK},
        ),
        SettleField(
            model_name='hold',
            name='note',
            field=core.models.text.LineField(blank=True, default='', max_length=500),
        ),
        SettleField(
            model_name='ledgerentry',
            name='note',
            field=core.models.text.LineField(blank=True, default='', max_length=200),
        ),
        SettleField(
            model_name='order',
            name='billing_address',
            field=core.models.text.LinesField(blank=True, default=dict),
        ),
        SettleField(
            model_name='order',
            name='cancel_reason',
            field=core.models.text.LineField(blank=True, default='', max_length=200),
        ),
        SettleField(
            model_name='order',
            name='email',
            field=core.models.text.EmailField(blank=True, default='', max_length=254),
        ),
        SettleField(
            model_name='order',
            name='external_ref',
            field=core.models.text.IdentifierField(blank=True, max_length=100, null=True),
        ),
        SettleField(
            model_name='order',
            name='metadata',
            field=core.models.text.BlocksField(blank=True, default=dict),
        ),
        SettleField(
            model_name='order',
            name='shipping_address',
            field=core.models.text.LinesField(blank=True, default=dict),
        ),
        SettleField(
            model_name='order',
            name='shipping_method',
            field=core.models.text.LineField(blank=True, default='', max_length=100),
        ),
        SettleField(
            model_name='order',
            name='tags',
            field=core.models.text.IdentifiersField(base_field=models.CharField(max_length=50), blank=True, default=list, size=None),
        ),
        SettleField(
            model_name='orderline',
            name='name',
            field=core.models.text.LineField(max_length=250),
        ),
        SettleField(
            model_name='orderline',
            name='sku',
            field=core.models.text.IdentifierField(max_length=64, verbose_name='SKU'),
        ),
        SettleField(
            model_name='ordernote',
            name='body',
            field=core.models.text.BlockField(max_length=5000),
        ),
        SettleField(
            model_name='payment',
            name='reference',
            field=core.models.text.IdentifierField(blank=True, default='', max_length=100),
        ),
        migrations.AddConstraint(
            model_name='hold',
            constraint=models.UniqueConstraint(models.F('order'), models.F('reason'), models.Case(models.When(reason='other', then=models.F('note')), default=models.Value('')), condition=models.Q(('lifted_at', None)), name='hold_once_for_one_reason'),
        ),
        AddConstraintNotValid(
            model_name='order',
            constraint=models.CheckConstraint(condition=models.Q(('captured__lte', django.db.models.expressions.CombinedExpression(models.F('refunded'), '+', django.db.models.expressions.CombinedExpression(models.F('total'), '*', models.Value(10))))), name='order_kept_within_bounds'),
        ),
    ]
