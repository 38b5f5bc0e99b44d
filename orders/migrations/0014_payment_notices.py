"""What payment gateways tell unasked, once each."""

import core.ids
import core.models.text
import django.db.models.deletion
import django.utils.timezone
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('orders', '0013_authorised_checked'),
    ]

    operations = [
        migrations.CreateModel(
            name='PaymentNotice',
            fields=[
                ('id', models.UUIDField(default=core.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('outcome', models.CharField(choices=[('succeeded', 'Succeeded'), ('declined', 'Declined'), ('needs_action', 'The payer must act')], max_length=12)),
                ('reference', core.models.text.IdentifierField(blank=True, default='', help_text="The gateway's own.", max_length=200)),
                ('code', core.models.text.IdentifierField(blank=True, default='', help_text='Why it was declined.', max_length=100)),
                ('was_news', models.BooleanField()),
                ('received_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('attempt', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='notices', to='orders.paymentattempt')),
            ],
            options={
                'ordering': ['-id'],
                'constraints': [models.CheckConstraint(condition=models.Q(('outcome__in', ['succeeded', 'declined', 'needs_action'])), name='notice_outcome_known'), models.UniqueConstraint(fields=('attempt', 'outcome', 'reference', 'code'), name='notice_once')],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='paymentnotice',
            trigger=pgtrigger.compiler.Trigger(name='notice_is_for_ever', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='2b2d2b66326516eb121b001eea1c7e078d94e85e', operation='UPDATE OR DELETE', pgid='pgtrigger_notice_is_for_ever_0b07e', table='orders_paymentnotice', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='paymentnotice',
            trigger=pgtrigger.compiler.Trigger(name='notice_not_truncated', sql=pgtrigger.compiler.UpsertTriggerSql(func="\nRAISE EXCEPTION 'rows of % are kept; it is never truncated', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';\n", hash='2dbf27bab06c273f09ae746a0c9a4f8ca7607d74', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_notice_not_truncated_5045c', table='orders_paymentnotice', when='BEFORE')),
        ),
    ]
