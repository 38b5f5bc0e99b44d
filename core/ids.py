"""Identifiers: UUIDv7, so that keys sort by creation and index pages fill from one end."""

import uuid

from uuid_utils.compat import uuid7


def new_id() -> uuid.UUID:
    """A new UUIDv7; identifiers made later in one process sort later."""
    return uuid7()
