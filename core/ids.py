"""Identifiers: UUIDv7, so that keys sort by creation and index pages fill from one end."""

import uuid

import uuid_utils
from uuid_utils.compat import uuid7


def new_id() -> uuid.UUID:
    """A new UUIDv7; identifiers made later in one process sort later."""
    return uuid7()


def new_id_text() -> str:
    """The same as text, in a seventh of the time: for rows by the million."""
    return str(uuid_utils.uuid7())
