"""Who may see which events."""

from __future__ import annotations

import pytest

from core.event_types import event_types
from core.events import Audience
from core.ids import new_id
from core.log import Viewer, audience_of

OURS, THEIRS = new_id(), new_id()


@pytest.mark.parametrize(
    ("event_type", "owner", "by_storefront", "by_office"),
    [
        ("order.created", OURS, True, True),
        ("order.created", THEIRS, False, True),
        ("product.created", None, False, True),
        ("stored_value.issued", OURS, True, True),
        ("stored_value.issued", THEIRS, False, False),
        ("book_order.added", THEIRS, False, False),
        ("trade.placed", THEIRS, False, False),
        ("job.opened", THEIRS, False, False),
        ("person.created", None, False, False),
        ("client.key_issued", OURS, False, False),
        ("payout.imported", None, False, False),
        ("no.such", OURS, False, False),
    ],
)  # fmt: skip
def test_an_event_is_seen_by_its_owner_and_what_is_open_by_who_works_for_all(
    event_type: str, owner: object, by_storefront: bool, by_office: bool
) -> None:
    assert Viewer(OURS).sees(event_type, owner) is by_storefront  # type: ignore[arg-type]
    assert Viewer(OURS, of_all=True).sees(event_type, owner) is by_office  # type: ignore[arg-type]


def test_what_other_routes_show_to_the_owner_alone_is_so_here() -> None:
    nouns = {name.partition(".")[0] for name in event_types() if audience_of(name) is Audience.OWNER}
    assert nouns == {"book_order", "endpoint", "job", "stored_value", "trade"}
    hidden = {name.partition(".")[0] for name in event_types() if audience_of(name) is Audience.NOBODY}
    assert hidden == {"client", "payment_difference", "payout", "person", "role"}
