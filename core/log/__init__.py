"""The log: every event once, each at a position, in the one order in which feeds, streams and sinks read them.

Positions are counted from 1 without gaps and given by one stamper at a time as events leave the outbox, never as they
are recorded: so whoever has read position n never sees a smaller one appear later. Those of a subject come in the order
of its versions.
"""

from core.log.reading import LARGEST_PAGE, Page, newest_position, read
from core.log.stamping import be_the_stamper, missed, stamp, stamp_missed, try_to_be_the_stamper
from core.log.viewing import Viewer, audience_of

__all__ = [
    "LARGEST_PAGE",
    "Page",
    "Viewer",
    "audience_of",
    "be_the_stamper",
    "missed",
    "newest_position",
    "read",
    "stamp",
    "stamp_missed",
    "try_to_be_the_stamper",
]
