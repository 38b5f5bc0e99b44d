from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import connection, connections


@pytest.fixture
def many_connections(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No pool, so that any number of threads have a connection each from their first statement to their last."""
    connection.close()
    monkeypatch.setitem(connections.settings["default"], "OPTIONS", {})
    yield
    connection.close()
