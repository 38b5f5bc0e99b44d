import core.models.text
import django.contrib.auth.validators
import django.db.models.functions.text
from django.db import migrations, models

from core.migrating import IDENTIFIER, LINE, SettleField, mend_text

# The ranges are those of core/text.py, which a test compares character by character. Each function is one expression, so
# that a CHECK has it without a call; printable ASCII, which most text is, is settled by the first look.
FUNCTIONS = r"""
CREATE FUNCTION core_is_line(value text) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT value ~ '^([\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?)?$' OR (
        value IS NFC NORMALIZED AND value = btrim(value)
        AND value !~ '[\u0001-\u001f\u007f-\u009f\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]'
    )
$$;
CREATE FUNCTION core_is_block(value text) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT value ~ '^([\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?)?$' OR (
        value IS NFC NORMALIZED
        AND value !~ '[\u0001-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]'
    )
$$;
CREATE FUNCTION core_is_identifier(value text) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT value ~ '^([\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?)?$' OR (
        value IS NFC NORMALIZED AND value = btrim(value)
        AND value !~ '[\u0001-\u001f\u007f-\u009f\u2028\u2029\u061c\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800]'
        AND value !~ '[\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]'
    )
$$;
CREATE FUNCTION core_has_lines(value jsonb) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT value = '{}' OR (
        value::text IS NFC NORMALIZED AND NOT jsonb_path_exists(value,
            '$.** ? (@ like_regex "[\u0001-\u001f\u007f-\u009f\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")')
    )
$$;
CREATE FUNCTION core_has_blocks(value jsonb) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT value = '{}' OR (
        value::text IS NFC NORMALIZED AND NOT jsonb_path_exists(value,
            '$.** ? (@ like_regex "[\u0001-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")')
    )
$$;
CREATE FUNCTION core_are_identifiers(value text[]) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT value = '{}' OR coalesce((SELECT bool_and(core_is_identifier(each)) FROM unnest(value) AS each), true)
$$;
"""

NO_FUNCTIONS = """
DROP FUNCTION core_are_identifiers(text[]);
DROP FUNCTION core_has_blocks(jsonb);
DROP FUNCTION core_has_lines(jsonb);
DROP FUNCTION core_is_identifier(text);
DROP FUNCTION core_is_block(text);
DROP FUNCTION core_is_line(text);
"""


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0001_initial'),
    ]

    operations = [
        migrations.RunSQL(FUNCTIONS, NO_FUNCTIONS),
        mend_text(
            "core",
            client={"name": IDENTIFIER},
            job={"name": LINE},
            role={"description": LINE},
            user={"username": IDENTIFIER, "email": IDENTIFIER, "display_name": LINE},
        ),
        SettleField(
            model_name='client',
            name='name',
            field=core.models.text.IdentifierField(max_length=100, unique=True),
        ),
        SettleField(
            model_name='job',
            name='name',
            field=core.models.text.LineField(help_text='For people; that of its file, if it has one.', max_length=200),
        ),
        SettleField(
            model_name='role',
            name='description',
            field=core.models.text.LineField(blank=True, default='', max_length=300),
        ),
        SettleField(
            model_name='user',
            name='display_name',
            field=core.models.text.LineField(blank=True, default='', max_length=150, verbose_name='name'),
        ),
        SettleField(
            model_name='user',
            name='email',
            field=core.models.text.EmailField(blank=True, default='', max_length=254, verbose_name='e-mail'),
        ),
        SettleField(
            model_name='user',
            name='username',
            field=core.models.text.IdentifierField(max_length=150, unique=True, validators=[django.contrib.auth.validators.UnicodeUsernameValidator()], verbose_name='user name'),
        ),
        migrations.AddConstraint(
            model_name='client',
            constraint=models.UniqueConstraint(django.db.models.functions.text.Lower('name'), name='client_name_once_in_any_case'),
        ),
    ]
