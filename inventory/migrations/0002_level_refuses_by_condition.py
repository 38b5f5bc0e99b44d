import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('inventory', '0001_initial'),
    ]

    operations = [
        # Alone in its transaction and not for long: who writes stock waits for this lock, and so does who comes after
        # it. If it can't be had soon, nothing is changed and the migration can be run again.
        migrations.RunSQL("SET LOCAL lock_timeout = '3s'", migrations.RunSQL.noop),
        pgtrigger.migrations.RemoveTrigger(
            model_name='stocklevel',
            name='level_moves_by_movement',
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='stocklevel',
            trigger=pgtrigger.compiler.Trigger(name='level_moves_by_movement', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (pg_trigger_depth() = 0)', func="\nRAISE EXCEPTION '% changes only by inserting a stock movement', TG_TABLE_NAME\n    USING ERRCODE = 'restrict_violation';\n", hash='ad32d2b2069f5d65e137f2b3ea6e3d8d09bce773', operation='INSERT OR UPDATE OR DELETE', pgid='pgtrigger_level_moves_by_movement_38252', table='inventory_stocklevel', when='BEFORE')),
        ),
    ]
