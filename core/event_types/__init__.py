"""What types of events there are, and what those who read them may rely on.

`docs/events/schemas.json` holds the JSON Schema of each type in each of its versions: written from the events' classes
by `manage.py events`, which refuses what would break a reader, and served by the API.
"""

from core.event_types.finding import event_types, find_event_type, matches_any
from core.event_types.published import Published, published
from core.event_types.schemas import cloudevent_schema, described, titled

__all__ = [
    "Published",
    "cloudevent_schema",
    "described",
    "event_types",
    "find_event_type",
    "matches_any",
    "published",
    "titled",
]
