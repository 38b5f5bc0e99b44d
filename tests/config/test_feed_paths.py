"""Which paths are the feed process's: settings, routes, both proxies and the pages say the same."""

from __future__ import annotations

import re

import pytest
from django.conf import settings

from core.api.streaming import StreamView
from core.ids import new_id
from tests.routes import routes

VALUES = {"symbol": "JPM", "order_id": str(new_id())}
PATHS = re.compile(settings.STREAM_PATHS)
TEMPLATE = (settings.BASE_DIR / "deploy/proxy/nginx.conf.template").read_text()


def test_the_paths_of_streams_are_those_of_their_views() -> None:
    streams = [route for route in routes() if issubclass(route.view, StreamView)]
    assert {route.name for route in streams} == {"events-stream", "order-stream", "book-feed"}
    assert all(PATHS.fullmatch(route.address(VALUES)) for route in streams)


@pytest.mark.parametrize("name", ["events", "order-events", "order", "event-types", "book"])
def test_no_other_path_is_one(name: str) -> None:
    (path,) = {route.path for route in routes() if route.name == name}
    route = next(route for route in routes() if route.path == path)
    assert not PATHS.fullmatch(route.address(VALUES))


def test_the_proxy_sends_these_and_no_others_to_the_feed_process() -> None:
    sent = re.findall(r"location ~ (\S+) \{[^}]*proxy_pass \$feed;", TEMPLATE)
    assert sent == [f"^{settings.STREAM_PATHS}$"]
    assert TEMPLATE.count("$feed;") == 1


def test_the_proxy_says_of_streams_what_it_says_of_all_and_passes_upgrades_on() -> None:
    """A location that sets one header of its own has none of the server's."""
    server, _, rest = TEMPLATE.partition("location / {")
    of_all = set(re.findall(r"proxy_set_header .*;", server)) - {'proxy_set_header Connection "";'}
    location = rest[: rest.index("proxy_pass $feed;")].rpartition("location ")[2]
    assert set(re.findall(r"proxy_set_header .*;", location)) == of_all | {
        "proxy_set_header Upgrade $http_upgrade;",
        "proxy_set_header Connection $upgrade_or_none;",
    }
    assert "proxy_buffering off;" in location
