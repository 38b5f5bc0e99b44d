import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('inventory', '0002_level_refuses_by_condition'),
    ]

    operations = [
        # Alone in its transaction and not for long: who writes stock waits for this lock, and so does who comes after
        # it. If it can't be had soon, nothing is changed and the migration can be run again.
        migrations.RunSQL("SET LOCAL lock_timeout = '3s'", migrations.RunSQL.noop),
        pgtrigger.migrations.RemoveTrigger(
            model_name='reservation',
            name='reservation_moves_by_movement',
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='reservation',
            trigger=pgtrigger.compiler.Trigger(name='reservation_moves_by_movement', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (pg_trigger_depth() = 0)', func="\nRAISE EXCEPTION '% changes only by inserting a stock movement', TG_TABLE_NAME\n    USING ERRCODE = 'restrict_violation';\n", hash='743e56967c4d1c864f99911521020a8637fd6db9', operation='INSERT OR UPDATE OR DELETE', pgid='pgtrigger_reservation_moves_by_movement_ca232', table='inventory_reservation', when='BEFORE')),
        ),
    ]
