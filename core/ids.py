"""Identifiers: UUIDv7, so that keys sort by creation and index pages fill from one end."""

import datetime as dt
import uuid

import uuid_utils
from django.db.models import Func, UUIDField
from uuid_utils.compat import uuid7


def new_id() -> uuid.UUID:
    """A new UUIDv7; identifiers made later in one process sort later."""
    return uuid7()


def new_id_text() -> str:
    """The same as text, in a seventh of the time: for rows by the million."""
    return str(uuid_utils.uuid7())


def first_id_at(moment: dt.datetime) -> uuid.UUID:
    """The smallest identifier that is made at this moment or later, to its millisecond."""
    return uuid.UUID(int=int(moment.timestamp() * 1000) << 80)


class NewId(Func):
    """The same as a column's database default: for rows that SQL itself inserts."""

    function = "core_uuid7"
    allowed_default = True
    arity = 0
    output_field = UUIDField()


# Milliseconds in the first 48 bits, then the version, then the microseconds as 1/4096 of a millisecond, so that keys
# made after each other in one statement sort so; the rest is a random UUID's, whose variant bits are the same.
CREATE_UUID7 = """
CREATE OR REPLACE FUNCTION core_uuid7() RETURNS uuid LANGUAGE sql VOLATILE PARALLEL SAFE AS $$
    SELECT encode(
        int8send(micros / 1000 << 16 | 28672 | micros % 1000 * 4096 / 1000)
        || substring(uuid_send(gen_random_uuid()) FROM 9), 'hex')::uuid
    FROM (SELECT floor(extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS micros) AS instant
$$
"""
"""For keys of rows that SQL itself inserts: core_uuid7() in the database makes them as new_id() does here."""
